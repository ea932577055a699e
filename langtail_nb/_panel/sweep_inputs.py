"""What a panel holds that a sweep asks with, read at one moment: rows, message, variables, settings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from langtail_nb._kernel.budget import budget_of
from langtail_nb._kernel.session import Session
from langtail_nb._panel.edits import Edits
from langtail_nb._panel.sweep_form import Form
from langtail_nb._panel.sweep_wire import SweepPart
from langtail_nb._panel.table import Rows
from langtail_nb._panel.variants import Variants
from langtail_nb._sweep.column import Column
from langtail_nb._sweep.plan import Plan
from langtail_nb._sweep.setting import setting_of
from langtail_nb._sweep.sweep import sweep
from langtail_nb._types.config import variables_of
from langtail_nb._types.messages import Message
from langtail_nb._types.request import ABOUT_THE_CALL
from langtail_nb._types.target import Target


@dataclass(frozen=True)
class Inputs:
    """All of it; equal ones make the same plan.

    Attributes:
        column: The column of the message; None where there is one message for all rows, or none.
        compared: The overrides of each setting that stands in Ask beside the deployed ones.
        about: What is said about each call, whatever its setting.
        known: The names of the assistant's variables; None where they cannot be read.
    """

    target: Target
    table: Rows
    column: str | None
    message: Any
    ahead: Sequence[Message]
    variables: Mapping[str, str]
    compared: Sequence[Mapping[str, Any]]
    about: Mapping[str, Any]
    known: frozenset[str] | None
    form: Form

    @property
    def signature(self) -> str:
        """What two that make the same plan have in common."""
        known = sorted(self.known) if self.known is not None else None
        members = [self.column, self.message, self.ahead, self.variables, self.compared, self.about, known]
        form = [self.form.stops, self.form.repeats, self.form.score, self.form.budget]
        return json.dumps([id(self.table), *members, *form], sort_keys=True, default=str)

    def parts(self) -> list[SweepPart]:
        """Return what each column of the table is for."""
        sent = {*(self.known or ()), *self.variables}
        found = []
        for name in self.table.columns:
            is_sent = name in sent
            part = SweepPart(name=name, part="sent" if is_sent else "for scores")
            if name == self.column:
                part["part"] = "message"
            found.append(part)
        return found

    def plan(self) -> Plan:
        """Return the plan; it sends nothing.

        Raises:
            ConfigurationError: Something in it cannot be sent.
        """
        form, rows = self.form, self.table.rows
        named = {n: Column(n) if n in self.table.columns else v for n, v in self.variables.items()}
        message = Column(self.column) if self.column is not None else self.message
        return sweep(
            self.target.full,
            over=[*self.compared, *(form.space() or [])] or [{}],
            rows=rows,
            # One for each, as a text alone could be the name of a column.
            message=[message] * len(rows) if message and self.column is None else message,
            vars={name: value for name, value in named.items() if name not in (self.known or ())
                  or name not in self.table.columns},
            repeats=form.repeats,
            against=setting_of(self.about, label="deployed"),
            score=dict(form.scored()),
            base=dict(self.about),
            prefix=list(self.ahead) or None,
            budget=budget_of(form.budget.strip() or None),
        )  # fmt: skip


def inputs_of(session: Session, target: Target, edits: Edits, variants: Variants, form: Form) -> Inputs:
    """Return what stands in a panel now; whoever calls it holds the lock of the settings."""
    overrides = session.settings.overrides(target)
    about = {name: value for name, value in overrides.items() if name in ABOUT_THE_CALL}
    compared = [{n: v for n, v in one.items() if n not in about} for one in variants.compared(overrides)]
    template = overrides.get("template")
    known = None if edits.config is None else frozenset(variables_of(edits.config, template))
    column = edits.table.column(known or ())
    return Inputs(
        target=target,
        table=edits.table,
        column=column,
        message=edits.message if column is None else None,
        ahead=tuple(edits.extra),
        variables=dict(session.settings.variables_of(target)),
        compared=[one for one in compared if one],
        about=about,
        known=known,
        form=deepcopy(form),
    )
