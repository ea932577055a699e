"""``%langtail login``: an API key into the keyring, or into this kernel."""

from __future__ import annotations

import getpass

from IPython.core.error import StdinNotImplementedError

from langtail_nb._client import key_lookup
from langtail_nb._errors import ConfigurationError
from langtail_nb._http.origin import origin
from langtail_nb._http.secret import Hidden
from langtail_nb._magic.commands.context import Context
from langtail_nb._show.say import say


def login(context: Context) -> None:
    """Ask for the API key, hidden, and keep it.

    Raises:
        ConfigurationError: A word follows, which may be a key; or nobody can be asked.
    """
    if context.rest.strip():
        raise ConfigurationError(
            "never type a key into a cell: it is saved with it; %langtail login asks for it hidden"
        )
    url = context.session.base_url
    try:
        value = Hidden(getpass.getpass(f"Langtail API key for {origin(url)}: "))
    except (StdinNotImplementedError, EOFError) as exc:
        raise ConfigurationError("nobody can be asked here for a key; set LANGTAIL_API_KEY") from exc
    key = key_lookup.store(url, value)
    used = key_lookup.resolve(url)
    before = "" if used == key else f"; the key {used.ending} from {used.source} goes before it"
    say(f"The key {key.ending} is kept in {key.source}{before}")
