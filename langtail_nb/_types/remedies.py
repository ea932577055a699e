"""What helps against an error of whoever runs the model, read off its status and its words."""

from __future__ import annotations

import re
from typing import Final

ENGINE_ERROR: Final = "engine_error"
"""The ``type`` of an error with which a local server's engine failed; its message says what helps."""

WORDING: Final = "the message was stopped, not the key; word it differently"
_PLACE: Final = "the place that the request comes from is not served; another provider may serve it"
_FAILED: Final = range(500, 600)
# A 400 must say more before it is believed: it quotes the request, in which any word may stand.
_TABLE: Final = (
    (
        (402, 403, 429),
        r"\bcredits?\b|\bbalance\b|billing|payment|insufficient[ _](quota|funds)|current quota",
        "add credit there, or use the key of an account that has some",
    ),
    ((403, 451), r"\b(region|country|countries|territory|territories|location|jurisdiction)\b", _PLACE),
    ((400,), r"\b(region|country|location)\b.{0,40}(not supported|unsupported|not available)", _PLACE),
    ((403,), r"moderat|\bflagged\b|content[ _](policy|filter|management)|\bsafety\b", WORDING),
    ((400,), r"\bflagged\b|content[ _](policy|filter|management)", WORDING),
    (
        (403,),
        r"\bmodels?\b.*\b(access|permission|allowed|enabled|tier|verified|terms)\b"
        r"|\b(access|permission|allowed|enabled|tier|verified|terms)\b.*\bmodels?\b",
        "the key may not use this model; ask for another one, or for access to it",
    ),
    ((503,), r"\bload(ing|ed yet)\b", "the model is being loaded; try again in a moment"),
    (
        _FAILED,
        r"out of memory|more (system )?memory|\bOOM\b|\bCUDA\b|crash|\bkilled\b|runner process",
        "the model's process ended or lacks memory; start it again, or use a smaller model",
    ),
    (_FAILED, r"overload|capacity|\bbusy\b", "it has too much to do; try again later"),
)
_REMEDIES: Final = [(statuses, re.compile(words, re.IGNORECASE), helps) for statuses, words, helps in _TABLE]


def remedy(status: int, said: str) -> str:
    """Return what helps against an error, ``""`` where its words do not tell."""
    found = (helps for statuses, words, helps in _REMEDIES if status in statuses and words.search(said))
    return next(found, "")
