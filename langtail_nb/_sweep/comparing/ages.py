"""Trials that were made too far apart, or by different models, to be compared."""

from __future__ import annotations

from langtail_nb._sweep.comparing.scored import Setting

_SPANS = ((86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute"))


def why_barred(setting: Setting, first: Setting, max_age_s: float) -> str:
    """Return why two settings may not be compared, whatever they scored; ``""`` where they may."""
    for one in (setting, first):
        if one.barred:
            return one.barred
        if len(one.models) > 1:
            return f"{one.label} was answered by several models: {', '.join(one.models)}"
    moments = [at for one in (setting, first) for at in (one.oldest, one.newest) if at is not None]
    apart = max(moments) - min(moments) if moments else 0.0
    if apart > max_age_s:
        return f"the trials were made {_span(apart)} apart, more than {_span(max_age_s)}"
    return ""


def _span(seconds: float) -> str:
    for size, name in _SPANS:
        if seconds >= size:
            number = f"{seconds / size:.1f}".removesuffix(".0")
            return f"{number} {name}{'s' * (number != '1')}"
    return f"{seconds:.0f} seconds"
