"""What is edited in a panel: the settings it shares with cells, and a message of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.runs import Asked
from langtail_nb._kernel.session import Session
from langtail_nb._panel import rows
from langtail_nb._panel.drafts import Drafts
from langtail_nb._panel.snapshot import Kind
from langtail_nb._panel.undo import Undo
from langtail_nb._text.near import near
from langtail_nb._types.config import arguments_of, variables_of
from langtail_nb._types.field_checks import check
from langtail_nb._types.fields import FIELDS, JSON_OBJECT
from langtail_nb._types.json_value import text_of
from langtail_nb._types.messages import Message, check_messages
from langtail_nb._types.request import Request
from langtail_nb._types.rows import Row
from langtail_nb._types.target import Target

_PLAYGROUND: Final[dict[str, Any]] = {
    "temperature": 0.5,
    "max_tokens": 800,
    "top_p": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "seed": 1,
    "max_thinking_tokens": 1024,
    "do_not_record": True,
    "parallel_tool_calls": True,
    "response_format": JSON_OBJECT,
}
"""What a parameter starts with where nothing is deployed: Langtail's Playground, then the least surprise."""


class Edits:
    """The state of one panel that a user changes, and every change of it.

    Attributes:
        text: The message.
        serial: Goes up when the text was replaced by something else than typing.
        extra: Messages before the message.
        kinds: Whether a variable is edited as ``text`` or ``json``, by name.
        drafts: The messages that views edit, under their names.
        row: The row that variables were last filled from, from 0, or None.
        config: What is deployed, as far as the panel knows.
    """

    def __init__(self, session: Session, target: Target, table: Sequence[Row]) -> None:
        self._settings, self._store, self._target = session.settings, session.store, target
        self.table = table
        self.text, self.serial = "", 0
        self.extra: list[Message] = []
        self.kinds: dict[str, Kind] = {}
        self.drafts = Drafts()
        self._problems: dict[str, tuple[str, Any]] = {}
        self.row: int | None = None
        self.config: dict[str, Any] | None = None
        self.undo = Undo()

    @property
    def problems(self) -> dict[str, str]:
        """What was wrong with the last input for a parameter, by name, until its value changed elsewhere."""
        with self._settings.lock:
            standing = self._settings.overrides(self._target)
            # What was put right elsewhere is forgotten: it must not come up again with an old value.
            self._problems = {n: one for n, one in self._problems.items() if standing.get(n) == one[1]}
            return {name: told for name, (told, _) in self._problems.items()}

    @property
    def message(self) -> str | None:
        """The message to send, or None where there is nothing but white space."""
        return self.text if self.text.strip() else None

    def request(self, *, as_deployed: bool = False) -> Request:
        """Return the request that is made of it all, without a thread.

        Raises:
            ConfigurationError: Something set cannot be sent.
        """
        return self._settings.request(
            self.message, target=self._target, messages=self.extra, as_deployed=as_deployed
        )

    def set(self, name: str, value: Any) -> None:
        """Set a parameter to what its control holds; a bad value is told beside it, the old one stays.

        Raises:
            ConfigurationError: There is no such parameter.
        """
        if name not in FIELDS:
            raise ConfigurationError(f"unknown parameter {name!r}{near(name, FIELDS)}")
        self._problems.pop(name, None)
        try:
            taken = rows.value_of(name, value)
            if taken is not None:
                check(FIELDS[name], taken)
        except ConfigurationError as exc:
            self._problems[name] = str(exc), self._settings.overrides(self._target).get(name)
        else:
            self._assign({name: taken}, name)

    def use(self, name: str, on: bool) -> None:
        """Send a parameter, beginning with what is deployed; or leave it as deployed again.

        Raises:
            ConfigurationError: Nothing is deployed, and there is no value that would be no surprise.
        """
        self._problems.pop(name, None)
        if name not in FIELDS:
            return
        if not on:
            self._assign({name: None}, name)
            return
        deployed = arguments_of(self.config) if self.config is not None else None
        choices = FIELDS[name].choices
        starts = [rows.deployed_value(FIELDS[name], deployed), _PLAYGROUND.get(name), *choices[:1]]
        start = [value for value in starts if value is not None]
        if not start:
            raise ConfigurationError(f"{name} has no value to begin with; type one")
        self._assign({name: start[0]}, name)

    def reset(self, name: str | None = None) -> str:
        """Go back to what is deployed for one parameter, or for all, template and variables included.

        Returns:
            What to say of it; nothing for one parameter, whose row shows it.
        """
        if name is not None:
            self.use(name, False)
            return ""
        self._problems.clear()
        self._assign({**dict.fromkeys(FIELDS), "variables": None}, "reset")
        return "All is as deployed again."

    def check(self) -> None:
        """Refuse to go on while a control shows a value that is not the one in force.

        Raises:
            ConfigurationError: The first such value, as it is told beside its control.
        """
        for told in self.problems.values():
            raise ConfigurationError(f"nothing was sent: {told}")

    def variable(self, name: str, value: Any = None, kind: Kind | None = None) -> None:
        """Set a variable's text, or its kind, or both; None as the value takes it out."""
        if kind in ("text", "json"):
            self.kinds[name] = kind
        with self._settings.lock:
            given = self._settings.variables_of(self._target)
            changed = {n: text for n, text in given.items() if n != name}
            if isinstance(value, str):
                # In its old place: a dict that only changed its order would read as another request.
                changed = {**given, name: value}
            if changed != given:
                self._assign({"variables": changed or None}, f"variable {name}")

    def fill(self, row: int) -> str:
        """Set the variables that a row of the table has; where it has no value, as deployed.

        Columns that are no variable of the assistant are left out, unless its variables are not known.

        Returns:
            What to say of it.

        Raises:
            ConfigurationError: There is no such row, or a value of it cannot be sent.
        """
        if not isinstance(row, int):
            raise ConfigurationError(f"a row is named by a whole number from 1 to {len(self.table)}")
        if not 0 <= row < len(self.table):
            raise ConfigurationError(f"there is no row {row + 1}; the table has {len(self.table)}")
        with self._settings.lock:
            given = self._settings.variables_of(self._target)
            template = self._settings.overrides(self._target).get("template")
            known = {*variables_of(self.config or {}, template), *given}
            columns = [name for name in self.table[row] if self.config is None or name in known]
            found = {name: self.table[row][name] for name in columns}
            texts = {name: text_of(value, name) for name, value in found.items()}
            values = {name: text for name, text in texts.items() if text is not None}
            kept = {name: value for name, value in given.items() if name not in found}
            self.row = row
            self._assign({"variables": {**kept, **values} or None}, "fill from a row")
        return f"Filled in from row {row + 1}."

    @property
    def are_begun(self) -> bool:
        """Whether anything stands here or can be undone."""
        return bool(self.text or self.extra) or any(self.undo.labels.values())

    def go_on_from(self, earlier: Edits) -> None:
        """Take over what stands in a panel that this one replaces, and what can be undone there."""
        self.text, self.extra, self.kinds = earlier.text, list(earlier.extra), dict(earlier.kinds)
        self.undo = earlier.undo

    def type(self, text: str) -> None:
        """Take over the message as it is typed."""
        if isinstance(text, str) and text != self.text:
            before = self.snapshot()
            self.text = text
            self.undo.note("message", before, self.snapshot())

    def say(self, text: str) -> None:
        """Replace the message by one that was not typed in a view."""
        if text != self.text:
            self.type(text)
            self.serial += 1

    def put_before(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Replace the messages before the message.

        Raises:
            ConfigurationError: One of them cannot be sent.
        """
        before = self.snapshot()
        self.extra = check_messages("messages", [self.drafts.edited(one) for one in messages])
        self.undo.note("messages", before, self.snapshot())

    def template(self, messages: Sequence[Mapping[str, Any]] | None = None) -> None:
        """Replace the template, or go back to the deployed one."""
        edited = None if messages is None else [self.drafts.edited(one) for one in messages]
        self._assign({"template": edited}, "template")

    def back(self) -> str:
        """Take the last edit back, and return what to say of it; nothing if there is none."""
        label = self.undo.labels["undo"]
        return self._stepped(f"Undone: {label}.", self.undo.back())

    def again(self) -> str:
        """Make the edit that was taken back again, and return what to say of it; nothing if there is none."""
        label = self.undo.labels["redo"]
        return self._stepped(f"Done again: {label}.", self.undo.forward())

    def _stepped(self, done: str, step: tuple[Asked, Asked] | None) -> str:
        if step is None:
            return ""
        before = self.snapshot()
        left = self._change(*step)
        told = [done] if self.snapshot() != before else []
        if left:
            told.append(f"Left alone, as set elsewhere since: {', '.join(left)}.")
        return " ".join(told) or "It was so already."

    def restore(self, snapshot: Asked) -> None:
        """Go back to how things were for an earlier call."""
        before = self.snapshot()
        try:
            self._change(before, snapshot)
        finally:
            self.undo.note("restore", before, self.snapshot())

    def snapshot(self) -> Asked:
        """Return everything as it is."""
        overrides, variables = (
            self._settings.overrides(self._target),
            self._settings.variables_of(self._target),
        )
        return Asked(self.text, list(self.extra), overrides, variables)

    def _change(self, old: Asked, new: Asked) -> list[str]:
        """Change what differs between the two, and return the names that were changed elsewhere meanwhile.

        Those stay as they are, as does what does not differ.
        """
        if new.text != old.text:
            self.text = new.text
            self.serial += 1
        if new.extra != old.extra:
            self.extra = list(new.extra)
        with self._settings.lock:
            standing = self.snapshot()
            values, left = _changed(old.overrides, new.overrides, standing.overrides)
            variables, left_variables = _changed(old.variables, new.variables, standing.variables)
            for name in values:
                self._problems.pop(name, None)
            if variables:
                merged = {**standing.variables, **variables}
                values["variables"] = {n: text for n, text in merged.items() if text is not None} or None
            self._settings.assign_each(values, target=self._target)
        return [*left, *left_variables]

    def _assign(self, values: Mapping[str, Any], label: str) -> None:
        before = self.snapshot()
        try:
            self._settings.assign_each(values, target=self._target)
        finally:
            self.undo.note(label, before, self.snapshot())


def _changed(
    old: Mapping[str, Any], new: Mapping[str, Any], standing: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return the new value of each name that differs, None where it has none any more.

    And, apart from them, the names of which neither value stands now: somebody else gave them another.
    """
    differing = [name for name in {**old, **new} if new.get(name) != old.get(name)]
    left = [name for name in differing if standing.get(name) not in (old.get(name), new.get(name))]
    return {name: new.get(name) for name in differing if name not in left}, left
