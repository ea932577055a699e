"""Tab, asked of a real IPython shell's completer, as a kernel asks it."""

import re

import pytest
from IPython.core.completer import provisionalcompleter, rectify_completions
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import langtail_nb
from langtail_nb._kernel import loop
from langtail_nb._kernel.session import Session
from langtail_nb._magic.completion import matcher
from langtail_nb._magic.completion.session_known import SessionKnown


class Account:
    """What a kernel might know."""

    def targets(self):
        return ["triage/staging", "triage/production", "/production", "acme/support/triage/staging"]

    def threads(self, target):
        return ["demo", "thread 2"]

    def models(self, target):
        return ["gpt-5", "gpt-5-mini"]

    def variables(self, target):
        return ["language", "tone"] if target == "translator" else ["topic", "customer"]

    def names(self):
        return ["answer_one", "tone_of_voice"]

    def calls(self):
        return ["get_weather", "get_time"]

    def names_set(self):
        return ["temperature", "topic"]

    def versions(self, target):
        return ["3", "4"]


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("ipython"))
    shell = InteractiveShell(ipython_dir=folder, config=Config(HistoryManager={"enabled": False}))
    shell.user_ns["answer_one"] = 1
    shell.user_ns["lt"] = langtail_nb
    shell.Completer.custom_matchers.append(matcher.matcher({"lt": langtail_nb}, Account()))
    return shell


def tab(shell, text, after=""):
    """Return what the cell's text up to the cursor becomes, for each completion."""
    with provisionalcompleter():
        found = list(rectify_completions(text + after, shell.Completer.completions(text + after, len(text))))
    return [text[: c.start] + c.text for c in found]


