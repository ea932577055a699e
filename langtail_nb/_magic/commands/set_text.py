"""What ``%langtail set`` and ``unset`` answer: each value that changed, beside what is deployed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from langtail_nb._kernel.session import Session
from langtail_nb._text.brief import value_text
from langtail_nb._types.config import arguments_of, template_of, variables_of
from langtail_nb._types.fields import FIELDS

_KERNELS: Final = ("timeout", "retries", "rerun")
_NO_THREAD: Final = "no-thread"


def in_force(session: Session) -> dict[str, Any]:
    """Return what is set for the current assistant, variables as ``variable NAME``, and for the kernel."""
    settings, target = session.settings, session.settings.current_target()
    found = {**settings.overrides(), **_variables(settings.variables_of())}
    found |= {name: getattr(settings, name) for name in _KERNELS}
    if target is not None and session.conversations(target).one_shot:
        found[_NO_THREAD] = "each call apart"
    return {name: value for name, value in found.items() if value is not None}


def told(session: Session, names: Iterable[str]) -> str:
    """Return one line on values that were set or taken back, as :func:`in_force` names them."""
    now, deployed = in_force(session), _deployed(session)
    return "; ".join(_one(name, now.get(name), deployed) for name in names)


def _one(name: str, value: Any, deployed: dict[str, Any] | None) -> str:
    if name == _NO_THREAD:
        return "each call gets a thread of its own" if value else "calls go on with the current thread again"
    if name in _KERNELS:
        return f"{name} as usual" if value is None else f"{name} {value_text(value)}"
    shown = _shown(name, (deployed or {}).get(name)) or ("none" if deployed is not None else "")
    if value is None:
        return f"{name} as deployed" + (f" ({shown})" if shown else "")
    return f"{name} {_shown(name, value)}" + (f" (deployed {shown})" if shown else "")


def _shown(name: str, value: Any) -> str:
    if name == "template" and value:
        return f"of {len(value)} message{'s' * (len(value) != 1)}"
    return value_text(value)


def _deployed(session: Session) -> dict[str, Any] | None:
    """Return what is deployed for the current assistant, by the same names; None where that is not known."""
    target = session.settings.current_target()
    config = session.config_soon(target) if target is not None else None
    if config is None:
        return None
    arguments = arguments_of(config)
    found = {name: arguments.get(field.wire) for name, field in FIELDS.items()}
    return {**found, "template": template_of(config), **_variables(variables_of(config))}


def _variables(values: dict[str, str]) -> dict[str, str]:
    return {f"variable {name}": text for name, text in values.items()}
