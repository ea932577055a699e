"""``langtail-nb check``: every fault of a folder in one line with its place, and nothing of it run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from langtail_nb._cli.main import main
from langtail_nb._local.project.project import SAMPLE
from langtail_nb._project.names import TEXT
from langtail_nb._project.text_form import write_text
from tests.places import ROOT
from tests.servers import deployment

GOOD = deployment("Hi {{name}}", chatInput={"name": "Ada"})
TOOL = {"name": "find", "description": "d", "parameters": {"type": "object"}}


def tool(**changes: object) -> dict[str, object]:
    return {"type": "function", "function": {**TOOL, **changes}}


def text(head: str, body: str = "--- system\nHi") -> str:
    return f"+++\n{head}\n+++\n{body}\n"


def checked(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str], str]:
    code = main(["check", str(folder)])
    told = capsys.readouterr()
    return code, [line.removeprefix(f"{folder}/") for line in told.out.splitlines()], told.err


HOSTED = tool(handler={"enabled": True})
TABLE = "[[tools]]\ndescription = 'd'"
BROKEN = {
    "an unclosed tag": ({"a.md": text("", "--- system\nHi\nall {{name")}, "a.md:6:11: The tag is"),
    "an unclosed tag in JSON": (
        {"a.json": json.dumps(deployment("Hi", {"role": "user", "content": "x\n {{name"}), indent=1)},
        "a.json:11:4: message 2, line 2, column 8: The tag",
    ),
    "an unknown helper block": ({"a.md": text("", "--- system\n{{#if}}x{{/if}}")}, "a.md:5:1: {{#if}} takes"),
    "no default": (
        {"a.md": text("[variables]\ntopic = 'x'", "--- user\n{{topic}}\nand {{topik}}")},
        "a.md:7:7: {{topik}} has no default (did you mean 'topic'?)",
    ),
    "a default that nothing uses": (
        {"a.md": text("model = 'm'\n\n[variables]\n# one\nname = 'x'")},
        "a.md:6:1: no message uses the variable 'name'",
    ),
    "an unused default in JSON": (
        {"a.json": '{"chatInput": {\n  "x": ""}, "state": {"template": [{"role": "user", "content": "x"}]}}'},
        "a.json:2:3: no message uses the variable 'x'",
    ),
    "out of range": ({"a.md": text("temperature = 3")}, "a.md:2:1: temperature must be 0 to 2, not 3"),
    "out of range in JSON": (
        {"a.json": json.dumps(deployment("x", args={"top_p": 7}), indent=1)},
        "a.json:14:4: top_p must be 0 to 1, not 7",
    ),
    "a fraction of a token": (
        {"a.md": text("max_tokens = 1.5")},
        "a.md:2:1: max_tokens must be a whole number, not 1.5",
    ),
    "five stop texts": ({"a.md": text("stop = ['a', 'b', 'c', 'd', 'e']")}, "a.md:2:1: stop has 5 texts"),
    "a mistyped parameter": (
        {"a.md": text("# head\ntemprature = 1")},
        "a.md:3:1: there is no parameter 'temprature' (did you mean 'temperature'?)",
    ),
    "a wrong kind": ({"a.md": text("model = 4")}, "a.md:2:1: state.args.model: expected a string"),
    "a choice without a tool": (
        {"a.md": text("tool_choice = 'required'")},
        "a.md:2:1: tool_choice is required, and there is no tool",
    ),
    "a choice of another tool": (
        {"a.md": text("tool_choice.type='function'\ntool_choice.function.name='x'")},
        "a.md:3:1: tool_choice names 'x', which is no tool",
    ),
    "JSON that nobody asks for": ({"a.md": text("jsonmode = true")}, "a.md:2:1: jsonmode is refused"),
    "more thinking than answer": (
        {"a.md": text("max_tokens = 10\nmax_thinking_tokens = 20")},
        "a.md:3:1: max_thinking_tokens must be less than max_tokens, which is 10",
    ),
    "a tool without a schema": (
        {"a.md": text(f"{TABLE}\nname = 'a'\nparameters = {{}}\n\n{TABLE}\nname = 'b'")},
        "a.md:7:1: the tool 'b' has no parameters",
    ),
    "two tools of one name": (
        {"a.json": json.dumps(deployment("x", tools=[tool(), tool()]))},
        "there are 2 tools called 'find'",
    ),
    "a hosted tool without a function": (
        {"a.md": write_text(deployment("x", tools=[HOSTED])), "tools.py": "def finds(): ..."},
        "the tool 'find' is hosted, and tools.py has no function find (did you mean 'finds'?)",
    ),
    "tools that are no Python": ({"a.md": text(""), "tools.py": "x = 1\ndef (:\n"}, "tools.py:2: no Python"),
    "both forms": ({"a.md": text(""), "a.json": json.dumps(GOOD)},
                   "a.md: a.json and a.md both say what a is"),
    "names that differ in case": ({"a.md": text(""), "A.json": json.dumps(GOOD)},
                                  "a.md: A.json is there, and not every"),
    "a name of four parts": ({"a@b@c@d.md": text("")}, "a@b@c@d.md: the name must be SLUG.md"),
    "a preview without a version": ({"a@preview.md": text("")}, "a@preview.md: preview needs a version"),
    "no JSON": ({"a.json": '{\n "state": ]'}, "a.json:2:11: Expecting value"),
    "no TOML": ({"a.md": text("model = 'x'\ntemperature = ")}, "a.md:3:15: Invalid value"),
    "no role": ({"a.md": text("", "Hello")}, "a.md:4: text stands before the first role"),
    "a wrong role": ({"a.md": text("", "--- sytem\nx")}, "a.md:4: role 'sytem' must be one of"),
    "a header without an end": ({"a.md": "+++\nmodel = 'm'\n"}, "a.md:1: the header is never closed"),
    "a date": ({"a.md": text("since = 2025-01-01")}, "a.md: since is 2025-01-01, which JSON cannot say"),
    "a message that is not there": (
        {"a.md": text("[messages.2]\nname = 'x'")},
        "a.md: messages.2 names no message; there are 1",
    ),
    "a part said twice": ({"a.md": text("""model = 'm'
