"""The same cells in everything that runs notebooks, and in a plain terminal."""

import os
import subprocess
import sys

import nbclient
import nbformat
import papermill
import pexpect
import pytest
from nbconvert import HTMLExporter

CELLS = (
    "%load_ext langtail_nb",
    "%%langtail -v topic=returns\nWhere is it?",
    "%%langtail -t 0.2 -o reply\nAnd now?",
    "%%langtail_template\n--- system\nAnswer {{topic}} briefly.",
    "%langtail thread fork 2",
    "%%langtail\nOnce more?",
    "%langtail thread history",
    "print(reply)",
)


@pytest.fixture
def environment(children, server):
    # nbval's and papermill's plugins warn about themselves; what they run is tested here.
    return children(server.url, "acme/help/support/production", PYTHONWARNINGS="default")


def notebook(*cells):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return book


def run_all(book):
    return nbclient.NotebookClient(book, timeout=60, kernel_name="python3").execute()


def texts(book):
    return [
        "".join(out.get("text", "") or out.get("data", {}).get("text/plain", "") for out in cell.outputs)
        for cell in book.cells
    ]


def test_nbclient_runs_all_cells_with_one_output_each(environment):
    book = run_all(notebook(*CELLS))

    assert [len(cell.outputs) for cell in book.cells] == [0, 1, 1, 1, 1, 1, 1, 1]
    shown = texts(book)
    assert "user: And now?" in shown[2]
    assert shown[7].strip() == shown[2].strip()
    assert "And now?" not in shown[5]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_nbclient_stops_at_the_first_failing_cell(environment):
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="-t must be from 0 to 2"):
        run_all(notebook(CELLS[0], "%%langtail -t 9\nHi"))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_papermill_runs_all_cells_and_stops_at_an_error(environment):
    nbformat.write(notebook(*CELLS), "in.ipynb")
    papermill.execute_notebook("in.ipynb", "out.ipynb", progress_bar=False)
    assert "user: And now?" in texts(nbformat.read("out.ipynb", 4))[2]

    nbformat.write(notebook(CELLS[0], "%%langtail nowhere/production\nHi", "1"), "in.ipynb")
    with pytest.raises(papermill.PapermillExecutionError, match="NotFoundError"):
        papermill.execute_notebook("in.ipynb", "out.ipynb", progress_bar=False)


def nbval(path):
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
        path,
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_strict_nbval_passes_where_answers_repeat_and_fails_where_they_do_not(environment):
    quick = (CELLS[0], "%%langtail -q -o reply\nWhere?", "print(reply)", "%langtail thread history")
    nbformat.write(run_all(notebook(*quick)), "same.ipynb")
    assert nbval("same.ipynb").returncode == 0

    changed = nbformat.read("same.ipynb", 4)
    changed.cells[2].outputs[0].text = "something else\n"
    nbformat.write(changed, "other.ipynb")
    assert nbval("other.ipynb").returncode == 1


def test_strict_nbval_sees_a_failing_cell(environment):
    nbformat.write(notebook(CELLS[0], "%%langtail -t 9\nHi"), "fails.ipynb")

    assert nbval("fails.ipynb").returncode == 1


def test_nbconvert_shows_the_answers(environment):
    page, _ = HTMLExporter().from_notebook_node(run_all(notebook(*CELLS)))

    assert "user: And now?" in page
    assert "turn 2" in page


@pytest.fixture
def terminal(environment):
    command = [
        sys.executable,
        "-m",
        "IPython",
        "--simple-prompt",
        "--no-banner",
        "--colors=NoColor",
        "--no-confirm-exit",
    ]
    child = pexpect.spawn(command[0], command[1:], encoding="utf-8", timeout=30, dimensions=(40, 200))
    child.expect_exact("In [1]:")
    yield child
    child.close(force=True)


def type_cell(child, *lines):
    for line in lines:
        child.sendline(line)


def test_a_terminal_streams_plain_text_and_keeps_the_value(terminal):
    type_cell(terminal, "%load_ext langtail_nb")
    terminal.expect_exact("In [2]:")
    type_cell(terminal, "%%langtail -v topic=returns", "Where is it?", "", "")
    terminal.expect_exact("user: Where is it?")
    terminal.expect("turn 1 .* tokens")
    terminal.expect_exact("In [3]:")
    type_cell(terminal, "print(_.finish_reason, len(str(_)) > 9)")
    terminal.expect_exact("stop True")


@pytest.fixture
def console(environment, monkeypatch):
    """A ``jupyter console``; its prompt is drawn in pieces, of which the number is one."""
    pytest.importorskip("jupyter_console")
    for name, value in {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("CI", raising=False)  # with it nobody looks
    command = [sys.executable, "-m", "jupyter_console", "--no-confirm-exit"]
    child = pexpect.spawn(command[0], command[1:], encoding="utf-8", timeout=60, dimensions=(40, 200))
    child.expect(prompt(1))
    yield child
    child.sendcontrol("d")
    child.expect(pexpect.EOF)
    child.close(force=True)


def prompt(number):
    return rf"In \[(?:\x1b\[[0-9;]*m)?{number}"


def test_jupyter_console_streams_plain_text_and_keeps_the_value(console):
    console.send("%load_ext langtail_nb\r")
    console.expect(prompt(2))
    console.send("%%langtail -v topic=returns\r")
    console.send("Where is it?\x1b\r")  # Escape, Enter: no more lines
    console.expect_exact("user: Where is it?\r\n")
    console.expect("turn 1 .* tokens")
    console.expect(prompt(3))
    console.send("print(_.finish_reason, len(str(_)) > 9)\r")
    console.expect_exact("stop True")
    console.expect(prompt(4))


def test_ctrl_c_in_a_terminal_keeps_the_text_and_the_prompt(terminal):
    type_cell(terminal, "%load_ext langtail_nb")
    terminal.expect_exact("In [2]:")
    type_cell(terminal, "%%langtail fault-stall", "Where is it?", "", "")
    terminal.expect_exact("user")
    terminal.sendintr()
    terminal.expect("Interrupted: stopped after .* characters kept")
    terminal.expect_exact("In [3]:")
    type_cell(terminal, "import langtail_nb as lt; print(lt.last().partial, repr(lt.last().text))")
    terminal.expect("True '.*use")


def test_a_terminal_shows_an_error_in_one_line(terminal):
    type_cell(terminal, "%load_ext langtail_nb")
    terminal.expect_exact("In [2]:")
    type_cell(terminal, "%langtail set -t 9")
    terminal.expect_exact("ConfigurationError: ")
    assert "Traceback" not in terminal.before
