"""``langtail-nb pull``: deployments as files, over real sockets."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langtail_nb._cli.main import main
from langtail_nb._cli.pull.project_file import file_content
from langtail_nb._local.project.project import SAMPLE, Project
from langtail_nb._project.fault import ProjectFileError
from langtail_nb._project.json_form import write_json
from langtail_nb._project.names import file_name
from langtail_nb._project.text_form import read_text, write_text
from tests.literal import RESET, Answer, Asked, literal, response
from tests.places import PROJECT
from tests.servers import Server, deployment, inherited, running, write_project

JSON = dict[str, Any]

KEY = "lt-secret-key-4711"
STATE: JSON = {
    "type": "chat",
    "template": [{"role": "system", "content": "Guide for {{city}}."}],
    "functions": [],
    "tools": [],
    "args": {
        "model": "gpt-4o-mini",
        "temperature": 0.5,
        "max_tokens": 800,
        "top_p": 1,
        "presence_penalty": 0,
        "frequency_penalty": 0,
    },
}
CONFIG: JSON = {"chatInput": {"city": "Brno"}, "state": STATE}
TRAM: JSON = {"name": "find_tram", "description": "Next tram", "parameters": {"type": "object"}}


_OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_ATOMS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_TEXTS = st.text(st.characters(), max_size=8) | st.sampled_from(["kind", "fault", "state", "\ud83d", "\x9b"])
_NAMES = st.sampled_from(["type", "template", "tools", "functions", "args", "function", "content"]) | _TEXTS
_JSON = st.recursive(
    _ATOMS | _TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4)
)
CONFIGS = st.builds(
    lambda rest, state: {**rest, "state": state},
    st.dictionaries(_TEXTS, _JSON, max_size=3),
    st.dictionaries(_NAMES, _JSON, max_size=4),
)


def written(config: JSON) -> str:
    return write_json(file_content(config))


def with_state(**changes: Any) -> JSON:
    return {**CONFIG, "state": {**STATE, **changes}}


def environment(url: str, **more: str) -> dict[str, str]:
    own = {"LANGTAIL_BASE_URL": url, "LANGTAIL_API_KEY": KEY}
    return {**inherited(), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", **own, **more}


@dataclass
class Ran:
    """What the command did: its exit code, and what it wrote, line ends as they are."""

    returncode: int
    stdout: str
    stderr: str
    asked: list[str] = field(default_factory=list)


def pull(url: str, *arguments: str | Path, **more: str) -> Ran:
    """Run the command to its end, in this process: starting one for each test would take a minute."""
    out, err = (io.TextIOWrapper(io.BytesIO(), write_through=True) for _ in range(2))
    with (
        mock.patch.dict(os.environ, environment(url, **more), clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            code = main(["pull", *map(str, arguments)])
        except SystemExit as exc:
            code = int(exc.code or 0)
    return Ran(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))


class Langtail:
    """What a Langtail would answer, by hand: configurations by their path, and the listing."""

    def __init__(self, configs: Mapping[str, Any], rows: Sequence[JSON] | None = None) -> None:
        self.configs, self.rows = dict(configs), rows

    def __call__(self, asked: Asked) -> Answer:
        path = asked.line.split()[1].removeprefix("/").removeprefix("project-prompt/")
        if path == "list-deployments":
            return [response(json.dumps({"deployments": self._rows()}).encode())]
        found = self.configs.get(path)
        if found is None:
            return [response(b'{"error":"Prompt deployment not found"}', "404 Not Found")]
        return found if isinstance(found, list) else [response(json.dumps(found).encode())]

    def _rows(self) -> Sequence[JSON]:
        if self.rows is not None:
            return self.rows
        return [row(*path.split("/")) for path in self.configs]


def row(
    slug: str, environment: str, version: str | None = None, at: str = "2025-05-02T09:30:00.000Z"
) -> JSON:
    found = {"promptSlug": slug, "environment": environment, "deployedAt": at}
    return {**found, "version": version} if version is not None else found


async def pull_from(langtail: Callable[[Asked], Answer], *arguments: str | Path, **more: str) -> Ran:
    """Run the command against answers written by hand."""
    async with literal(by=langtail) as server:
        ran = await asyncio.to_thread(pull, server.url, *arguments, **more)
        ran.asked = [asked.line.split()[1] for asked in server.requests]
        return ran


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# One deployment


def test_a_target_is_printed_as_a_file_that_the_local_server_reads(server: Server, tmp_path: Path) -> None:
    ran = pull(server.url, "acme/demo/support/production")

    assert ran.returncode == 0
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "support.json").write_bytes(ran.stdout.encode())
    with server.http() as client:
        served = client.get("/acme/demo/support/production").json()
    assert Project.load(folder).find("support", "production", None).config == served


def test_two_pulls_of_a_deployment_are_the_same_bytes_whatever_order_the_server_has() -> None:
    config = {**CONFIG, "zeta": {"b": 1, "a": [{"d": 1, "c": 2}]}, "alpha": 1}
    config["state"] = {**STATE, "tools": [{"type": "function", "function": TRAM}], "new": True}

    text = written(config)

    assert text == written(_turned(config))
    assert list(json.loads(text)) == ["chatInput", "state", "alpha", "zeta"]
    assert list(json.loads(text)["state"]) == ["type", "template", "functions", "tools", "args", "new"]


@given(config=CONFIGS)
def test_any_configuration_is_read_back_as_it_was_and_shows_no_control_character(config: JSON) -> None:
    text = written(config)

    read = json.loads(text)
    assert read == {name: value for name, value in config.items() if name not in ("kind", "fault")}
    assert written(read) == text
    assert not _OBEYED.search(text)
    text.encode()


def _turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _turned(value[name]) for name in reversed(value)}
    return [_turned(item) for item in value] if isinstance(value, list) else value


def test_the_order_of_variables_and_of_a_tools_schema_stays_the_servers() -> None:
    schema = {"type": "object", "properties": {"to": {}, "from": {}}, "required": ["to"], "additional": 1}
    config = {"state": {"tools": [{"type": "function", "function": {**TRAM, "parameters": schema}}]}}
    config["chatInput"] = {"z": "", "a": ""}

    content = json.loads(written(config))

    assert list(content["chatInput"]) == ["z", "a"]
    kept = content["state"]["tools"][0]["function"]["parameters"]
    assert json.dumps(kept) == json.dumps(schema)


async def test_the_text_is_readable_json_with_a_line_end() -> None:
    ran = await pull_from(
        Langtail({"guide/production": with_state(template=[{"role": "user", "content": "Žižkov 🚋"}])}),
        "guide/production",
    )

    assert "Žižkov 🚋" in ran.stdout
    assert ran.stdout.startswith('{\n  "chatInput": {\n    "city"')
    assert ran.stdout.endswith("}\n")


async def test_what_a_terminal_would_obey_is_written_as_an_escape() -> None:
    text = "\x1b]0;owned\x07 \x9b31m \u202egnp.exe \ud83d end\u2028"
    hostile = with_state(template=[{"role": "user", "content": text}])

    ran = await pull_from(Langtail({"guide/production": hostile}), "guide/production")

    assert [c for c in ran.stdout if not c.isprintable() and c != "\n"] == []
    assert json.loads(ran.stdout)["state"]["template"][0]["content"] == text


async def test_versions_and_the_way_of_a_target_reach_the_server() -> None:
    langtail = Langtail({"acme/demo/guide/production?v=3": CONFIG, "guide/staging?v=a%20b": CONFIG})

    full = await pull_from(langtail, "acme/demo/guide/production@3")
    short = await pull_from(langtail, "guide/staging@a b")

    assert (full.returncode, full.asked) == (0, ["/acme/demo/guide/production?v=3"])
    assert (short.returncode, short.asked) == (0, ["/project-prompt/guide/staging?v=a%20b"])


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("triage", "/acme/demo/triage/staging"),
        ("triage/production", "/acme/demo/triage/production"),
        ("/production", "/acme/demo/guide/production"),
        ("@4", "/acme/demo/guide/staging?v=4"),
        ("project-prompt/triage/staging", "/project-prompt/triage/staging"),
    ],
)
async def test_short_forms_are_filled_up_from_the_current_assistant(typed: str, asked: str) -> None:
    ran = await pull_from(Langtail({}, []), typed, LANGTAIL_ASSISTANT="acme/demo/guide/staging")

    assert ran.asked == [asked]


async def test_the_kind_is_told_to_be_unknown_unless_it_is_given() -> None:
    langtail = Langtail({"guide/production": CONFIG})

    unknown = await pull_from(langtail, "guide/production")
    known = await pull_from(langtail, "--kind", "prompt", "guide/production")

    assert "kind" not in json.loads(unknown.stdout)
    assert "taken for an assistant" in unknown.stderr
    assert list(json.loads(known.stdout)) == ["kind", "chatInput", "state"]
    assert "taken for" not in known.stderr


async def test_what_cannot_run_offline_is_told() -> None:
    hosted = {"type": "function", "function": {**TRAM, "handler": {"enabled": True}}}
    other_place = {"type": "function", "function": {**TRAM, "name": "far"}, "handler": {"enabled": True}}
    client_tool = {"type": "function", "function": {**TRAM, "name": "ask", "handler": {"enabled": False}}}
    image = {"type": "image_url", "image_url": {"url": "https://example.com/x.png"}}
    config = with_state(
        tools=[hosted, other_place, client_tool],
        functions=[{"name": "old_one"}],
        template=[*STATE["template"], {"role": "user", "content": [image]}],
    )

    told = (await pull_from(Langtail({"guide/production": config}), "guide/production")).stderr

    assert "find_tram is hosted code; write it as a function in tools.py and serve with --tools" in told
    assert "far is hosted code" in told
    assert "ask is hosted" not in told
    assert "message 2" in told
    assert "old_one" in told
    assert "stands in for gpt-4o-mini" in told


async def test_a_deployment_that_the_local_server_refuses_is_printed_and_that_is_told() -> None:
    legacy = {
        "chatInput": {},
        "state": {"type": "completion", "template": "Say {{x}}", "args": STATE["args"]},
    }

    ran = await pull_from(Langtail({"old/production": legacy}), "old/production")

    assert json.loads(ran.stdout)["state"]["template"] == "Say {{x}}"
    assert "the local server does not serve this: it is a legacy completion prompt" in ran.stderr


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (response(b'{"error":{"message":"Invalid API key"}}', "401 Unauthorized"), "LANGTAIL_API_KEY"),
        (response(b'{"error":{"message":"Not yours"}}', "403 Forbidden"), "not for this workspace"),
        (response(b'{"error":"Prompt deployment not found"}', "404 Not Found"), "is 'guide' deployed in"),
        (response(b'{"error":"Slow down"}', "429 Too Many Requests"), "wait a little"),
        (response(b"<html><title>Hi</title>", kind="text/html"), "is the base URL right?"),
        (response(b'{"hello": 1}'), "no deployment's configuration"),
        (response(b'{"chatInput": {}, "state": {"args": {"seed": NaN}}}'), "number that JSON has not"),
        (response(b'{"state":' + b"[" * 5000 + b"]" * 5000 + b"}"), ""),
    ],
)
async def test_a_failure_is_one_line_and_nothing_on_stdout(answer: bytes, told: str) -> None:
    ran = await pull_from(lambda asked: [answer], "guide/production")

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.count("\n") == 1
    assert told in ran.stderr
    assert KEY not in ran.stderr


def test_no_server_is_one_line() -> None:
    ran = pull("http://127.0.0.1:9", "guide/production")

    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (1, "", 1)
    assert "cannot connect to http://127.0.0.1:9" in ran.stderr


@pytest.mark.parametrize("arguments", [["guide/production"], ["--all", "."]])
async def test_a_full_disk_behind_stdout_is_one_line(tmp_path: Path, arguments: list[str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    async with literal(by=Langtail({"guide/production": CONFIG})) as server:
        with open("/dev/full", "wb") as full:
            ran = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "langtail_nb", "pull", *arguments,
                env=environment(server.url), cwd=tmp_path, stdout=full, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            _, told = await ran.communicate()

    complaints = [line for line in told.decode().splitlines() if "cannot write to stdout" in line]
    assert len(complaints) == 1
    assert b"Traceback" not in told
    assert (ran.returncode, names(tmp_path)) in [(1, []), (0, ["guide@production.json"])]


async def test_a_reader_that_leaves_early_stops_nothing(tmp_path: Path) -> None:
    langtail = Langtail({f"a{n}/qa": CONFIG for n in range(9)})
    async with literal(by=langtail) as server:
        ours, theirs = os.pipe()
        os.close(ours)
        ran = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "langtail_nb", "pull", "--all", str(tmp_path),
            env=environment(server.url), stdout=theirs, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        os.close(theirs)
        _, told = await ran.communicate()

    assert (ran.returncode, len(names(tmp_path))) == (0, 9)
    assert b"stdout" not in told


def test_a_missing_key_is_one_line_before_anything_is_sent() -> None:
    ran = pull("https://langtail.invalid", "guide/production", LANGTAIL_API_KEY="")

    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (1, "", 1)
    assert "LANGTAIL_API_KEY" in ran.stderr


async def test_escape_sequences_of_a_server_do_not_reach_the_terminal() -> None:
    body = json.dumps({"error": "\x1b]0;owned\x07gone"}).encode()

    ran = await pull_from(lambda asked: [response(body, "404 Not Found")], "guide/production")

    assert "gone" in ran.stderr
    assert ran.stderr.rstrip("\n").isprintable()


async def test_a_key_that_the_server_echoes_is_written_nowhere(tmp_path: Path) -> None:
    echo = with_state(template=[{"role": "user", "content": f"is {KEY}!"}])
    # As an escape, which only a reader of JSON sees through.
    body = json.dumps(echo).replace(KEY, "\\u006c" + KEY[1:]).encode()
    langtail = Langtail({"guide/production": [response(body)]})

    printed = await pull_from(langtail, "guide/production")
    await pull_from(langtail, "--all", tmp_path)

    assert "is …4711!" in printed.stdout
    assert KEY not in printed.stdout + (tmp_path / "guide@production.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a/b", "--all", "x"],
        ["--all", "x", "--kind", "prompt"],
        ["a/b", "--versions"],
        ["a/b", "--project", "acme/demo"],
        ["a/b", "--kind", "robot"],
    ],
)
def test_wrong_usage_ends_with_code_two(arguments: list[str]) -> None:
    ran = pull("http://127.0.0.1:9", *arguments)

    assert (ran.returncode, ran.stdout) == (2, "")
    assert "usage: langtail-nb pull" in ran.stderr


# All of them


def test_all_becomes_a_folder_that_a_second_server_serves_alike(make_server: Any, tmp_path: Path) -> None:
    hostile = deployment(
        "<script>alert(1)</script> {{x}} {{#if", {"role": "user", "content": "\x1b[2J \u202e \ud83d 🚋"},
        chatInput={"x": "{{x}}\"'\\"}, functions=[], tools=[], args=STATE["args"],
    )  # fmt: skip
    samples = {path.stem: read_text(path.read_bytes()).content for path in SAMPLE.glob("*.md")}
    files = {**samples, "hostile": hostile, "hostile@preview@k3x9qa1z": hostile, "only@staging": hostile}
    first = make_server(files)

    ran = pull(first.url, "--all", tmp_path / "pulled", "--project", "acme/demo", "--versions")

    assert (ran.returncode, names(tmp_path / "pulled")) == (0, sorted(f"{name}.json" for name in files))
    options = ("--engine", "echo", "--project", str(tmp_path / "pulled"))
    with running(*options, database=tmp_path / "second.sqlite") as second:
        for path in ("hostile/staging", "hostile/preview?v=k3x9qa1z", "support/production", "grader/staging"):
            one, other = (_config_and_answer(server, path) for server in (first, second))
            assert one == other, path
        again = pull(second.url, "--all", tmp_path / "again", "--versions")
    assert again.returncode == 0
    for path in (tmp_path / "pulled").iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def _config_and_answer(server: Server, path: str) -> tuple[bytes, str]:
    with server.http() as client:
        config = client.get(f"/acme/demo/{path}").content
        answer = client.post(f"/acme/demo/{path}", json={"messages": [{"role": "user", "content": "Hi"}]})
    return config, answer.json()["choices"][0]["message"]["content"]


async def test_one_file_serves_production_and_staging_only_where_both_are_deployed_and_equal(
    tmp_path: Path,
) -> None:
    other = {**CONFIG, "chatInput": {"city": "Prague"}}
    configs = {"same": (CONFIG, CONFIG), "differ": (CONFIG, other), "live": (CONFIG,), "test": (None, CONFIG)}
    environments = ("production", "staging")
    paths = {
        f"{slug}/{environment}": config
        for slug, several in configs.items()
        for environment, config in zip(environments, several, strict=False)
        if config is not None
    }

    ran = await pull_from(Langtail({**paths, "odd/qa": CONFIG}), "--all", tmp_path)

    expected = ["differ@production", "differ@staging", "live@production", "odd@qa", "same", "test@staging"]
    assert names(tmp_path) == [f"{name}.json" for name in expected]
    assert ran.returncode == 0
    served = {(d.slug, e) for d in Project.load(tmp_path).deployments for e in _answers(d.slug, tmp_path)}
    assert served == {tuple(path.split("/")) for path in [*paths, "odd/qa"]}


def _answers(slug: str, folder: Path) -> list[str]:
    listing = Project.load(folder).listing()
    return [row["environment"] for row in listing if row["promptSlug"] == slug]


async def test_an_environment_that_has_a_file_of_its_own_keeps_it(tmp_path: Path) -> None:
    stale = {**CONFIG, "chatInput": {"city": "Prague"}}
    await pull_from(Langtail({"guide/production": CONFIG, "guide/staging": stale}), "--all", tmp_path)

    await pull_from(Langtail({"guide/production": CONFIG, "guide/staging": CONFIG}), "--all", tmp_path)

    found = Project.load(tmp_path).find("guide", "staging", None).config
    assert found["chatInput"] == {"city": "Brno"}


async def test_versions_come_when_asked_for_and_preview_only_as_versions(tmp_path: Path) -> None:
    rows = [
        row("guide", "production", "2"),
        row("guide", "production", "1"),
        row("guide", "preview", "k3x9qa1z"),
    ]
    configs = ("production", "production?v=2", "production?v=1", "preview?v=k3x9qa1z")
    langtail = Langtail({f"guide/{name}": CONFIG for name in configs}, rows)

    current = await pull_from(langtail, "--all", tmp_path / "current")
    every = await pull_from(langtail, "--all", tmp_path / "every", "--versions")

    assert (current.returncode, names(tmp_path / "current")) == (0, ["guide@production.json"])
    versions = ["preview@k3x9qa1z", "production", "production@1", "production@2"]
    assert (every.returncode, names(tmp_path / "every")) == (0, [f"guide@{v}.json" for v in versions])


async def test_the_workspace_and_project_come_from_the_option_or_the_current_assistant(
    tmp_path: Path,
) -> None:
    langtail = Langtail({"acme/demo/guide/staging": CONFIG}, [row("guide", "staging")])

    given = await pull_from(langtail, "--all", tmp_path, "--project", "acme/demo")
    current = await pull_from(langtail, "--all", tmp_path, LANGTAIL_ASSISTANT="acme/demo/other/production")
    wrong = await pull_from(langtail, "--all", tmp_path, "--project", "acme")

    assert given.asked == current.asked == ["/list-deployments", "/acme/demo/guide/staging"]
    assert (wrong.returncode, wrong.asked, wrong.stderr.count("\n")) == (1, [], 1)


async def test_a_workspace_key_is_told_that_it_needs_the_project(tmp_path: Path) -> None:
    langtail = Langtail({"acme/demo/guide/qa": CONFIG}, [row("guide", "qa")])

    ran = await pull_from(langtail, "--all", tmp_path)

    assert (ran.returncode, names(tmp_path)) == (1, [])
    assert "needs --project WORKSPACE/PROJECT" in ran.stderr.splitlines()[-1]


async def test_a_files_time_is_when_it_was_deployed_and_an_unchanged_file_is_left_alone(
    tmp_path: Path,
) -> None:
    path = tmp_path / "guide@production.json"

    new = await pull_from(Langtail({"guide/production": CONFIG}), "--all", tmp_path)
    time = path.stat().st_mtime_ns
    same = await pull_from(
        Langtail({"guide/production": CONFIG}, [row("guide", "production", at="2026-01-01T00:00:00Z")]),
        "--all",
        tmp_path,
    )
    unchanged = path.stat()
    rows = [row("guide", "production", at="2026-01-02T00:00:00.123Z")]
    changed = await pull_from(Langtail({"guide/production": with_state(new=1)}, rows), "--all", tmp_path)

    assert time == 1_746_178_200_000_000_000
    assert unchanged.st_mtime_ns == time
    assert Project.load(tmp_path).listing()[0]["deployedAt"] == "2026-01-02T00:00:00.123Z"
    reports = [ran.stdout for ran in (new, same, changed)]
    assert reports == [f"{word:8} guide@production.json\n" for word in ("new", "same", "changed")]


async def test_kind_and_fault_of_a_file_that_is_there_are_kept(tmp_path: Path) -> None:
    write_project(tmp_path, {"guide": deployment("old", kind="prompt", fault="stall")})
    both = Langtail({"guide/production": CONFIG, "guide/staging": CONFIG})

    ran = await pull_from(both, "--all", tmp_path)

    content = json.loads((tmp_path / "guide.json").read_bytes())
    assert list(content) == ["kind", "fault", "chatInput", "state"]
    assert (content["kind"], content["fault"], content["state"]) == ("prompt", "stall", STATE)
    assert "taken for" not in ran.stderr


async def test_a_new_file_of_a_slug_gets_the_kind_that_its_others_have(tmp_path: Path) -> None:
    write_project(tmp_path, {"guide@staging": deployment("old", kind="prompt", fault="stall")})

    await pull_from(Langtail({"guide/production": CONFIG, "guide/staging": CONFIG}), "--all", tmp_path)

    content = json.loads((tmp_path / "guide@production.json").read_bytes())
    assert (content["kind"], "fault" in content) == ("prompt", False)


async def test_a_server_cannot_set_the_kind_or_a_fault(tmp_path: Path) -> None:
    langtail = Langtail({"guide/production": {**CONFIG, "kind": "prompt", "fault": "401"}})

    ran = await pull_from(langtail, "--all", tmp_path)

    assert list(json.loads((tmp_path / "guide@production.json").read_bytes())) == ["chatInput", "state"]
    assert ran.stderr.count("taken for an assistant") == 1


async def test_a_file_that_is_there_and_is_no_json_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "guide@production.json"
    path.write_text('{"kind": "prompt", <<<<<<< ours', encoding="utf-8")

    ran = await pull_from(Langtail({"guide/production": CONFIG, "other/qa": CONFIG}), "--all", tmp_path)

    assert ran.returncode == 1
    assert "guide@production.json is left out: the file that is there cannot be read" in ran.stderr
    assert "<<<<" in path.read_text(encoding="utf-8")
    assert (tmp_path / "other@qa.json").is_file()


async def test_files_that_nothing_is_deployed_for_are_listed_and_stay(tmp_path: Path) -> None:
    old = ("gone", "guide", "guide@staging", "guide@production@1", "guide@production@9", "guide@preview@abc")
    write_project(tmp_path, {name: deployment() for name in old})
    rows = [row("guide", "production", "1"), row("guide", "preview", "abc")]

    ran = await pull_from(Langtail({"guide/production": CONFIG}, rows), "--all", tmp_path)

    stale = [line.split()[1] for line in ran.stdout.splitlines() if line.startswith("stale")]
    assert stale == ["gone.json", "guide.json", "guide@production@9.json", "guide@staging.json"]
    assert len(names(tmp_path)) == len(old) + 1
    assert "until you delete them" in ran.stderr


@pytest.mark.parametrize(
    "slug", ["../x", "a/b", "a\\b", "CON", "nul.txt", "a@b", ".hidden", "a\nb", "", "x" * 300]
)
async def test_a_slug_that_is_no_file_name_is_refused_and_the_rest_goes_on(tmp_path: Path, slug: str) -> None:
    rows = [row(slug, "production"), row("guide", "production")]
    folder = tmp_path / "in" / "project"

    ran = await pull_from(Langtail({"guide/production": CONFIG}, rows), "--all", folder)

    assert (ran.returncode, names(folder)) == (1, ["guide@production.json"])
    assert names(tmp_path / "in") == ["project"]
    assert sum("is left out" in line for line in ran.stderr.splitlines()) == 1
    assert ran.asked == ["/list-deployments", "/project-prompt/guide/production"]


@pytest.mark.parametrize("part", ["..", "a:b", "a*", "\u202e", "x\x00", " a", "a.", "COM1", "\ud83d"])
def test_no_part_of_a_name_can_leave_the_folder_or_be_taken_for_something_else(part: str) -> None:
    with pytest.raises(ProjectFileError):
        file_name(part)
    with pytest.raises(ProjectFileError):
        file_name("guide", "production", part)


async def test_names_that_differ_only_in_case_are_not_written_over_each_other(tmp_path: Path) -> None:
    ran = await pull_from(Langtail({"Guide/qa": CONFIG, "guide/qa": CONFIG}), "--all", tmp_path)

    assert (ran.returncode, names(tmp_path)) == (1, ["Guide@qa.json"])
    assert "not every system tells the two names apart" in ran.stderr


async def test_one_failure_is_one_line_and_the_rest_goes_on(tmp_path: Path) -> None:
    rows = [row("guide", "production"), row("gone", "staging")]
    write_project(tmp_path, {"gone": deployment()})

    ran = await pull_from(Langtail({"guide/production": CONFIG}, rows), "--all", tmp_path)

    assert (ran.returncode, names(tmp_path)) == (1, ["gone.json", "guide@production.json"])
    assert "gone/staging is left out: 404" in ran.stderr
    assert "stale" not in ran.stdout


async def test_a_server_that_goes_away_in_the_middle_is_one_line(tmp_path: Path) -> None:
    slugs = [f"a{n:02}" for n in range(30)]
    configs: JSON = {f"{slug}/production": [RESET] for slug in slugs}

    ran = await pull_from(Langtail({**configs, "a00/production": CONFIG}), "--all", tmp_path)

    assert ran.returncode == 1
    assert names(tmp_path) == ["a00@production.json"]
    assert sum("not pulled" in line for line in ran.stderr.splitlines()) == 1
    assert "29 not pulled" in ran.stderr


async def test_what_would_make_the_folder_unservable_is_left_out(tmp_path: Path) -> None:
    legacy = {"chatInput": {}, "state": {"type": "completion", "template": "Say {{x}}", "args": {}}}

    ran = await pull_from(Langtail({"old/qa": legacy, "guide/qa": CONFIG}), "--all", tmp_path)

    assert (ran.returncode, names(tmp_path)) == (1, ["guide@qa.json"])
    assert (
        "old@qa.json is left out: the local server would refuse the whole folder: it is a legacy"
        in ran.stderr
    )


async def test_remarks_name_their_file_and_models_are_named_once(tmp_path: Path) -> None:
    hosted = {"type": "function", "function": {**TRAM, "handler": {"enabled": True}}}

    ran = await pull_from(Langtail({"a/qa": with_state(tools=[hosted]), "b/qa": CONFIG}), "--all", tmp_path)

    assert "a@qa.json: find_tram is hosted code" in ran.stderr
    assert ran.stderr.count("gpt-4o-mini") == 1


async def test_many_are_announced_and_all_come(tmp_path: Path) -> None:
    langtail = Langtail({f"a{n:03}/qa": CONFIG for n in range(120)})

    ran = await pull_from(langtail, "--all", tmp_path)

    assert (ran.returncode, len(names(tmp_path))) == (0, 120)
    assert "pulling 120 deployments" in ran.stderr
    assert len(ran.stdout.splitlines()) == 120


async def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    ran = await pull_from(Langtail({"a/qa": CONFIG}), "--all", tmp_path / "file" / "folder")

    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (1, "", 1)


async def test_a_key_without_deployments_is_told(tmp_path: Path) -> None:
    ran = await pull_from(Langtail({}, []), "--all", tmp_path)

    assert (ran.returncode, ran.stdout) == (0, "")
    assert "nothing is deployed" in ran.stderr


async def test_a_link_in_the_folder_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text("{}", encoding="utf-8")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "guide@qa.json").symlink_to(outside)

    ran = await pull_from(Langtail({"guide/qa": CONFIG}), "--all", folder)

    assert ran.returncode == 0
    assert outside.read_text(encoding="utf-8") == "{}"
    assert json.loads((folder / "guide@qa.json").read_bytes()) == CONFIG


def test_the_tests_own_project_pulls_to_what_it_serves(server: Server, tmp_path: Path) -> None:
    ran = pull(server.url, "--all", tmp_path, "--versions")

    assert ran.returncode == 0
    pulled, served = Project.load(tmp_path), Project.load(PROJECT)
    for one in served.deployments:
        for environment in [one.environment] if one.environment else ["production", "staging"]:
            found = pulled.find(one.slug, environment, one.version)
            assert found.config == one.config


# As text

GUIDE = "guide/production"


async def test_one_deployment_prints_as_text(tmp_path: Path) -> None:
    printed = await pull_from(Langtail({GUIDE: CONFIG}), "--format", "md", "--kind", "prompt", GUIDE)

    assert printed.returncode == 0
    assert read_text(printed.stdout).content == {"kind": "prompt", **CONFIG}


async def test_a_folder_keeps_the_form_of_each_file_and_its_comments(tmp_path: Path) -> None:
    text = write_text({"kind": "prompt", **with_state(template=[])}).replace("+++\n", "+++\n# ours\n", 1)
    (tmp_path / "guide@production.md").write_text(text, encoding="utf-8")
    langtail = Langtail({GUIDE: CONFIG, "other/staging": CONFIG})

    ran = await pull_from(langtail, "--all", tmp_path)

    assert ran.returncode == 0
    assert names(tmp_path) == ["guide@production.md", "other@staging.json"]
    written = (tmp_path / "guide@production.md").read_text(encoding="utf-8")
    assert "# ours\n" in written
    assert read_text(written).content == {"kind": "prompt", **CONFIG}
    assert "changed  guide@production.md" in ran.stdout
    again = await pull_from(langtail, "--all", tmp_path)
    assert "same     guide@production.md" in again.stdout


async def test_the_other_form_of_a_file_is_never_written_beside_it(tmp_path: Path) -> None:
    langtail = Langtail({GUIDE: CONFIG, "other/staging": CONFIG})
    await pull_from(langtail, "--all", tmp_path)
    (tmp_path / "other@staging.json").unlink()

    ran = await pull_from(langtail, "--all", tmp_path, "--format", "md")

    assert ran.returncode == 1
    assert names(tmp_path) == ["guide@production.json", "other@staging.md"]
    assert "guide@production.md is left out: guide@production.json is there" in ran.stderr
