"""The earlier calls that a panel lists: the newest when they changed, others by pages, one of them whole."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from threading import RLock
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel import runs
from langtail_nb._kernel.disk.query import Query
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._kernel.disk.stored import StoredTurn
from langtail_nb._kernel.finding import wanted
from langtail_nb._kernel.session import Session
from langtail_nb._line import template_cell
from langtail_nb._panel.drafts import Drafts
from langtail_nb._panel.history_wire import Listed, Page, Wanted, Whole, Whose
from langtail_nb._panel.preview import previewed
from langtail_nb._panel.told import Told
from langtail_nb._types.messages import Message
from langtail_nb._types.target import Target

_log = logging.getLogger("langtail_nb")

PAGE: Final = 50
_SOURCES: Final[dict[Whose, tuple[str, ...]]] = {"cells": ("cell", "ask", "compare"), "panels": ("panel",)}


class History:
    """The history of one panel; its lock is its own, so that nobody else waits for the disk.

    Args:
        drafts: Gives the images of messages their names.
        made: Returns the numbers of the calls that the panel has made itself.
    """

    def __init__(
        self, session: Session, target: Target, told: Told, drafts: Drafts, made: Callable[[], list[int]]
    ) -> None:
        self._session, self._target, self._told, self._drafts, self._made = (
            session,
            target,
            told,
            drafts,
            made,
        )
        self._lock = RLock()
        self._version: object = object()  # of what was shown
        self._trouble = ""

    def show(self) -> None:
        """Publish the newest calls, unless they are as they were."""
        with self._lock:
            try:
                # Cells that call nothing change nothing, and fifty calls with images take a while to read.
                if (version := self._session.store.version()) == self._version:
                    self._trouble = ""
                    return
                listed = self._page({"search": "", "whose": "all", "failed": False, "before": None})
            except StoreError as exc:
                # Told again once it could be read in between, and not after every cell.
                if str(exc) != self._trouble:
                    _log.warning("the runs of this panel cannot be read: %s", exc)
                self._trouble = str(exc)
                return
            except ConfigurationError:
                return  # the base URL, which is told with the settings
            self._version, self._trouble = version, ""
            self._told.show("history", Listed(total=listed["total"], runs=listed["runs"]))

    def find(self, asked: Wanted) -> None:
        """Tell the views a page of the calls that are asked for."""
        try:
            self._told.send({"found": self._page(asked)})
        except (StoreError, ConfigurationError) as exc:
            self._told.send({"say": str(exc), "bad": True})

    def open(self, id: int) -> None:
        """Tell the views one call in full."""
        try:
            turn = self._session.store.turn(id)
        except StoreError as exc:
            self._told.send({"say": str(exc), "bad": True})
            return
        if turn is None:
            self._told.send({"say": "this run is not stored any more", "bad": True})
        else:
            whole = _whole(turn, self._drafts.name_of)
            self._told.pictures(self._drafts.pictures_in(one["images"] for one in whole["asked"]))
            self._told.send({"whole": whole})

    def _page(self, asked: Wanted) -> Page:
        store, query = self._session.store, self._query(asked)
        found = store.find(query, limit=PAGE)
        everywhere = query if asked["before"] is None else self._query({**asked, "before": None})
        is_all = asked["before"] is None and len(found) < PAGE
        return Page(
            wanted=asked,
            total=len(found) if is_all else store.count(everywhere),
            runs=runs.runs(found, self._session.base_url, self._session.shown_cost_of),
        )

    def _query(self, asked: Wanted) -> Query:
        whose = asked["whose"]
        return wanted(
            self._session.store,
            assistant=self._target.identity,
            search=asked["search"],
            sources=_SOURCES.get(whose, ()),
            failed=True if asked["failed"] else None,
            this_kernel=whose in ("kernel", "panel"),
            ids=self._made() if whose == "panel" else None,
            before=asked["before"],
        )


def _whole(turn: StoredTurn, name_of: Callable[[str], str]) -> Whole:
    # Imported now: markdown-it would keep the first panel from being seen.
    from langtail_nb._panel.blocks import Blocks

    asked, reply, blocks = runs.asked_of(turn), turn.reply or {}, Blocks()
    blocks.finish(runs.answer_of(turn))
    messages = [] if asked is None else [*asked.extra, *_message(asked.message)]
    return Whole(
        id=turn.id,
        settings=["not recorded"] if asked is None else _settings(asked),
        asked=previewed(messages, "your message", name_of),
        answer=blocks.finished,
        calls=runs.calls_in(reply),
        problem=reply.get("error"),
    )


def _message(content: Any) -> list[Message]:
    return [{"role": "user", "content": content}] if content else []


def _settings(asked: runs.Asked) -> list[str]:
    """Return what was set, each in full."""
    told = [f"{name}={text}" for name, text in asked.variables.items()]
    for name, value in asked.overrides.items():
        told.append(f"{name} {value if isinstance(value, str) else _written(name, value)}")
    return told


def _written(name: str, value: Any) -> str:
    if name == "template" and isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return f"\n{template_cell.as_text(value)}"
    return json.dumps(value, ensure_ascii=False)
