"""The public face and the shape of the house: names, import direction, weight."""

import ast
import re
import subprocess
import sys
from dataclasses import fields, is_dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import get_type_hints

import pytest

import langtail_nb
from langtail_nb._line.commands import COMMANDS as EXPLAINED
from langtail_nb._magic.commands import thread
from langtail_nb._magic.commands.table import COMMANDS

PACKAGE = Path(langtail_nb.__file__).parent
NOTEBOOK = ("IPython", "ipywidgets", "ipykernel", "traitlets")


def name_of(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in PACKAGE.rglob("*.py") if "_notebooks" not in path.parts}


def imports_of(name, *, inside=True, types=False):
    """The modules that a module imports when it runs; those for the type checker alone only on demand."""
    found = set()
    package = name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    body = [node for node in tree.body if types or not is_type_checking(node)]
    for top in body:
        for node in ast.walk(top) if inside else [top]:
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:
                    base = ".".join(
                        filter(None, [*package.split(".")[: len(package.split(".")) - node.level + 1], base])
                    )
                within = {f"{base}.{alias.name}" for alias in node.names if f"{base}.{alias.name}" in MODULES}
                found |= within or {base}
    return found


def is_type_checking(node):
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def test_imports_form_no_circle_whatever_they_are_for():
    graph = {name: imports_of(name, types=True) & MODULES.keys() - {name, "langtail_nb"} for name in MODULES}

    TopologicalSorter(graph).prepare()


def test_nor_do_those_of_the_views():
    sources = Path(PACKAGE, "_panel", "frontend", "src").rglob("*.ts")
    graph = {
        path.resolve(): [
            path.parent.joinpath(f"{name}.ts").resolve()
            for name in re.findall(r'from "(\.[^"]+)"', path.read_text("utf-8"))
        ]
        for path in sources
    }

    assert len(graph) > 30
    TopologicalSorter(graph).prepare()


def test_the_template_language_stands_alone():
    for name in MODULES:
        if name.startswith("langtail_nb.template"):
            others = [i for i in imports_of(name) if i.startswith("langtail_nb") and ".template" not in i]
            assert others == [], name


def test_the_local_server_shares_nothing_with_the_client_but_through_its_engines():
    """A parser that is tested against its own writer agrees with itself about every mistake."""
    rooms = ("_local", "_project", "template", "_text", "_http", "_environment", "_version")
    writers = tuple(f"langtail_nb.{room}" for room in rooms)
    askers = (*writers, "langtail_nb._types")
    for name in MODULES:
        if name.startswith("langtail_nb._local."):
            allowed = askers if name.startswith("langtail_nb._local.engines.") else writers
            ours = {i for i in imports_of(name) if i.startswith("langtail_nb.")}
            assert {i for i in ours if not i.startswith(allowed)} == set(), name


def test_what_the_client_stands_on_knows_no_notebook():
    graph = {name: imports_of(name) for name in MODULES}
    seen, waiting = set(), ["langtail_nb._client.client"]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in MODULES:
            continue
        seen.add(name)
        waiting += graph[name]
    outside = {i.partition(".")[0] for name in seen for i in graph[name]}

    assert outside.isdisjoint(NOTEBOOK)


def test_every_public_name_is_there_and_calls_itself_public():
    for name in langtail_nb.__all__:
        value = getattr(langtail_nb, name)
        if isinstance(value, type):
            assert value.__module__ == "langtail_nb", name
            assert value.__doc__, name


def test_the_types_of_a_public_class_can_be_asked_for():
    classes = [value for name in langtail_nb.__all__ if is_dataclass(value := getattr(langtail_nb, name))]

    assert langtail_nb.Reply in classes
    for value in classes:
        assert get_type_hints(value).keys() >= {field.name for field in fields(value)}


def test_every_command_is_explained_and_every_explained_one_is_there():
    words = {name.partition(" ")[0] for name in EXPLAINED}
    after_thread = {name.partition(" ")[2] for name in EXPLAINED if name.startswith("thread ")}

    assert words == {*COMMANDS, "run"}
    assert after_thread == {*thread.COMMANDS}


@pytest.mark.parametrize(
    "heavy", ["httpx", "ipywidgets", "pandas", "starlette", "xllamacpp", "keyring", "platformdirs"]
)
def test_importing_the_package_loads_nothing_heavy(heavy):
    code = f"import IPython, sys; import langtail_nb; print({heavy!r} in sys.modules)"

    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "False\n"
    )
