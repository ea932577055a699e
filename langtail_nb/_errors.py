"""Every error raised on purpose; the class says who can act on it.

::

    LangtailError
    ├── ConfigurationError      the user, before a byte was sent (no key, an option out of range)
    ├── APIConnectionError      the network: no answer
    │   └── APITimeoutError
    ├── APIStatusError          the server: status_code, request_id, body
    │   ├── BadRequestError 400 · AuthenticationError 401 · PermissionDeniedError 403
    │   ├── NotFoundError 404 · RateLimitError 429 (retry_after, seconds)
    │   └── InternalServerError 5xx
    ├── StreamError             the answer began, then broke: its reply holds the text so far
    └── ReplayError             the recording: nothing is recorded for this call, and nothing was sent

    Interrupted                 a KeyboardInterrupt: the user stopped the cell
    LangtailWarning             a UserWarning: what went out may not be what was meant
"""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import Any, TypeVar

from langtail_nb._text.characters import visible_line


def _one_line(error: BaseException) -> list[str]:
    # A server's words may hold escape sequences, which a terminal would obey.
    return [f"{type(error).__name__}: {visible_line(' '.join(str(error).split()))}"]


class LangtailError(Exception):
    """Base class of every error raised on purpose.

    What to do: read its line. It says what happened, to what, and what to try. ``except lt.LangtailError``
    catches them all.

    Attributes:
        reply: The :class:`Reply` with what had arrived, or None where nothing was sent.

    Example:
        >>> try:
        ...     lt.ask("How long does delivery take?", target="suport")
        ... except lt.LangtailError as error:
        ...     print(error)
        404 for local/demo/suport/production: ...
    """

    reply: Any = None

    def _render_traceback_(self) -> list[str]:
        """Show one line in IPython, which calls this instead of formatting."""
        return _one_line(self)


class LangtailWarning(UserWarning):
    """What went out may not be what was meant, such as a variable that the assistant does not have.

    What to do: mend the name that it tells, or ``warnings.simplefilter("ignore", lt.LangtailWarning)``.

    Example:
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("error", lt.LangtailWarning)
        ...     lt.ask("How long does it take?", delivry="2 days")
        Traceback (most recent call last):
            ...
        langtail_nb.LangtailWarning: the assistant has no variable 'delivry' (did you mean 'delivery'?)
    """


class ConfigurationError(LangtailError):
    """The call cannot be made as asked; nothing was sent.

    What to do: change what the line names, an option, a value, a file, a variable of the environment.

    Example:
        >>> lt.ask("How long does delivery take?", temperature=9)
        Traceback (most recent call last):
            ...
        langtail_nb.ConfigurationError: temperature must be from 0 to 2, not 9
    """


class APIConnectionError(LangtailError):
    """The network gave no answer.

    What to do: look at the network, the base URL that ``%langtail`` shows, and the proxy, if the line names
    one. Where ``sent`` is true, the server may have taken the message: ``%langtail thread resume ID`` reads
    what it holds.

    Attributes:
        sent: Whether the request may have reached the server.

    Example:
        >>> try:
        ...     lt.ask("How long does delivery take?", target="unplugged")
        ... except lt.APIConnectionError as error:
        ...     print(error.sent)
        True
    """

    def __init__(self, message: str, *, sent: bool = False) -> None:
        super().__init__(message)
        self.sent = sent


class APITimeoutError(APIConnectionError):
    """The server was silent for longer than the timeout.

    What to do: give a slow model more time, ``%langtail set --timeout 300``.

    Example:
        >>> lt.ask("How long does delivery take?", target="silent", timeout=0.2)
        Traceback (most recent call last):
            ...
        langtail_nb.APITimeoutError: http://127.0.0.1:... gave no answer within 0.2 s...
    """


class APIStatusError(LangtailError):
    """The server answered with an error.

    What to do: read what the server says in it. Langtail's support finds the call by ``request_id``.

    Attributes:
        status_code: The HTTP status.
        request_id: The server's name for the request, or None if it gave none.
        body: The decoded JSON body, or the text where it is not JSON.

    Example:
        >>> try:
        ...     lt.ask("How long does delivery take?", target="suport")
        ... except lt.APIStatusError as error:
        ...     print(error.status_code)
        404
    """

    def __init__(
        self, message: str, *, status_code: int, request_id: str | None = None, body: object = None
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.request_id = request_id
        self.body = body

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), status_code=self.status_code), self.args, self.__dict__


