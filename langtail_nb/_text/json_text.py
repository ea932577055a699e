"""Whether an answer is JSON and nothing else."""

import json
import re

_OPENING = re.compile(r'\s*(?:\{\s*["}]|\[\s*[\[{"\]\d-]|\[\s*(?:true|false|null)\b)')
_OPENING_SO_FAR = re.compile(r'\s*(?:\{\s*"|\[\s*[\[{"])')
# Numbers stay text: turning one of a million digits into an int takes minutes.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)
_CUT_WORD = 5


def is_json(text: str, *, closed: bool) -> bool:
    """Return whether the text is a JSON object or array, or, unless closed, may yet become one."""
    opening = _OPENING if closed else _OPENING_SO_FAR
    if not opening.match(text):
        return False
    body = text.strip()
    try:
        _, end = _DECODER.raw_decode(body)
    except json.JSONDecodeError as error:
        cut_here = error.msg.startswith("Unterminated string") or len(body) - error.pos <= _CUT_WORD
        return not closed and cut_here
    except RecursionError:
        return False
    return end == len(body)
