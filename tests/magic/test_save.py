"""``%langtail save`` and ``diff --template``: what is set here becomes a file, and answers from there."""

import json
import subprocess
import sys
import threading

import pytest

from langtail_nb._project.replacing import ChangedMeanwhile, replace_unchanged
from langtail_nb._project.text_form import read_text
from tests.kernels import kernel as start_kernel
from tests.servers import deployment, echo, write_project

SUPPORT = """\
+++
# Ours, since 2025.
kind = "assistant"
model = "gpt-4o-mini"
temperature = 0.2  # not more

[variables]
topic = "orders"
+++

--- system
You help customers with {{topic}} in a few words.
"""


@pytest.fixture
def folder(tmp_path):
    folder = write_project(tmp_path / "project", {"other": deployment("Other {{x}}", chatInput={"x": "1"})})
    (folder / "support.md").write_text(SUPPORT, encoding="utf-8")
    (folder / "README.md").write_text("# Our assistants\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    env = {"LANGTAIL_NB_HOME": str(tmp_path_factory.mktemp("kept"))}
    with start_kernel(sys.executable, env=env, cwd=str(tmp_path_factory.mktemp("work"))) as cells:
        cells.run("%load_ext langtail_nb\nimport langtail_nb as lt, os")
        yield cells


@pytest.fixture
def kernel(shared, folder):
    shared.run(f"os.chdir({str(folder.parent)!r})\nlt.settings.reset()")
    started = shared.run("%langtail local --engine echo --project project")
    assert started.status == "ok", started.errors
    shared.run("%langtail use local/demo/support/production\n%langtail reset")
    yield shared
    shared.run("%langtail local stop")


def test_what_is_set_here_becomes_the_file_and_answers_from_there(kernel, folder):
    kernel.run("%%langtail_template\n--- system\nYou help customers with {{topic}} in one word.")
    kernel.run("%langtail set -t 0.7 -v topic=returns --user me")

    ran = kernel.run("%langtail save -v topic")

    assert ran.status == "ok", ran.errors
    assert "Saved project/support.md" in ran.text
    assert "temperature: 0.2 → 0.7" in ran.text
    assert "variable topic: orders → returns" in ran.text
    assert "[-a few words-]{+one word+}" in ran.text
    assert "still set here, as no deployment holds it: user" in ran.text
    expected = SUPPORT.replace("0.2", "0.7").replace("orders", "returns").replace("a few words", "one word")
    assert (folder / "support.md").read_text(encoding="utf-8") == expected
    left = "[lt.settings.template, lt.settings.temperature, dict(lt.settings.variables)]"
    assert kernel.value(left) == "[None, None, {}]"
    answered = kernel.run("%%langtail --no-thread\nhi").text
    assert "system: You help customers with returns in one word." in answered
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "other.json", "support.md"]


def test_git_shows_the_words_that_changed_and_nothing_else(kernel, folder):
    def git(*words):
        ran = subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        return ran.stdout

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "before")
    kernel.run("%langtail set -t 1.5\n%langtail save")

    changed = [
        line
        for line in git("diff", "-U0").splitlines()
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert changed == ["-temperature = 0.2  # not more", "+temperature = 1.5  # not more"]


def test_saving_twice_writes_once(kernel, folder):
    kernel.run("%langtail set -t 0.7\n%langtail save")
    before = (folder / "support.md").stat().st_mtime_ns

    assert "Nothing to save in project/support.md" in kernel.run("%langtail save").text
    assert (folder / "support.md").stat().st_mtime_ns == before


def test_a_json_file_stays_one(kernel, folder):
    kernel.run("%langtail use other\n%langtail set -t 0.9\n%langtail save")

    assert json.loads((folder / "other.json").read_bytes())["state"]["args"]["temperature"] == 0.9


def test_an_environment_gets_a_file_of_its_own_that_answers(kernel, folder):
    kernel.run("%langtail set -t 0.9")

    ran = kernel.run("%langtail save support@production")

    assert "Saved project/support@production.md" in ran.text, ran.errors
    assert "no longer set here: temperature" in ran.text
    assert (
        read_text((folder / "support@production.md").read_bytes()).content["state"]["args"]["temperature"]
        == 0.9
    )
    assert (folder / "support.md").read_text(encoding="utf-8") == SUPPORT


def test_another_name_is_a_copy_and_leaves_what_is_set(kernel, folder):
    kernel.run("%langtail set -t 0.9")

    ran = kernel.run("%langtail save calm")

    assert (
        "support.md still answers for local/demo/support/production; what is set here stays set" in ran.text
    )
    assert kernel.value("lt.settings.temperature") == "0.9"
    assert read_text((folder / "calm.md").read_bytes()).content["kind"] == "assistant"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("save --to", "--to needs a value"),
        ("save --two x.md", "unknown '--two' (did you mean '--to'?)"),
        ("save a b", "unknown 'b'"),
        ("save ../x", "'../x' is no file of the project; write SLUG or SLUG@ENVIRONMENT"),
        ("save /production", "'/production' is no file of the project"),
        ("save ''", "the name must be SLUG"),
        ("save con", "ConfigurationError: 'con' cannot be in the name of a file: it is the name of a device"),
        ("save a@b@c@d", "'a@b@c@d': the name must be SLUG"),
        ("save support@preview", "preview needs a version, as in support@preview@VERSION"),
        ("save --to y.md --to z.md", "name the file once: y.md or z.md"),
        ("save --to project", "project is a folder; name a file in it"),
        ("save --to nowhere/y.md", "nowhere/y.md: No such file or directory"),
        ("save x --to y.md", "name the file once"),
        ("save --to y.txt", "must end in .md or .json"),
        ("save --to project/other.md", "other.json and other.md both say what other is"),
        ("save -v tone", "the variable 'tone' is not set here; set it first"),
        ("diff --template a b c", "write %langtail diff --template A B"),
        ("diff --template gone.md", "there is no file gone.md"),
        ("diff --template project/README.md", "does not begin with a line +++"),
    ],
)
def test_a_slip_is_one_line_and_writes_nothing(kernel, folder, line, told):
    ran = kernel.run(f"%langtail {line}")

    assert ran.status == "error"
    assert told in str(ran.errors)
    assert (folder / "support.md").read_text(encoding="utf-8") == SUPPORT


