"""``%langtail diff``: how two answers differ."""

from __future__ import annotations

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel import runs
from langtail_nb._kernel.disk.stored import StoredTurn
from langtail_nb._kernel.session import Session
from langtail_nb._magic.commands.context import Context
from langtail_nb._magic.commands.diff_template import diff_template
from langtail_nb._magic.commands.runs import is_number
from langtail_nb._show.difference import difference
from langtail_nb._show.say import show
from langtail_nb._text import markdown
from langtail_nb._text.brief import shorten
from langtail_nb._text.diff import answer_diff, hunks

_ASKED = 60


def diff(context: Context) -> None:
    """Show how two answers differ, word by word, JSON by value: of two runs by number, or of the last two.

    With ``--template``, how two deployments differ.

    Raises:
        ConfigurationError: There are no such runs, or one has no answer.
    """
    session, words = context.session, context.words
    if words[:1] == ["--template"]:
        return diff_template(session, words[1:])
    if len(words) not in (0, 2) or not all(map(is_number, words)):
        raise ConfigurationError("write %langtail diff, or %langtail diff A B with numbers of %langtail runs")
    old, new = _named(session, *words) if words else _newest(session)
    plain, shown = difference(hunks(answer_diff(_answer(old), _answer(new))))
    questions = [_question(turn) for turn in (old, new)]
    differ = questions[0] != questions[1]
    head = [_told(turn, q if differ else "") for turn, q in zip((old, new), questions, strict=True)]
    heads = "  \n".join(markdown.inline(line) for line in head)
    return show("\n".join([*head, plain]), f"{heads}\n\n{shown}")


def _named(session: Session, first: str, second: str) -> tuple[StoredTurn, StoredTurn]:
    found = [session.store.turn(int(number)) for number in (first, second)]
    missing = [number for number, turn in zip((first, second), found, strict=True) if turn is None]
    if missing:
        raise ConfigurationError(f"there is no run {missing[0]}; %langtail runs lists them")
    old, new = (turn for turn in found if turn is not None)
    return old, new


def _newest(session: Session) -> tuple[StoredTurn, StoredTurn]:
    stored = session.store.recent(session.target().identity)
    answered = [turn for turn in stored if runs.answer_of(turn)]
    if len(answered) < 2:
        raise ConfigurationError("there are no two answers of this assistant yet; %langtail runs lists them")
    return answered[1], answered[0]


def _answer(turn: StoredTurn) -> str:
    if text := runs.answer_of(turn):
        return text
    raise ConfigurationError(f"run {turn.id} has no answer that was recorded")


def _question(turn: StoredTurn) -> str:
    asked = runs.asked_of(turn)
    return " ".join(asked.text.split()) if asked is not None else ""


def _told(turn: StoredTurn, question: str) -> str:
    asked = runs.asked_of(turn)
    detail = runs.detail_of(asked.overrides, asked.variables) if asked is not None else "not recorded"
    told = f", asked “{shorten(question, _ASKED)}”" if question else ""
    return f"run {turn.id}: {turn.target}, {detail}{told}"
