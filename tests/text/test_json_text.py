"""What is JSON, and what only looks like it."""

import pytest

from langtail_nb._text.json_text import decoded, is_json, may_become_json


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_words_that_only_python_reads_are_no_json(word: str) -> None:
    for text in (f'{{"a": {word}}}', f"[1, {word}]", f'[[{{"a": {word}}}]]'):
        assert not is_json(text)
        assert not may_become_json(text)
        with pytest.raises(ValueError, match=f"{word} is no JSON"):
            decoded(text)


@pytest.mark.parametrize("text", ['{"a": "NaN"}', "[1, -1, 2.5e3, null, true]", '{"NaN": 1}'])
def test_json_is_json(text: str) -> None:
    assert is_json(text)
    assert decoded(text) is not None