def test_without_a_folder_it_says_to_and_writes_there(kernel, folder):
    kernel.run("%langtail local --engine echo\n%langtail set -t 0.9")

    refused = kernel.run("%langtail save")
    assert "write %langtail save --to support.md" in str(refused.errors)
    kernel.run("%langtail save --to mine.md")
    assert read_text((folder.parent / "mine.md").read_bytes()).content["state"]["args"]["temperature"] == 0.9
    assert kernel.value("lt.settings.temperature") == "0.9"


def test_of_another_server_it_writes_a_file_and_links_to_the_playground(kernel, folder, tmp_path):
    kernel.run("%langtail local stop")
    with echo({"guide": deployment("Guide {{x}}", chatInput={"x": "1"})}, tmp_path / "far") as server:
        kernel.run(f"%env LANGTAIL_BASE_URL={server.url}\n%env LANGTAIL_API_KEY=some-key")
        kernel.run("%langtail use acme/demo/guide/production\n%langtail set -t 0.9")
        refused = kernel.run("%langtail save")
        ran = kernel.run("%langtail save --to guide.md")
        kernel.run("%langtail reset\ndel os.environ['LANGTAIL_BASE_URL'], os.environ['LANGTAIL_API_KEY']")

    assert "Langtail has no public way to deploy: write %langtail save --to guide.md" in str(refused.errors)
    assert "open it in Langtail's playground: https://app.langtail.com/playground?state=" in ran.text, (
        ran.errors
    )
    assert "temperature%22%3A%200.9" in ran.text
    assert read_text((tmp_path / "guide.md").read_bytes()).content["state"]["args"]["temperature"] == 0.9


def test_an_edit_since_the_file_was_read_is_told_and_kept(tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes(b"by an editor")

    for old in (b"before", None):
        with pytest.raises(ChangedMeanwhile):
            replace_unchanged(path, b"by a kernel", old)
    assert path.read_bytes() == b"by an editor"


def test_two_deployments_show_their_words_and_parameters(kernel, folder):
    staging = SUPPORT.replace("a few", "two").replace("0.2", "0.3")
    (folder / "support@staging.md").write_text(staging, encoding="utf-8")
    kernel.run("%langtail set --top-p 0.5")

    named = kernel.run("%langtail diff --template /production /staging").text
    assert "local/demo/support/production → local/demo/support/staging" in named
    assert "temperature: 0.2 → 0.3" in named
    assert "[-a few-]{+two+}" in named
    assert "top_p: 1 → 0.5\n" in kernel.run("%langtail diff --template").text + "\n"
    files = kernel.run("%langtail diff --template project/support.md project/support@staging.md").text
    assert "temperature: 0.2 → 0.3" in files
    assert "no difference" in kernel.run("%langtail diff --template project/support.md deployed").text


def test_of_two_that_write_at_once_one_writes_and_the_other_is_told(tmp_path):
    path, outcomes = tmp_path / "a.md", []
    path.write_bytes(b"old")
    start = threading.Barrier(8)

    def write(number):
        start.wait()
        try:
            replace_unchanged(path, f"new {number}".encode() * 10_000, b"old")
            outcomes.append("written")
        except ChangedMeanwhile:
            outcomes.append("told")

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert sorted(outcomes) == ["told"] * 7 + ["written"]
    assert len(set(path.read_bytes().split(b"new ")[1:])) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["a.md"]
