"""The site builds with every warning an error, twice the same, and its links lead somewhere."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from tests.docs.site import checker, site
from tests.places import NOTEBOOKS


@pytest.mark.thorough  # the gate builds the site twice, too
def test_a_second_build_in_another_folder_gives_the_same_bytes():
    with tempfile.TemporaryDirectory() as folder:
        other = checker().build(Path(folder).resolve())

        assert checker().differences(site(), other) == []
        (other / "index.html").write_text("", encoding="utf-8")
        assert checker().differences(site(), other) == ["index.html"]


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere():
    assert checker().faults(site()) == []


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ('<a href="gone.html">x</a>', "index.html links to gone.html, which is not there"),
        ('<a href="#gone">x</a>', "index.html links to #gone, a place that is not there"),
        ('<img src="gone.png">', "index.html loads gone.png, which is not there"),
        ('<script src="https://cdn.example/x.js"></script>', "index.html loads https://cdn.example/x.js"),
        ('<link rel="stylesheet" href="//cdn.example/x.css">', "index.html loads //cdn.example/x.css"),
        (
            "<p style='background: url(https://cdn.example/x.png)'>",
            "index.html loads https://cdn.example/x.png",
        ),
    ],
)
def test_what_is_wrong_on_a_page_is_found(tmp_path, page, fault):
    (tmp_path / "index.html").write_text(page, encoding="utf-8")

    assert checker().faults(tmp_path) == [fault]


def test_a_style_that_loads_a_font_from_elsewhere_is_found(tmp_path):
    (tmp_path / "a.css").write_text("@import 'https://fonts.example/a.css'; b {}", encoding="utf-8")

    assert checker().faults(tmp_path) == ["a.css loads https://fonts.example/a.css"]


@pytest.mark.parametrize("notebook", sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")))
def test_a_notebook_is_a_page_with_its_outputs_and_pictures(notebook):
    page = (site() / "tutorials" / f"{notebook}.html").read_text(encoding="utf-8")
    cells = json.loads((NOTEBOOKS / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]

    assert page.count('<div class="cell_output') == sum(bool(cell.get("outputs")) for cell in cells)
    assert page.count("<img") >= sum(len(cell.get("attachments", {})) for cell in cells)


def test_the_pages_can_be_searched():
    index = (site() / "searchindex.js").read_text(encoding="utf-8")

    assert '"temperatur"' in index or "temperatur:" in index


def found(text: str) -> set[str]:
    """Where the search leads first for what is typed: the places of an entry of the index."""
    index = json.loads((site() / "searchindex.js").read_text(encoding="utf-8")[len("Search.setIndex(") : -1])
    names = index["docnames"]
    return {f"{names[page]}#{place}" for page, place, _ in index["indexentries"].get(text.lower(), ())}


@pytest.mark.parametrize(
    ("seen", "where"),
    [
        ("no API key for", "reference/errors#seen-no-api-key-for"),
        ("are over the budget of", "reference/errors#seen-are-over-the-budget-of"),
        ("not recorded", "how-to/test-in-ci#seen-not-recorded"),
        ("A cell with only %%langtail fails", "reference/errors#seen-a-cell-with-only-langtail-fails"),
    ],
)
def test_what_one_sees_leads_to_what_to_do(seen, where):
    assert where in found(seen)


@pytest.mark.parametrize(("status", "error"), [("429", "RateLimitError"), ("503", "InternalServerError")])
def test_a_status_leads_to_its_class_of_errors(status, error):
    page = (site() / "reference" / "errors.html").read_text(encoding="utf-8")
    (place,) = (one.partition("#")[2] for one in found(status) if one.startswith("reference/errors#"))

    assert f'id="langtail_nb.{error}"' in page.partition(f'id="{place}"')[2].partition("</dt>")[0]


def test_what_pages_say_of_other_words_leads_nowhere_first():
    assert found("it means") == found("%%langtail") == set()