def tails(shell, text, after=""):
    """Return only what stands in place of the last word."""
    start = max(text.rfind(" "), text.rfind("\n")) + 1
    return [whole[start:] for whole in tab(shell, text, after)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%%langtail --te", ["--temperature", "--template"]),
        ("%%langtail --tem", ["--temperature", "--template"]),
        ("%%langtail -t 0.2 --temp", ["--template"]),
        ("%%langtail -v a=b --var", ["--var", "--vars"]),
        ("%%langtail --rerun", []),
        ("%langtail set --re", ["--reasoning-effort", "--response-format", "--rerun"]),
        ("%langtail set --out", []),
        ("%langtail run --no-", ["--no-thread", "--no-stream"]),
    ],
)
def test_options_complete(shell, text, expected):
    assert sorted(tails(shell, text)) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%%langtail tri", ["triage/staging", "triage/production"]),
        ("%%langtail triage/st", ["triage/staging"]),
        ("%%langtail /", ["/production"]),
        ("%%langtail -t 0.2 acme/", ["acme/support/triage/staging"]),
        ("%langtail use acme/support/tri", ["acme/support/triage/staging"]),
        ("%langtail run /p", ["/production"]),
    ],
)
def test_targets_complete_past_slashes(shell, text, expected):
    assert tails(shell, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%%langtail --show ", ["markdown", "text", "json"]),
        ("%%langtail --show m", ["markdown"]),
        ("%%langtail --tool-choice ", ["auto", "required", "none", "deployed"]),
        ("%%langtail --reasoning-effort m", ["minimal", "medium", "max"]),
        ("%%langtail -t d", ["deployed"]),
        ("%%langtail -m gpt-5-", ["gpt-5-mini"]),
        ("%%langtail --thread de", ["demo"]),
        ("%%langtail --thread ", ["demo", '"thread 2"']),
        ("%%langtail -v top", ["topic="]),
        ("%%langtail translator --var ", ["language=", "tone="]),
        ("%%langtail translator -v ton", ["tone=", "tone_of_voice"]),
        ("%%langtail --field too", ["tools:="]),
        ("%langtail set --rerun a", ["append"]),
        ("%%langtail --compare de", ["deployed"]),
        ("%%langtail --compare @", ["@3", "@4"]),
        ("%%langtail --compare /p", ["/production"]),
        ("%%langtail --compare tri", ["triage/staging", "triage/production"]),
        ("%%langtail --compare deployed,pre", ["deployed,previous"]),
        ("%%langtail --compare deployed,d", []),
        ("%%langtail --sweep temp", ["temperature=", "template="]),
        ("%%langtail --sweep env", ["environment="]),
        ("%%langtail --sweep model=gpt-5,g", ["model=gpt-5,gpt-5-mini"]),
        ("%%langtail --sweep temperature=", ["temperature=deployed"]),
        ("%%langtail --sweep temperature=0,", ["temperature=0,deployed"]),
        ("%%langtail --sweep version=3,", ["version=3,deployed", "version=3,4"]),
        ("%%langtail --sweep environment=st", ["environment=staging"]),
        ("%%langtail --sweep assistant=t", ["assistant=triage"]),
        ("%%langtail --cache re", ["reuse", "refresh"]),
        ("%%langtail --prefix de", ["demo"]),
    ],
)
def test_values_complete(shell, text, expected):
    assert tails(shell, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%langtail u", ["use", "unset"]),
        ("%langtail thread f", ["fork"]),
        ("%langtail thread d", ["delete", "demo"]),
        ("%langtail thread resume d", ["demo"]),
        ("%langtail thread list -", ["--all"]),
        ("%langtail replay r", ["record", "refresh"]),
        ("%langtail replay --", ["--speed", "--no-rows"]),
        ("%langtail replay vary to", ["topic"]),
        ("%langtail replay refresh tri", ["triage/staging", "triage/production"]),
        ("%langtail replay prune ", ["--yes"]),
        ("%langtail unset te", ["temperature"]),
        ("%langtail tool ", ["get_weather", "get_time"]),
        ("%langtail tool get_w", ["get_weather"]),
        ("%langtail unset temperature t", ["topic"]),
        ("%langtail local s", ["stop"]),
        ("%langtail local --engine e", ["echo"]),
        ("x = 1\n%langtail us", ["use"]),
        ("status = %langtail us", ["use"]),
        ("%langtail help thr", ["thread"]),
        ("%langtail save -", ["-v", "--to"]),
        ("%langtail save -v to", ["topic"]),
        ("%langtail diff --", ["--template"]),
        ("%langtail diff --template here dep", ["deployed"]),
        ("%langtail panel tri", ["triage/staging", "triage/production"]),
    ],
)
def test_commands_complete(shell, text, expected):
    assert tails(shell, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "%langtail unset temperature topic ",
        "%%langtail -v topic=",
        "%%langtail -v topic=an",
        "%langtail set --timeout ",
        "%%langtail --seed 1",
        "%langtail reset ",
        "%langtail thread rename ",
        "%langtail nothing ",
        "%%langtail no/such",
        "%%langtail_template\n--- system\nHi {{zzz",
    ],
)
def test_where_nothing_fits_nothing_is_offered_and_no_name_of_python(shell, text):
    assert tab(shell, text) == []


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("Hi {{cust", ["customer"]),
        ("Hi {{top", ["topic"]),
        ("{{toJ", ["toJSON"]),
        ("{{toJSON to", ["topic"]),
        ("{{#i", ["if"]),
        ("{{#if top", ["topic"]),
        ("{{#each x}}\n{{#if y}}{{/", ["if", "each"]),
        ("{{#if (eq cus", ["customer"]),
        ("{{{cus", ["customer"]),
        ("{{name}} and {{cus", ["customer"]),
    ],
)
def test_a_tag_of_a_template_completes_variables_and_helpers(shell, tag, expected):
    text = f"%%langtail_template\n--- system\n{tag}"

    assert [whole[len(text) - len(re.search(r"\w*$", text)[0]) :] for whole in tab(shell, text)] == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("lt.ask('x', temp", ["temperature=", "template="]),
        ("lt.ask('x', top", ["top_p=", "topic="]),
        ("lt.ask('(\"', temperature=1, temp", ["template="]),
        ("answer = [lt.ask(row['q'], cus", ["customer="]),
        ("lt.Request('a/b/c/d', temp", ["temperature=", "template="]),
        ("lt.ask(\n    'x',\n    see", ["seed="]),
        ("lt.ask('x', variables={'a': temp", []),
        ("lt.ask('x', model=temp", []),
        ("other('x', temp", []),
        ("# lt.ask('x', temp", []),
    ],
)
def test_a_call_in_python_completes_its_parameters(shell, code, expected):
    found = [name for name in tails(shell, code) if name.endswith("=")]

    assert sorted(set(found)) == sorted(expected)


