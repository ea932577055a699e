"""What is edited in a panel: the settings it shares with cells, and a message of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.runs import Asked
from langtail_nb._kernel.session import Session
from langtail_nb._panel import as_deployed, rows
from langtail_nb._panel.anyway import Anyway
from langtail_nb._panel.drafts import Drafts, Typed
from langtail_nb._panel.snapshot import Kind
from langtail_nb._panel.table import Rows, Table
from langtail_nb._panel.undo import Standing, Undo, changed
from langtail_nb._text.near import near
from langtail_nb._types.config import template_of, variables_of
from langtail_nb._types.field_checks import check
from langtail_nb._types.fields import FIELDS
from langtail_nb._types.messages import Message, check_messages, content_of
from langtail_nb._types.request import Request
from langtail_nb._types.rows import Row
from langtail_nb._types.target import Target


class Edits:
    """The state of one panel that a user changes, and every change of it.

    Attributes:
        text: The message.
        images: Its images, as addresses.
        serial: Goes up when the text was replaced by something else than typing.
        extra: Messages before the message.
        kinds: Whether a variable is edited as ``text`` or ``json``, by name.
        drafts: The messages that views edit, under their names.
        typed: Variables that were typed as they are deployed, so that they are not sent.
        table: What message and variables can be filled from, row by row.
        config: What is deployed, as far as the panel knows.
    """

    def __init__(self, session: Session, target: Target, table: Sequence[Row]) -> None:
        self._session, self._settings, self._target = session, session.settings, target
        self.table = Rows(table)
        self.anyway = Anyway()
        self.text, self.serial = "", 0
        self.images: list[str] = []
        self.extra: list[Message] = []
        self.kinds: dict[str, Kind] = {}
        self.drafts = Drafts()
        self._problems: dict[str, tuple[str, Any]] = {}
        self.typed: set[str] = set()
        self._pinned: set[str] = set()
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
    def message(self) -> Any:
        """The message to send, text or content parts; None where there is nothing but white space."""
        return content_of(self.text, self.images) if self.images or self.text.strip() else None

    @property
    def typed_message(self) -> Typed:
        """The message as its box holds it."""
        names = [self.drafts.name_of(url) for url in self.images]
        return Typed(text=self.text, images=names, serial=self.serial)

    @property
    def rows(self) -> Table:
        """The table as the front end draws it."""
        variables = self._variables()
        return self.table.section(variables, {*(variables or ()), *self._settings.variables_of(self._target)})

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
            self._assign({name: None if self._is_no_override(name, taken) else taken}, name)

    def _is_no_override(self, name: str, value: Any) -> bool:
        """Return whether a value was typed back to what is deployed, and is not sent on purpose."""
        standing = self._settings.overrides(self._target)
        if name not in standing:
            self._pinned.discard(name)
        is_pin = name in self._pinned or (name in standing and standing[name] == value)
        return not is_pin and as_deployed.is_parameter(name, value, self.config)

    def use(self, name: str, on: bool) -> None:
        """Send a parameter, beginning with what is deployed; or leave it as deployed again.

        Raises:
            ConfigurationError: Nothing is deployed, and there is no value that would be no surprise.
        """
        self._problems.pop(name, None)
        if name not in FIELDS:
            return
        if not on:
            self._pinned.discard(name)
            self._assign({name: None}, name)
            return
        start = as_deployed.start_of(name, self.config)
        self._pinned.add(name)
        self._assign({name: start}, name)

    def reset(self, name: str | None = None) -> str:
        """Go back to what is deployed for one parameter, or for all, kinds of variables and row too.

        Returns:
            What to say of it; nothing for one parameter, whose row shows it.
        """
        if name is not None:
            self.use(name, False)
            return ""
        self._problems.clear()
        self._pinned.clear()
        self.kinds.clear()
        before, self.table.at = self.snapshot(), None
        self._assign({**dict.fromkeys(FIELDS), "variables": None}, "reset", before)
        return "All is as deployed again."

    def check_template(self, requests: Sequence[Request], anyway: bool) -> None:
        """Refuse, at the first press, requests with a template that would go out as it is written.

        Raises:
            ConfigurationError: Where it does not parse.
        """
        template = self._settings.overrides(self._target).get("template")
        edited = list(template) if template is not None else template_of(self.config or {})
        self.anyway.check(requests, edited, self.config, is_seen=anyway)

    def check(self, done: str = "sent") -> None:
        """Refuse to go on while a control shows a value that is not the one in force.

        Args:
            done: What was not done, to say so.

        Raises:
            ConfigurationError: The first such value, as it is told beside its control.
        """
        for told in self.problems.values():
            raise ConfigurationError(f"nothing was {done}: {told}")

    def variable(self, name: str, value: Any = None, kind: Kind | None = None) -> None:
        """Set a variable's text, or its kind, or both; None as the value takes it out."""
        if kind in ("text", "json"):
            self.kinds[name] = kind
        with self._settings.lock:
            given = self._settings.variables_of(self._target)
            changed = {n: text for n, text in given.items() if n != name}
            is_deployed = isinstance(value, str) and self._is_default(name, value)
            (self.typed.add if is_deployed else self.typed.discard)(name)
            if isinstance(value, str) and not is_deployed:
                # In its old place: a dict that only changed its order would read as another request.
                changed = {**given, name: value}
            if changed != given:
                self._assign({"variables": changed or None}, f"variable {name}")

    def _is_default(self, name: str, text: str) -> bool:
        """Return whether a variable's text is what the template would be given without it."""
        thread = self._session.conversations(self._target).current
        earlier = thread.newest if thread is not None else None
        if earlier is not None and name in earlier.variables:
            return False
        template = self._settings.overrides(self._target).get("template")
        return as_deployed.is_variable(name, text, self.config, template)

    def _variables(self) -> dict[str, str] | None:
        """Return the variables of the assistant with their defaults; None where they are not known."""
        template = self._settings.overrides(self._target).get("template")
        return None if self.config is None else variables_of(self.config, template)

    def fill(self, row: int) -> str:
        """Put the message and the variables of a row of the table here; where it has no value, as deployed.

        Columns that are neither are left out, unless the assistant's variables are not known.

        Returns:
            What to say of it.

        Raises:
            ConfigurationError: There is no such row, or a value of it cannot be sent.
        """
        self.table.check(row)
        with self._settings.lock:
            given, variables = self._settings.variables_of(self._target), self._variables()
            texts = self.table.texts(row, variables, {*(variables or ()), *given})
            message, before = self.table.message(row, variables or ()), self.snapshot()
            values = {name: text for name, text in texts.items() if text is not None}
            kept = {name: value for name, value in given.items() if name not in texts}
            self.table.at = row
            if message is not None and message != self.text:
                self.text, self.serial = message, self.serial + 1
            self.typed.clear()
            self._assign({"variables": {**kept, **values} or None}, "fill from a row", before)
        return f"Filled in from row {row + 1}."

    def message_from(self, column: str | None) -> str:
        """Take the message from another column of the table, or from none, for the row that stands here, too.

        Returns:
            What to say of it.

        Raises:
            ConfigurationError: There is no such column, or its value cannot be sent.
        """
        self.table.choose(column)
        return "" if self.table.at is None else self.fill(self.table.at)

    @property
    def are_begun(self) -> bool:
        """Whether anything stands here or can be undone."""
        return bool(self.text or self.images or self.extra) or any(self.undo.labels.values())

    def go_on_from(self, earlier: Edits) -> None:
        """Take over what stands in a panel that this one replaces, and what can be undone there."""
        self.text, self.extra, self.kinds = earlier.text, list(earlier.extra), dict(earlier.kinds)
        self.images, self.undo = list(earlier.images), earlier.undo
        self.table.go_on_from(earlier.table)

    def type(self, text: str) -> None:
        """Take over the message as it is typed."""
        if isinstance(text, str) and text != self.text:
            before = self.snapshot()
            self.text = text
            self.undo.note("message", before, self.snapshot())

    def say(self, text: str) -> None:
        """Replace the message by one that was not typed in a view."""
        if (text, []) != (self.text, self.images):
            before = self.snapshot()
            self.text, self.images, self.serial = text, [], self.serial + 1
            self.undo.note("message", before, self.snapshot())

    def attach(self, images: Sequence[str]) -> None:
        """Put these images into the message, by their names, in place of those there.

        Raises:
            ConfigurationError: One of them is not known.
        """
        before = self.snapshot()
        self.images = self.drafts.data_of(images)
        self.undo.note("images", before, self.snapshot())

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
        edited = [self.drafts.edited(one) for one in messages or []]
        is_deployed = messages is None or as_deployed.is_template(edited, self.config)
        self._assign({"template": None if is_deployed else edited}, "template")

    def back(self) -> str:
        """Take the last edit back, and return what to say of it; nothing if there is none."""
        label = self.undo.labels["undo"]
        return self._stepped(f"Undone: {label}.", self.undo.back())

    def again(self) -> str:
        """Make the edit that was taken back again, and return what to say of it; nothing if there is none."""
        label = self.undo.labels["redo"]
        return self._stepped(f"Done again: {label}.", self.undo.forward())

    def _stepped(self, done: str, step: tuple[Standing, Standing] | None) -> str:
        if step is None:
            return ""
        before = self.snapshot()
        left = self._change(*step)
        told = [done] if self.snapshot() != before else []
        if left:
            told.append(f"Left alone, as set elsewhere since: {', '.join(left)}.")
        return " ".join(told) or "It was so already."

    def restore(self, asked: Asked) -> None:
        """Go back to how things were for an earlier call."""
        before = self.snapshot()
        try:
            self._change(
                before, Standing(asked.text, asked.images, asked.extra, asked.overrides, asked.variables)
            )
        finally:
            self.undo.note("restore", before, self.snapshot())

    def take(self, overrides: Mapping[str, Any]) -> None:
        """Have these parameters set and no others; message and variables stay."""
        before = self.snapshot()
        try:
            self._change(before, before._replace(overrides=dict(overrides)))
        finally:
            self.undo.note("settings", before, self.snapshot())

    def snapshot(self) -> Standing:
        """Return everything as it is."""
        overrides = self._settings.overrides(self._target)
        variables = self._settings.variables_of(self._target)
        return Standing(self.text, tuple(self.images), list(self.extra), overrides, variables, self.table.at)

    def _change(self, old: Standing, new: Standing) -> list[str]:
        """Change what differs between the two, and return the names that were changed elsewhere meanwhile.

        Those stay as they are, as does what does not differ.
        """
        if (new.text, new.images) != (old.text, old.images):
            self.text, self.images, self.serial = new.text, list(new.images), self.serial + 1
        if new.row != old.row:
            self.table.at = new.row
        if new.extra != old.extra:
            self.extra = list(new.extra)
        self.typed.clear()
        with self._settings.lock:
            standing = self.snapshot()
            values, left = changed(old.overrides, new.overrides, standing.overrides)
            variables, left_variables = changed(old.variables, new.variables, standing.variables)
            for name in values:
                self._problems.pop(name, None)
            if variables:
                merged = {**standing.variables, **variables}
                values["variables"] = {n: text for n, text in merged.items() if text is not None} or None
            self._settings.assign_each(values, target=self._target)
        return [*left, *left_variables]

    def _assign(self, values: Mapping[str, Any], label: str, before: Standing | None = None) -> None:
        before = before or self.snapshot()
        try:
            self._settings.assign_each(values, target=self._target)
        finally:
            self.undo.note(label, before, self.snapshot())
