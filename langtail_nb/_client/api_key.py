"""A key of the API, which never shows itself."""

from __future__ import annotations

from langtail_nb._errors import ConfigurationError
from langtail_nb._http.secret import Hidden, Secret
from langtail_nb._text.characters import stands_in_quotes


class ApiKey(Secret):
    """A key that prints as its last four characters only.

    Args:
        value: The key. Surrounding white space is dropped.
        source: Where it came from, in words for ``%langtail``.

    Raises:
        ConfigurationError: The key is empty, stands in quotes or could not stand in an HTTP header.
    """

    __slots__ = ("source",)

    def __init__(self, value: str | Secret, source: str) -> None:
        # Hidden before anything can fail, and told without the value: a verbose traceback would print it.
        value = value if isinstance(value, Secret) else Hidden(value)
        super().__init__("")  # such a traceback prints also a key that could not be made
        self.source = source
        if wrong := _wrong(value):
            raise ConfigurationError(f"the key from {source} {wrong}")
        super().__init__(value.reveal().strip())

    def __repr__(self) -> str:
        return f"ApiKey({self.ending} from {self.source})"

    def __reduce__(self) -> str:
        raise ConfigurationError("a key is not pickled; each process reads its own")


def _wrong(value: Secret) -> str:
    text = value.reveal()
    if not isinstance(text, str):
        return f"is no text, but of type {type(text).__name__}"
    text = text.strip()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        return "is empty or holds characters no key can have"
    return "stands in quotes; give it without them" if stands_in_quotes(text) else ""
