"""When a panel reads what is deployed, and what it knows of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from threading import Lock, Timer
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakMethod

from langtail_nb._errors import ConfigurationError, LangtailError, NotFoundError
from langtail_nb._kernel.session import Session
from langtail_nb._types.config import Config
from langtail_nb._types.target import Target

if TYPE_CHECKING:
    from langtail_nb._client.api_key import ApiKey
    from langtail_nb._types.deployment import Deployment

THREAD: Final = "langtail_nb panel"
"""Name of the threads on which a panel waits for disk and network."""

# No view shows itself where nobody looks, or while the kernel is busy with the next cell.
_PATIENCE_S: Final = 0.5


class DeploymentReader:
    """The looks of one panel at what is deployed.

    Args:
        aside: Does something on a thread that may wait.
        before: Called on such a thread ahead of the first look.
        looked: Called after each look; says whether the user asked for it.

    Attributes:
        newest: What the last look that succeeded found, at first what the session knew already; or None.
        trouble: Why the last look failed, in a sentence, or None.
    """

    def __init__(
        self,
        session: Session,
        target: Target,
        *,
        aside: Callable[[Callable[[], object]], object],
        before: Callable[[], object],
        looked: Callable[[bool], object],
    ) -> None:
        self._session, self._target = session, target
        self._aside, self._before, self._looked = aside, before, looked
        self.newest: Config | None = session.deployed.config(session.base_url, target)
        self.trouble: str | None = None
        self._timer: Timer | None = None
        self._has_begun = False
        self._lock = Lock()
        self._numbers, self._number = itertools.count(1), 0
        self._own = session.deployed.own(session.base_url, target)

    def look(self, *, anew: bool = False, fresh_s: float | None = None, key: ApiKey | None = None) -> None:
        """Begin to read what is deployed.

        Args:
            anew: The user asked for it: read it however fresh what is known is.
            fresh_s: How old what is known may be, in seconds; None leaves it to the session.
            key: For a call from a thread of our own.
        """
        try:
            client = self._session.client(key)
        except ConfigurationError as exc:
            self.trouble = str(exc)
            self._looked(False)
            return
        future = self._session.deployed.look(client, self._target, fresh_s=0 if anew else fresh_s)
        # The session keeps it, and it keeps what it calls: a panel that is gone must not be among that.
        looked = partial(_looked, WeakMethod(self._take_aside), next(self._numbers), anew)
        future.add_done_callback(looked)
        listing = self._session.deployed.look_at_listing(client)
        if not listing.done():
            listing.add_done_callback(partial(_listed, WeakMethod(self._take_listing)))

    def has_own(self) -> bool:
        """Return whether this kernel itself has deployed something here since; it is the newest then."""
        try:
            own = self._session.deployed.own(self._session.base_url, self._target)
        except ConfigurationError:  # a base URL that cannot be used is told where it is used
            return False
        if own is None or own is self._own:
            return False
        with self._lock:
            self._own = self.newest = own
            self.trouble = None
            # A look that is under way may have seen what was there before.
            self._number = next(self._numbers)
        return True

    def soon(self) -> None:
        """Look for the first time once a view shows itself (:meth:`shown`), or soon in any case.

        The disk and the imports of the first call would keep the panel from being seen.
        """
        self._timer = Timer(_PATIENCE_S, self._aside, (partial(self._first, self._key()),))
        self._timer.daemon, self._timer.name = True, THREAD
        self._timer.start()

    def shown(self) -> None:
        """Look for the first time, unless that was done.

        A view says so even where the panel stands in another widget, and nothing else told of it.
        """
        if not self._has_begun:
            self._aside(partial(self._first, self._key()))

    def close(self) -> None:
        """Leave out a first look that has not begun."""
        if self._timer is not None:
            self._timer.cancel()

    def _key(self) -> ApiKey | None:
        try:
            return self._session.key()
        except ConfigurationError:
            return None  # told by the look itself

    def _first(self, key: ApiKey | None) -> None:
        with self._lock:
            if self._has_begun:
                return
            self._has_begun = True
        self._before()
        self.look(key=key)

    def _take_listing(self) -> None:
        # Where it cannot be read, the pickers offer what is at hand.
        self._aside(partial(self._looked, False))

    def _take_aside(self, number: int, anew: bool, done: Future[Config]) -> None:
        self._aside(partial(self._take, number, done, anew=anew))

    def _take(self, number: int, done: Future[Config], *, anew: bool) -> None:
        with self._lock:
            # They come on threads of their own: an older look would be taken for a change.
            if done.cancelled() or number < self._number:
                return
            self._number = number
        error = done.exception()
        if error is not None and not isinstance(error, LangtailError):
            raise error
        if error is None:
            self.trouble, self.newest = None, done.result()
        elif isinstance(error, NotFoundError):
            self.trouble = self._session.with_places(str(error), self._target)
        else:
            self.trouble = str(error)
        self._looked(anew)


def _listed(take: WeakMethod[Any], done: Future[list[Deployment]]) -> None:
    if not done.cancelled() and done.exception() is None and (method := take()) is not None:
        method()


def _looked(take: WeakMethod[Any], number: int, anew: bool, done: Future[Config]) -> None:
    if (method := take()) is not None:
        method(number, anew, done)
