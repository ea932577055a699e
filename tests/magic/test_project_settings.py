"""A project's ``pyproject.toml`` and a real kernel in it: what is asked, what is told, what is never sent."""

import sys
from contextlib import contextmanager

import pytest

from tests.kernels import kernel as start_kernel
from tests.servers import deployment, running, write_project

SECRET = "lt-of-the-environment-4711"
DEPLOYMENTS = {"support": deployment("Help."), "sales": deployment("Sell.")}


@pytest.fixture
def strict(tmp_path):
    """A server that answers nobody but who shows the environment's key."""
    folder = write_project(tmp_path / "deployments", DEPLOYMENTS)
    options = ("--project", str(folder), "--engine", "echo", "--api-key", SECRET)
    with running(*options, database=tmp_path / "local.sqlite") as server:
        yield server


@pytest.fixture
def in_project(tmp_path):
    """Starts a kernel in a project of this file, with the environment's key and what else is given."""

    @contextmanager
    def start(text, **environment):
        root = tmp_path / "clone"
        root.mkdir(exist_ok=True)
        (root / "pyproject.toml").write_text(text)
        given = {
            "LANGTAIL_API_KEY": SECRET,
            "LANGTAIL_BASE_URL": "",
            "LANGTAIL_ASSISTANT": "",
            "LANGTAIL_NB_HOME": "",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            **environment,
        }
        with start_kernel(sys.executable, env=given, cwd=str(root)) as kernel:
            assert kernel.run("%load_ext langtail_nb").status == "ok"
            yield kernel

    return start


def test_a_clone_that_names_a_base_url_gets_calls_and_no_key(in_project, strict):
    text = f'[tool.langtail-nb]\nbase_url = "{strict.url}"\nassistant = "acme/help/support/production"\n'
    with in_project(text) as kernel:
        [error] = kernel.ask("Where is it?").errors
        assert error.startswith("AuthenticationError: 401")
        assert "4711" not in str(kernel.run("%langtail", cell_id="status").outputs)

    # The same address from whoever started the kernel takes the key along: the server is real.
    with in_project(text, LANGTAIL_BASE_URL=strict.url) as kernel:
        assert "user: Where is it?" in kernel.ask("Where is it?").text


def test_status_says_where_each_value_comes_from(in_project, strict, tmp_path):
    path = tmp_path / "clone" / "pyproject.toml"
    text = '[tool.langtail-nb]\nbase_url = "https://a.example"\nassistant = "acme/help/support/production"\n'
    text += 'rerun = "append"\nprices.echo = [1_000, 10_000]\n'
    with in_project(text, LANGTAIL_BASE_URL=strict.url) as kernel:
        status = kernel.run("%langtail", cell_id="status").text
        assert f"acme/help/support/production ({path})" in status
        assert f"{strict.url} (LANGTAIL_BASE_URL)" in status
        assert f"append ({path})" in status
        assert "about 0.064 USD" in str(kernel.ask("Where is it?").outputs).replace("\xa0", " ")

        kernel.run("%langtail use sales", cell_id="use")
        kernel.run("%langtail set --rerun fork", cell_id="set")
        status = kernel.run("%langtail", cell_id="status").text
        assert "acme/help/sales/production (set)" in status
        assert "fork (set)" in status


def test_what_is_wrong_is_told_once_under_an_answer_and_always_in_the_status(in_project, strict):
    text = f'[tool.langtail-nb]\nassistant = "acme/help/support/production"\napi_key = "{SECRET}"\nbase = 1\n'
    with in_project(text, LANGTAIL_BASE_URL=strict.url) as kernel:
        first, second = kernel.ask("One?", "--no-thread"), kernel.ask("Two?", "--no-thread")
        status = kernel.run("%langtail", cell_id="status")

    assert (first.status, second.status) == ("ok", "ok")
    for ran, is_told in ((first, True), (second, False), (status, True)):
        assert ("is refused, as no key stands" in str(ran.outputs)) is is_told
        assert ("base_url" in str(ran.outputs)) is is_told
        assert SECRET not in str(ran.outputs)


def test_with_no_assistant_the_first_steps_come_with_what_is_wrong(in_project):
    with in_project('[tool.langtail-nb]\nassistant = "support"\n') as kernel:
        status = kernel.run("%langtail", cell_id="status").text

    assert "Nothing is set up yet" in status
    assert "assistant: target 'support' names no environment" in status


def test_ask_returns_the_notes_too(in_project, strict):
    text = '[tool.langtail-nb]\nassistant = "acme/help/support/production"\ntemprature = 1\n'
    with in_project(text, LANGTAIL_BASE_URL=strict.url) as kernel:
        kernel.run("import langtail_nb as lt", cell_id="import")
        assert "temprature" in kernel.value("str(lt.ask('Hi').warnings)")
