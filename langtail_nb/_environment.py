"""What surrounds this process: the variables it was given, and the folder it was started in."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import RLock
from typing import Final

from langtail_nb._text.characters import stands_in_quotes

VARIABLES: Final[Mapping[str, str]] = {
    "LANGTAIL_API_KEY": "the key; it goes to Langtail and to where LANGTAIL_BASE_URL points, nowhere else",
    "LANGTAIL_BASE_URL": "where the API is, such as http://127.0.0.1:8808; unset it is https://api.langtail.com",
    "LANGTAIL_ASSISTANT": "the assistant that is asked first, workspace/project/assistant/environment",
    "LANGTAIL_NB_HOME": "the folder to keep calls in, in place of the project's .langtail",
    "LANGTAIL_NB_KEEP_DAYS": "the days of %langtail runs prune where it names none: older calls are removed",
    "LANGTAIL_NB_LIVE": "1 lets answers grow where nobody seems to watch, 0 shows each at its end",
    "LANGTAIL_NB_REPLAY": "auto, record, only or off, as %langtail replay; it wins over what a cell says",
    "LANGTAIL_NB_REPLAY_JOURNAL": "set by the plugin of pytest: where kernels note what they played",
    "LANGTAIL_NB_ALLOW_HTTP": "where calls may go unencrypted: host:port,host:port; never LANGTAIL_API_KEY",
    "LANGTAIL_NB_LOCAL": "set by langtail-nb demo: the address of the server behind its notebooks",
    "LANGTAIL_NB_MODEL": "a .gguf file for the local server to load in place of the model it fetches",
    "LANGTAIL_NB_SERVE_KEY": "the only key that langtail-nb serve takes, as --api-key",
    "OPENAI_API_KEY": "the key for the server of --engine URL; it goes over https or to this machine",
    "HTTP_PROXY": "the proxy for http addresses; small letters, http_proxy, will do for all of these",
    "HTTPS_PROXY": "the proxy for https addresses; this machine is never reached through one",
    "ALL_PROXY": "the proxy for addresses that the other two leave out",
    "NO_PROXY": "names, ports and networks to reach without a proxy, separated by commas; * is all",
    "SSL_CERT_FILE": "a file of the certificates to trust, in place of those that come with certifi",
    "SSL_CERT_DIR": "a folder of such certificates",
    "CI": "where it is set, answers come at their end, and replay that pytest was asked for plays only",
    "ANYWIDGET_HMR": "1 reads the panel's front end from its files at each change, to work on it",
}
"""Every variable that is read, and what it does."""

# Or one thread would put back what another had taken away.
_one_at_a_time = RLock()


class MalformedVariable(ValueError):
    """A variable that cannot be meant as it stands; the message is one line, and shows no value."""


def given(name: str) -> str:
    """Return what a variable holds, without white space around it; ``""`` where it is not set.

    Raises:
        MalformedVariable: Quotes stand around its value, or a line break within it.
    """
    # The value is in no local variable here: it may be a key, and a verbose traceback would print it.
    if wrong := _wrong(os.environ.get(name, "").strip()):
        raise MalformedVariable(f"{name} {wrong}")
    return os.environ.get(name, "").strip()


def _wrong(value: str) -> str:
    if stands_in_quotes(value):
        return "stands in quotes; set it without them (docker's --env-file and %env keep them)"
    if any(char < " " or char == "\x7f" for char in value):
        return "holds a line break or another control character; set it again without"
    return ""


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module in a process of its own, with this very Python.

    It does not look for modules in the working directory: there stand a notebook's files, and one of them may
    be called as a module of the library is.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


def for_a_child(*without: str, **more: str) -> dict[str, str]:
    """Return the variables for such a process.

    Args:
        *without: Those that are none of its business, such as keys.
        **more: What it is given on top.
    """
    kept = {name: value for name, value in os.environ.items() if name not in without}
    if path := kept.pop("PYTHONPATH", ""):
        # An empty entry is the working directory once more; PYTHONPATH=$PYTHONPATH:more leaves one behind.
        entries = [entry for entry in path.split(os.pathsep) if entry not in ("", os.curdir)]
        kept["PYTHONPATH"] = os.pathsep.join(entries)
    return {**kept, **more}


def path_without_folder() -> list[str]:
    """Return where modules are looked for, but for the working directory."""
    here = {"", os.curdir}
    with suppress(OSError):  # it may be gone
        here.add(os.getcwd())
    return [entry for entry in sys.path if entry not in here]


@contextmanager
def beside_no_notebook() -> Iterator[None]:
    """Look for modules anywhere but in the working directory, as long as the block lasts.

    A kernel looks there first, before the library and what is installed; that is for the imports of a
    notebook, not for ours.
    """
    with _one_at_a_time:
        before = sys.path
        sys.path = path_without_folder()
        try:
            yield
        finally:
            sys.path = before
