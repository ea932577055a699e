"""The one table of the option line, and what a line says by it: the same class.

Reading, writing, completion and help are read off it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from types import NoneType
from typing import TYPE_CHECKING, Any, Final

from langtail_nb._line.checks import compared, messages, repeats, seconds, thread_name
from langtail_nb._line.option import BOTH, Option, of_field
from langtail_nb._types.fields import FIELDS, RERUN

if TYPE_CHECKING:
    from langtail_nb._line.typed_line import Named
    from langtail_nb._types.messages import Message
    from langtail_nb._types.request import Request

SHOW: Final = ("markdown", "text", "json")
CACHE: Final = ("reuse", "refresh", "only", "off")


def _by(*options: Option, empty: type = NoneType) -> Any:
    """Return a field of ``Options`` that these options fill; ``empty()`` where none of them is given."""
    return field(default_factory=empty, metadata={"options": options})


def _flag(*spellings: str, help: str, where: tuple[str, ...] = ("cell",)) -> Any:
    return _by(Option(spellings, "nothing", help, where=where), empty=bool)


@dataclass(frozen=True)
class Options:
    """What one line says, evaluated and checked. A new option is one more attribute.

    Attributes:
        target: As typed, maybe a short form; None where the line names none.
        variables: Text by name; None where the line asks for no value.
        parameters: By Python name, in wire form, or DEPLOYED.
        extra: Other members of the body.
        images: Content parts.
        timeout: Seconds.
        compare: What to ask beside this cell, an item each.
        rows: A table, asked about row by row.
        sweep: Values to try by name: a list of them, or what Python gave.
        score: What to measure.
        prefix: The conversation that goes ahead of every call: a thread's name, messages, a reply; True for
            the current thread.
        body: The message as typed; None or white space sends none.
    """

    target: str | None = None
    variables: Mapping[str, str | None] = _by(
        Option(
            ("--var", "-v"), "variable",
            "a variable: text, Python, a file's text, or what the kernel calls NAME",
            "NAME=TEXT | NAME:=EXPR | NAME=@FILE | NAME", repeated=True, where=BOTH,
        ),
        Option(("--vars",), "expr", "several variables, as a dict", "EXPR", where=BOTH, name="vars_expr"),
        empty=dict,
    )  # fmt: skip
    parameters: Mapping[str, Any] = _by(
        *(of_field(one) for one in FIELDS.values() if one.options), empty=dict
    )
    json: bool = _flag("--json", help="ask for JSON, show it formatted; fails where it is none")
    messages: tuple[Message, ...] = _by(
        Option(("--messages",), "expr", "messages to send before the cell's own", "EXPR", check=messages),
        empty=tuple,
    )
    images: tuple[dict[str, Any], ...] = _by(
        Option(("--image",), "text", "an image for the message", "PATH|URL|:=EXPR", repeated=True),
        empty=tuple,
    )
    extra: Mapping[str, Any] = _by(
        Option(
            ("--field",), "pair", "any other member of the request's body", "NAME:=EXPR | NAME=TEXT",
            repeated=True,
        ),
        empty=dict,
    )  # fmt: skip
    as_deployed: bool = _flag("--as-deployed", help="leave out the overrides of settings and panel")
    thread: str | None = _by(
        Option(("--thread",), "text", "continue or open the thread of this name", "NAME", check=thread_name)
    )
    new_thread: bool = _flag("--new-thread", help="begin a new thread; run again, a new branch of it")
    no_thread: bool = _flag("--no-thread", help="a fresh thread that does not become current", where=BOTH)
    fill: bool = _flag("--fill", "-f", help="fill {{name}} in the message from -v, then from the kernel")
    out: str | None = _by(
        Option(("--out", "-o"), "name", "bind the Reply, or the run, to this name; a partial one too", "NAME")
    )
    show: str | None = _by(
        Option(
            ("--show",), "choice", "how the answer is shown (default: markdown)", "|".join(SHOW), choices=SHOW
        )
    )
    quiet: bool = _flag("--quiet", "-q", help="show nothing; the reply is still the cell's value")
    no_stream: bool = _flag("--no-stream", help="fetch the answer in one piece")
    timeout: float | None = _by(
        Option(
            ("--timeout",),
            "seconds",
            "silence after which to give up (default: 600, once it answers 60)",
            "SECONDS",
            where=BOTH,
            check=seconds,
        )
    )
    dry_run: bool = _flag("--dry-run", help="show the exact request and send nothing")
    compare: tuple[str, ...] = _by(
        Option(
            ("--compare",), "text",
            "other answers beside it: deployed, /staging, @3, an assistant, previous", "LIST", check=compared,
        ),
        empty=tuple,
    )  # fmt: skip
    rows: object = _by(
        Option(("--rows",), "expr", "ask once for each row of a table, filled from it", "EXPR")
    )
    message: str | None = _by(
        Option(("--message",), "text", "the column of --rows that is the message, without a body", "COLUMN")
    )
    sweep: Mapping[str, Any] = _by(
        Option(
            ("--sweep",), "pair", "values to try, each beside what is deployed; several make a grid",
            "NAME=V1,V2,... | NAME:=EXPR", repeated=True,
        ),
        empty=dict,
    )  # fmt: skip
    repeats: int | None = _by(
        Option(
            ("--repeats",), "text", "how often each setting answers each row (default: 1)", "N", check=repeats
        )
    )
    score: tuple[Named, ...] = _by(
        Option(("--score",), "score", "what to measure of each answer", "[NAME:=]EXPR", repeated=True),
        empty=tuple,
    )
    unit: str | None = _by(
        Option(("--unit",), "text", "the column whose rows belong together and count once", "COLUMN")
    )
    prefix: object = _by(
        Option(
            ("--prefix",), "optional", "a conversation to send ahead of each call (default: the current)",
            "[NAME]",
        )
    )  # fmt: skip
    budget: str | None = _by(
        Option(
            ("--budget",),
            "text",
            'cap of --rows or --sweep: "500 calls", "2 USD"; needed over 100 calls',
            "TEXT",
        )
    )
    cache: str | None = _by(
        Option(
            ("--cache",), "choice",
            "stored answers: reuse (default), replace, send nothing else, leave alone",
            "|".join(CACHE), choices=CACHE,
        )
    )  # fmt: skip
    rerun: str | None = _by(
        Option(
            ("--rerun",), "choice", "a cell run again goes back and forks, or appends", "|".join(RERUN),
            choices=RERUN, where=("set",),
        )
    )  # fmt: skip
    body: str | None = None

    @classmethod
    def of(cls, request: Request, **flags: Any) -> Options:
        """Return what makes a line send ``request``, with flags such as ``show`` and ``out`` beside it."""
        from langtail_nb._line.as_cell import as_cell  # for lines that are written, not with every start

        body, images, messages = as_cell(request)
        return cls(
            target=request.target.full,
            variables=dict(request.variables),
            parameters=dict(request.parameters),
            extra=dict(request.extra),
            messages=messages,
            images=images,
            thread=request.thread_id,
            body=body,
            **flags,
        )

    def content(self, body: str | None = None) -> str | list[dict[str, Any]] | None:
        """Return the user's message with its images, or None where there is neither.

        Args:
            body: In place of the line's own, such as the filled one.
        """
        text = self.body if body is None else body
        text = text if text is not None and text.strip() else None
        if not self.images:
            return text
        return [*([{"type": "text", "text": text}] if text is not None else []), *self.images]


def _table() -> Iterator[Option]:
    for attribute in fields(Options):
        for option in attribute.metadata.get("options", ()):
            yield option if option.name else replace(option, name=attribute.name)


OPTIONS: Final[Mapping[str, Option]] = {option.name: option for option in _table()}
"""Every option by name, in the order of help."""


def spellings(where: str) -> dict[str, Option]:
    """Return the options that may stand in a ``cell`` or in ``%langtail set``, by every spelling."""
    return {name: option for option in OPTIONS.values() if where in option.where for name in option.spellings}
