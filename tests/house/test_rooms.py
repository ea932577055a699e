"""The drawing of the house is true: rooms from ground to roof, and no import upward."""

import ast
from pathlib import Path

import pytest

import langtail_nb

PACKAGE = Path(langtail_nb.__file__).parent
CONTRIBUTING = PACKAGE.parent / "CONTRIBUTING.md"

# As CONTRIBUTING prints it: the roof first. A room imports from the storeys below its own, and from no room
# beside it.
DRAWING = """\
faces     _magic         _cli
          _panel
work      _sweep
          _calls
state     _kernel
words     _line   _show        wire   _client   _replay        apart   _local
values    _types               net    _http
forms     _project
errors    _errors                file   _environment
ground    _text   template     file   _version
"""
LABELS = {
    "faces",
    "work",
    "state",
    "words",
    "wire",
    "apart",
    "values",
    "net",
    "forms",
    "errors",
    "ground",
    "file",
}
STOREYS = [[word for word in line.split() if word not in LABELS] for line in DRAWING.splitlines()][::-1]
HEIGHT = {room: height for height, storey in enumerate(STOREYS) for room in storey}
# Those that could be packages of their own, and what they stand on.
ALONE = {
    "template": set(),
    "_text": set(),
    "_errors": {"_text"},
    "_environment": {"_text"},
    "_project": {"_errors", "_text"},
    "_http": {"_environment", "_text", "_version"},
    "_local": {"template", "_project", "_text", "_http", "_version", "_environment"},
}
FILES = [
    path
    for path in PACKAGE.rglob("*.py")
    if path.relative_to(PACKAGE).parts[0] not in ("__init__.py", "__main__.py", "_notebooks")
    and not {"frontend", "sample"} & set(path.parts)
]


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def rooms_imported(path):
    """The other rooms that a module imports anywhere, for the type checker only as well."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "langtail_nb":
            names = [f"langtail_nb.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively, which hides the room"
            names = [node.module or ""]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("langtail_nb.")}
    return found - {room_of(path)}


def test_every_room_is_in_the_drawing_and_there_are_few():
    rooms = {
        path.name.removesuffix(".py")
        for path in PACKAGE.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }

    assert rooms - {"__init__", "__main__"} == HEIGHT.keys()
    assert len(HEIGHT.keys() - {"_errors", "_environment", "_version"}) <= 16


@pytest.mark.parametrize("room", HEIGHT)
def test_no_room_imports_upward_or_from_beside_it(room):
    for path in FILES:
        if room_of(path) == room:
            wrong = [other for other in rooms_imported(path) if HEIGHT[other] >= HEIGHT[room]]
            assert not wrong, path


@pytest.mark.parametrize("room", ALONE)
def test_a_room_that_stands_alone_imports_no_other(room):
    for path in FILES:
        if room_of(path) == room:
            allowed = ALONE[room] | ({"_types"} if "engines" in path.parts else set())
            assert rooms_imported(path) <= allowed, path


@pytest.mark.parametrize(
    "room", [room for room in HEIGHT if (PACKAGE / room).is_dir() and room != "template"]
)
def test_a_room_says_what_it_is_for_and_does_nothing_when_it_is_entered(room):
    tree = ast.parse((PACKAGE / room / "__init__.py").read_text(encoding="utf-8"))

    assert ast.get_docstring(tree)
    assert len(tree.body) == 1


def test_contributing_prints_the_drawing_and_a_line_for_each_room():
    text = CONTRIBUTING.read_text(encoding="utf-8")

    assert DRAWING in text
    assert all(f"`{room}`" in text for room in HEIGHT)
