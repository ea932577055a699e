"""How much of a secret is shown, and where it is hidden."""

from __future__ import annotations

import pickle

import pytest

from langtail_nb._http.secret import Hidden, Secret


@pytest.mark.parametrize(
    ("text", "ending"),
    [("", "…"), ("abcdefghijk", "…"), ("abcdefghijkl", "…ijkl"), ("a" * 40 + "wxyz", "…wxyz")],
)
def test_the_last_four_characters_are_shown_of_twelve_or_more(text: str, ending: str) -> None:
    assert Secret(text).ending == ending
    assert repr(Secret(text)) == f"Secret({ending})"
    assert Hidden(text).ending == "…"
    assert repr(Hidden(text)) == "Hidden(…)"


def test_a_secret_of_eight_characters_is_masked_and_a_shorter_one_is_a_word() -> None:
    assert Secret("abcdefgh").mask("not abcdefgh, abcdefgh!") == "not …, …!"
    assert Secret("abcdefghijkl").mask("not abcdefghijkl") == "not …ijkl"
    assert Secret("abcdefg").mask("not abcdefg") == "not abcdefg"
    assert Secret("").mask("nothing") == "nothing"


def test_secrets_are_equal_by_what_they_hold_and_to_no_text() -> None:
    assert Secret("abcdefgh") == Hidden("abcdefgh") != Secret("abcdefgi")
    assert Secret("abcdefgh") != "abcdefgh"
    assert len({Secret("abcdefgh"), Secret("abcdefgh"), Secret("abcdefgi")}) == 2


def test_a_secret_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="each process reads its own"):
        pickle.dumps(Secret("abcdefgh"))
