"""What the assistant ``parcels`` can look up: a function for each tool that Langtail would run itself."""

from __future__ import annotations

from typing import Any

_PARCELS = {
    1041: ("on its way", "Tuesday"),
    1042: ("at the post office", "today"),
    1043: ("packed", "Friday"),
}


def track_parcel(number: int) -> dict[str, Any]:
    """Return where a parcel is and when it arrives; what is no string becomes JSON for the model."""
    if number not in _PARCELS:
        return {"number": number, "error": "there is no such parcel"}
    state, arrives = _PARCELS[number]
    return {"parcel": number, "state": state, "arrives": arrives}