json = '{"state": {"args": {"model": "n"}}}'""")}, "a.md: json.state.args.model says what stands"),
    "a state that is no object": (
        {"a.json": '{"chatInput": {}, "state": 4}'},
        "a.json:1:19: state: expected an object",
    ),
    "no message": ({"a.md": "+++\n+++\n"}, "a.md:1: it has no message"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_fault_is_named_with_its_place(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files, expected = BROKEN[name]
    for file, content in files.items():
        (tmp_path / file).write_text(content, encoding="utf-8")

    code, lines, _ = checked(tmp_path, capsys)

    assert code == 1
    assert any(expected in line for line in lines), lines
    assert len(lines) <= 2


def test_the_samples_and_what_pull_writes_are_clean(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checked(SAMPLE, capsys) == (0, [], "5 files, no faults\n")
    (tmp_path / "good.md").write_text(write_text(GOOD), encoding="utf-8")
    (tmp_path / "good@staging.json").write_text(json.dumps(GOOD), encoding="utf-8")
    (tmp_path / "README.md").write_text("{{not ours", encoding="utf-8")
    assert checked(tmp_path, capsys) == (0, [], "2 files, no faults\n")


def test_every_fault_of_a_folder_is_told_and_tools_are_never_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tools.py").write_text("raise SystemExit(9)\n", encoding="utf-8")
    (tmp_path / "a.md").write_text(text("temperature = 9\ntop_p = 9"), encoding="utf-8")
    (tmp_path / "b.json").write_text("{", encoding="utf-8")

    code, lines, told = checked(tmp_path, capsys)

    assert (code, [line.split(": ")[0] for line in lines]) == (1, ["a.md:2:1", "a.md:3:1", "b.json:1:2"])
    assert told == "2 files, 3 faults\n"


@pytest.mark.parametrize("name", ["nowhere", ""])
def test_a_folder_without_assistants_is_a_failure(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines, told = checked(tmp_path / name, capsys)

    assert (code, lines) == (1, [])
    assert told.startswith("langtail-nb: ")


def test_the_hook_of_pre_commit_runs_the_command_on_both_forms() -> None:
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")

    assert "entry: langtail-nb check\n" in hook
    assert TEXT.removeprefix(".") in hook
