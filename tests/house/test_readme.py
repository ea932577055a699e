"""The README is true and short: its cells run, its links lead somewhere, the rest is in ``docs``."""

from __future__ import annotations

import re
import sys

from tests import places
from tests.kernels import kernel

README = places.README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.M | re.S)


def test_its_cells_run_from_the_top(sample_environment):
    cells = [text for language, text in BLOCKS if language == "python"]
    with kernel(sys.executable, env=sample_environment) as started:
        ran = [started.run(cell, cell_id=f"cell-{number}") for number, cell in enumerate(cells)]

    assert [(cell, one.errors) for cell, one in zip(cells, ran, strict=True) if one.status != "ok"] == []
    assert any("Delivery takes two weeks." in one.text for one in ran)


def test_its_commands_are_the_ones_the_project_is_run_and_tested_with():
    commands = [text.strip() for language, text in BLOCKS if language == "bash"]

    assert commands == [
        'python -m pip install -e ".[demo]" && langtail-nb demo',
        "langtail-nb demo --headless",
        'python -m pip install -e ".[test]" && python -m pytest',
    ]


def test_fewer_than_a_hundred_words_stand_before_the_first_example():
    before = README.partition("```")[0]

    assert len(re.findall(r"\w+", re.sub(r"\(.*?\)|!\[.*?\]", "", before))) < 100


def test_it_leaves_the_rest_to_the_pages():
    assert len(README.splitlines()) < 150
    assert "| option |" not in README


def test_the_files_it_links_to_are_there():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]

    assert links
    assert [link for link in links if not (places.ROOT / link).exists()] == []


def test_its_pictures_are_small():
    assert all(path.stat().st_size < 200_000 for path in places.DOCS.glob("*.png"))
