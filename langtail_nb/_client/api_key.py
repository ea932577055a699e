"""A key of the API, which never shows itself."""

from __future__ import annotations

from langtail_nb._errors import ConfigurationError
from langtail_nb._http.secret import Secret


class ApiKey(Secret):
    """A key that prints as its last four characters only.

    Args:
        value: The key. Surrounding white space is dropped.
        source: Where it came from, in words for ``%langtail``.

    Raises:
        ConfigurationError: The key is empty or could not stand in an HTTP header.
    """

    __slots__ = ("source",)

    def __init__(self, value: str, source: str) -> None:
        value = value.strip()
        if not value or not value.isascii() or not value.isprintable() or " " in value:
            # Said without the value: the HTTP library would print it.
            raise ConfigurationError(f"the key from {source} is empty or holds characters no key can have")
        super().__init__(value)
        self.source = source

    def __repr__(self) -> str:
        return f"ApiKey({self.ending} from {self.source})"

    def __reduce__(self) -> str:
        raise ConfigurationError("a key is not pickled; each process reads its own")
