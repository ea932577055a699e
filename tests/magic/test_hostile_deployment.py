"""What a deployment holds is data: its name, its defaults and its template are shown as they are."""

import sys

import pytest

from tests.kernels import kernel as start_kernel
from tests.servers import deployment, write_project

SLUG = "x`<img src=x>[b](http:"
STRANGE = deployment("<img src=y> {{topic}}", chatInput={"topic": None, "n": 3, "<img src=z>": {"a": [1]}})


@pytest.fixture
def kernel(make_server, tmp_path):
    server = make_server({SLUG: STRANGE})
    env = {
        "LANGTAIL_BASE_URL": server.url,
        "LANGTAIL_API_KEY": "lt-test-key-0123456789",
        "LANGTAIL_ASSISTANT": f"acme/help/{SLUG}/production",
        "LANGTAIL_NB_HOME": str(tmp_path / "kept"),
    }
    with start_kernel(sys.executable, env=env, cwd=str(tmp_path)) as kernel:
        kernel.run("%load_ext langtail_nb")
        yield kernel


@pytest.mark.parametrize(
    "cell",
    [
        "%langtail",
        "%langtail open",
        "%langtail variables",
        "%langtail deployments",
        "%langtail thread history",
        "%%langtail\nHi",
        "%%langtail_template\n--- system\n<img src=w>",
    ],
)
def test_no_tag_of_a_deployment_is_one_in_the_notebook(kernel, cell):
    kernel.run("%%langtail\nHi")

    ran = kernel.run(cell)

    assert ran.status == "ok", ran.errors
    (output,) = ran.outputs
    assert "<img" not in output["data"]["text/markdown"]


def test_a_default_that_is_no_text_counts_as_its_json(kernel):
    shown = kernel.run("%langtail variables").text

    assert '{"a":[1]}' in shown.replace(" ", "")


def test_the_local_server_shows_a_strange_name_as_it_is(kernel, tmp_path):
    write_project(tmp_path / "strange", {SLUG: STRANGE})

    ran = kernel.run(f"%langtail local --engine echo --project {tmp_path / 'strange'}")

    assert ran.status == "ok", ran.errors
    assert "<img" not in ran.outputs[-1]["data"]["text/markdown"]
