"""Whatever the package has that one may type stands in the reference, once."""

from __future__ import annotations

import ast
import inspect
import re
from collections import Counter

import pytest

import langtail_nb
import langtail_nb.template
from langtail_nb._cli.exit_code import EXIT_CODES
from langtail_nb._cli.main import build_parser
from langtail_nb._environment import VARIABLES
from langtail_nb._kernel.files import FILES
from langtail_nb._kernel.project_settings import PROJECT_SETTINGS
from langtail_nb._kernel.settings import Settings
from langtail_nb._line.commands import COMMANDS
from langtail_nb._line.options import OPTIONS
from langtail_nb._local.faults.faults import FAULTS
from langtail_nb._types.fields import FIELDS
from tests.docs.site import described, signatures, site
from tests.places import ROOT

PACKAGE = ROOT / "langtail_nb"
SUBCOMMANDS = next(action.choices for action in build_parser()._actions if action.choices)
# Members of every object of traitlets.
NO_SETTING = {"comm", "keys", "log"}


def once(*names):
    return Counter(dict.fromkeys(names, 1))


def test_every_option_of_a_cell_and_of_set():
    shown = Counter({name: count for name, count in signatures("option").items() if name.startswith("-")})
    wanted = once(*(option.usage.removesuffix(" *") for option in OPTIONS.values()))

    assert {name: shown[name] for name in wanted} == wanted


def test_every_command_of_langtail():
    assert signatures("linecommand") == once(
        *(f"%langtail {one.name} {one.usage}".rstrip() for one in COMMANDS.values())
    )


def test_every_subcommand_of_the_shell_with_its_options():
    wanted = []
    for name, parser in SUBCOMMANDS.items():
        for action in parser._actions:
            shown = action.option_strings or [f"arg-{action.metavar}"]
            if action.dest != "help" and "SUPPRESS" not in str(action.help):
                wanted.append(f"cmdoption-langtail-nb-{name}-{shown[0].lstrip('-')}")
    found = Counter({place: n for place, n in described("option").items() if "langtail-nb-" in place})

    assert Counter({place.lower(): count for place, count in found.items()}) == once(
        "cmdoption-langtail-nb-version", *(place.lower() for place in wanted)
    )


def test_every_setting_and_every_parameter():
    traits = {name for name in Settings.class_trait_names() if name not in NO_SETTING}

    assert signatures_of_settings() == once(
        *traits, *(f"tool.langtail-nb.{name}" for name in PROJECT_SETTINGS), "langtail_replay"
    )
    assert traits >= FIELDS.keys()


def signatures_of_settings():
    return Counter({name.partition(" ")[0]: count for name, count in signatures("confval").items()})


def test_every_variable_of_the_environment():
    assert signatures("envvar") == once(*VARIABLES)


def test_every_variable_that_the_code_names_is_in_its_table():
    named = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named |= set(re.findall(r"\b(?:LANGTAIL|OPENAI|SSL)_[A-Z_]*[A-Z]\b", node.value))

    assert named - {"SSL_CERT"} - VARIABLES.keys() == set()
    assert {name for name in VARIABLES if name.startswith("LANGTAIL_")} <= named


@pytest.mark.parametrize(
    ("kind", "names"), [("exitcode", map(str, EXIT_CODES)), ("keptfile", FILES), ("fault", FAULTS)]
)
def test_every_exit_code_file_and_fault(kind, names):
    assert signatures(kind) == once(*names)


def test_every_public_name_and_every_class_of_errors():
    wanted = [f"langtail_nb.{name}" for name in langtail_nb.__all__]
    wanted += [f"langtail_nb.template.{name}" for name in langtail_nb.template.__all__]
    found = sum((described(kind) for kind in ("function", "class", "exception", "data")), Counter())

    assert {name: found[name] for name in wanted} == once(*wanted)
    assert set(described("exception")) == {
        f"langtail_nb.{name}" for name in langtail_nb.__all__ if is_error(getattr(langtail_nb, name))
    }


def test_every_class_of_errors_says_what_to_do():
    for name in langtail_nb.__all__:
        value = getattr(langtail_nb, name)
        if is_error(value):
            assert "\nWhat to do: " in inspect.getdoc(value), name


def is_error(value):
    return isinstance(value, type) and issubclass(value, BaseException)


def test_what_is_said_to_be_met_most_is_said_by_the_code():
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    met = page.partition("## Met most")[2].partition("\n## ")[0]
    terms = [line for line in met.splitlines() if line.startswith("`")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))

    assert len(terms) > 10
    for phrase in (phrase for line in terms for phrase in re.findall(r"`([^`]+)`", line)):
        assert phrase in code, phrase


def test_the_messages_are_those_of_the_code():
    page = re.sub(r"<[^>]+>", "", (site() / "reference" / "messages.html").read_text(encoding="utf-8"))

    assert "unknown option" in page
    assert "retries must be a whole number from 0 to 10, not …" in page
    assert page.count("…") > 300