def test_a_continued_line_completes_like_the_first(shell):
    assert tails(shell, "%%langtail -t 0.2 \\\n  --temp") == ["--template"]
    assert tails(shell, "%%langtail translator \\\n -q \\\n -v la") == ["language="]
    assert tails(shell, "%langtail set -t 1 \\\n --temp") == ["--template"]


def test_what_stands_after_the_cursor_stays(shell):
    assert tails(shell, "%%langtail --tempe", " 0.2\nHello --temp") == ["--temperature"]


def test_files_complete_after_an_at_sign_and_for_images(shell, tmp_path, monkeypatch):
    (tmp_path / "notes.txt").touch()
    (tmp_path / "nested").mkdir()
    (tmp_path / ".hidden").touch()
    monkeypatch.chdir(tmp_path)

    assert tails(shell, "%%langtail -v doc=@n") == ["doc=@nested/", "doc=@notes.txt"]
    assert tails(shell, "%%langtail --image ") == ["nested/", "notes.txt"]
    assert tails(shell, "%langtail thread export no") == ["notes.txt"]


@pytest.mark.parametrize(
    "typed", ["-v a:=answer_o", "--vars answer_o", "-t :=answer_o", "--vars {'a':answer_o"]
)
def test_python_completes_where_python_stands(shell, typed):
    assert any(whole.endswith("answer_one") for whole in tab(shell, f"%%langtail {typed}"))


def test_attributes_complete_inside_an_expression(shell):
    assert any(whole.endswith("bit_length") for whole in tab(shell, "%%langtail -v a:=answer_one.bit_l"))


@pytest.mark.parametrize(
    "text", ["%%langtail -q\n--temp", "%%bash\n%langtail us", "%%langtail_template --te", "x --te"]
)
def test_other_places_are_left_alone(shell, text):
    assert not {"--temperature", "--template", "use"} & set(tails(shell, text))


def test_a_session_offers_what_it_has_read(shell, server, monkeypatch, tmp_path):
    monkeypatch.setenv("LANGTAIL_NB_HOME", str(tmp_path))
    session = Session()
    session.settings.base_url = server.url
    session.settings.target = "acme/support/support/staging"
    session.settings.variables = {"mood": "calm"}
    session.conversations(session.target()).new("demo")
    session.deployed.wait_for_listing(session.client())
    loop.wait(session.client().aclose())
    known = SessionKnown(session, {})

    assert {"support/staging", "/production", "acme/support/support/production"} <= set(known.targets())
    assert known.threads(None) == ["demo"]
    assert known.variables(None) == ["mood"]
    assert known.names_set() == ["mood"]


def test_nothing_is_offered_and_nothing_fails_without_a_key(monkeypatch):
    monkeypatch.delenv("LANGTAIL_API_KEY", raising=False)
    known = SessionKnown(Session(), {})

    assert (list(known.targets()), known.threads(None), known.variables("a"), known.models(None)) == (
        [],
        [],
        [],
        [],
    )


def test_registering_twice_leaves_one_matcher_and_unregistering_none(shell):
    before = [m for m in shell.Completer.custom_matchers if m.matcher_identifier != "langtail_nb"]
    matcher.register(shell)
    matcher.register(shell)
    assert len(shell.Completer.custom_matchers) == len(before) + 1

    matcher.unregister(shell)
    assert shell.Completer.custom_matchers == before


def test_scores_complete_as_python(shell):
    assert "%%langtail --score lt.regex" in tab(shell, "%%langtail --score lt.reg")
    assert "%%langtail --score right:=lt.regex" in tab(shell, "%%langtail --score right:=lt.reg")