class BadRequestError(APIStatusError):
    """400 and the 4xx that have no class of their own: the server rejects what was sent.

    What to do: change the option or the message that the server names; ``--dry-run`` shows what is sent.

    Example:
        >>> lt.ask("Hello", response_format={"type": "text"})
        Traceback (most recent call last):
            ...
        langtail_nb.BadRequestError: 400 for local/demo/support/production: ...
    """


class AuthenticationError(APIStatusError):
    """401: the key is missing, wrong or revoked.

    What to do: ``%langtail login`` takes another key; ``%langtail`` says where the present one is from.

    Example:
        >>> lt.ask("How long does delivery take?", target="locked")
        Traceback (most recent call last):
            ...
        langtail_nb.AuthenticationError: 401 for local/demo/locked/production: Invalid API key; ...
    """


class PermissionDeniedError(APIStatusError):
    """403: the key is valid, but not for this workspace or project.

    What to do: use a key of that project, or mend the target; ``%langtail deployments`` lists what a key
    sees.

    Example:
        >>> lt.ask("How long does delivery take?", target="foreign")
        Traceback (most recent call last):
            ...
        langtail_nb.PermissionDeniedError: 403 for local/demo/foreign/production: ...
    """


class NotFoundError(APIStatusError):
    """404: no such deployment, thread or message.

    What to do: mend the target, as ``%langtail deployments`` has it. A thread may have been deleted: begin
    another with ``--new-thread``.

    Example:
        >>> lt.ask("How long does delivery take?", target="suport")
        Traceback (most recent call last):
            ...
        langtail_nb.NotFoundError: 404 for local/demo/suport/production: ...
    """


class RateLimitError(APIStatusError):
    """429: too many requests.

    What to do: wait, for ``retry_after`` seconds if it says so, or send less at once.

    Attributes:
        retry_after: Seconds the server asks to wait, or None if it named none.

    Example:
        >>> try:
        ...     lt.ask("How long does delivery take?", target="busy")
        ... except lt.RateLimitError as error:
        ...     print(error.retry_after)
        1.0
    """

    retry_after: float | None = None


class InternalServerError(APIStatusError):
    """5xx: Langtail or the provider behind it failed.

    What to do: run the cell again later. Where it was the server on this machine, its terminal says why.

    Example:
        >>> lt.ask("How long does delivery take?", target="broken")
        Traceback (most recent call last):
            ...
        langtail_nb.InternalServerError: 500 for local/demo/broken/production: ...
    """


class StreamError(LangtailError):
    """The answer began, then broke; ``reply`` holds the text so far.

    What to do: run the cell again: it goes back and asks anew.

    Example:
        >>> try:
        ...     lt.ask("How long does delivery take?", target="cut-off")
        ... except lt.StreamError as error:
        ...     print(error.reply.text)
        system: Be brief
    """


class ReplayError(LangtailError):
    """Nothing is recorded for a call that may only be played; nothing was sent.

    What to do: see above the line what changed. Where that is meant, record it: ``%langtail replay auto``,
    and the cell again, with a key.

    Attributes:
        nearest: The recorded exchange that is most like it, or None.
        stand_in: The recorded exchange at its place in the conversation, or None.
        differences: What it asks that ``nearest`` does not, each in a few words.
        nearest_place: Where that one stands, in words.
        messages: What that one said, and what this call says, each as a text.

    Example:
        >>> os.environ["LANGTAIL_NB_REPLAY"] = "only"
        >>> lt.ask("What was never recorded?")
        Traceback (most recent call last):
            ...
        langtail_nb.ReplayError: not recorded: local/demo/support/production: ...
    """

    nearest: Any = None
    nearest_place: str = ""
    messages: tuple[str, str] = ("", "")
    stand_in: Any = None
    differences: tuple[str, ...] = ()


class Interrupted(KeyboardInterrupt):
    """The user interrupted the cell; ``reply`` holds the text so far.

    A KeyboardInterrupt, so that ``except Exception`` in user code does not swallow a stop.

    What to do: nothing, the connection is closed. Run the cell again for another answer.

    Attributes:
        run: What is there of a sweep or a map that was stopped, else None.

    Example:
        >>> issubclass(lt.Interrupted, KeyboardInterrupt)
        True
    """

    reply: Any = None
    run: Any = None

    def _render_traceback_(self) -> list[str]:
        """Show one line in IPython, which calls this instead of formatting."""
        return _one_line(self)


E = TypeVar("E", bound=LangtailError)


def reworded(error: E, text: str) -> E:
    """Return an error of the same class and origin that says ``text``, as that of its reply, too."""
    other = copy(error)
    other.args = (text,)
    other.__cause__, other.__traceback__ = error.__cause__, error.__traceback__
    if error.reply is not None and error.reply.error is error:
        error.reply.error = other
    return other
