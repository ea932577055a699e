"""Run by a kernel before its first cell: nothing connects from here, and the clock may be ahead.

What was tried stands in the file that ``GALLERY_TRIED`` names, as whoever tries may keep the error to itself.
``GALLERY_AHEAD_S`` is how far ahead the clock is.
"""

import contextlib
import datetime
import os
import sys
import time

AHEAD_S = float(os.environ.get("GALLERY_AHEAD_S", "0"))


def refuse(event, arguments):
    """Refuse what would reach another process; a kernel's own sockets are libzmq's, which asks nobody."""
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        with open(os.environ["GALLERY_TRIED"], "a", encoding="utf-8") as file:
            file.write(f"{event} {arguments[1:]}\n")
        raise PermissionError(f"the network is closed: {event} {arguments[1:]}")


def put_ahead():
    """Put ahead the clock of all that asks for it from now on."""
    now = time.time
    time.time = lambda: now() + AHEAD_S
    time.time_ns = lambda: int(time.time() * 1e9)
    localtime, gmtime, strftime, ctime = time.localtime, time.gmtime, time.strftime, time.ctime
    time.localtime = lambda seconds=None: localtime(time.time() if seconds is None else seconds)
    time.gmtime = lambda seconds=None: gmtime(time.time() if seconds is None else seconds)
    time.strftime = lambda form, parts=None: strftime(form, parts or time.localtime())
    time.ctime = lambda seconds=None: ctime(time.time() if seconds is None else seconds)
    datetime.datetime, datetime.date = Datetime, Date


class OfTheirs(type):
    """Knows what was made by the classes that stood here before."""

    def __instancecheck__(cls, one):
        return isinstance(one, cls.__mro__[1])

    def __subclasscheck__(cls, other):
        return issubclass(other, cls.__mro__[1])


class Datetime(datetime.datetime, metaclass=OfTheirs):
    """A date and time whose now is ahead."""

    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def today(cls):
        return cls.now()

    @classmethod
    def utcnow(cls):
        return cls.now(datetime.UTC).replace(tzinfo=None)


class Date(datetime.date, metaclass=OfTheirs):
    """A date whose today is ahead."""

    @classmethod
    def today(cls):
        return cls.fromtimestamp(time.time())


if AHEAD_S:
    with contextlib.suppress(ImportError):
        import pandas  # noqa: F401  its compiled dates are made from Python's, as they are when it is imported
    put_ahead()
sys.addaudithook(refuse)
