"""Images for a message: a path, a URL, bytes, a picture or a figure in; one content part of the wire out."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._types.plain_form import opened

LARGEST_BYTES: Final = 20_000_000
"""The size of an image file beyond which providers reject it."""

_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
)


def image_parts(source: Any, *, folder: Path) -> list[dict[str, Any]]:
    """Return the content parts for an image, or for each of a list of images.

    Args:
        source: A path or an http(s) or data URL as text, a Path, bytes, a PIL image or a matplotlib figure.
        folder: What a relative path starts from.

    Raises:
        ConfigurationError: There is no such file, it is too large, or it is no PNG, JPEG, GIF or WebP.

    Source: Langtail's content parts ``image_url``; its own SDK sends inline images as base64 data URLs.
    """
    return [{"type": "image_url", "image_url": {"url": _url(one, folder)}} for one in _each(source)]


def _each(source: Any) -> list[Any]:
    form = opened(source)
    # An array of more dimensions would be a picture's pixels, of which the format is not known.
    return form if isinstance(form, list) and getattr(source, "ndim", 1) == 1 else [source]


def _url(source: Any, folder: Path) -> str:
    if isinstance(source, str):
        if source.startswith(("https://", "http://", "data:image/")):
            return source
        if "://" in source or source.startswith("data:"):
            raise ConfigurationError(f"{_brief(source)} must be an http, https or data:image address")
    if isinstance(source, str | Path):
        path = folder / Path(source).expanduser()
        return data_url(read_file(path, str(source), largest=LARGEST_BYTES), str(source))
    if isinstance(source, bytes | bytearray | memoryview):
        return data_url(bytes(source), "the bytes given")
    return data_url(_drawn(source), f"the {type(source).__name__}")


def _drawn(picture: Any) -> bytes:
    """Return a PIL image or a matplotlib figure as PNG."""
    buffer = BytesIO()
    if hasattr(picture, "savefig"):
        picture.savefig(buffer, format="png")
    elif hasattr(picture, "save") and type(picture).__module__.startswith("PIL."):
        # PNG holds no CMYK or floating-point pixels.
        fits = picture.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
        (picture if fits else picture.convert("RGB")).save(buffer, format="PNG")
    elif isinstance(data := getattr(picture, "data", None), bytes):
        return data
    else:
        raise ConfigurationError(
            f"an image must be a path, a URL, bytes, a PIL image or a matplotlib figure, "
            f"not {type(picture).__name__}"
        )
    return buffer.getvalue()


def data_url(data: bytes, name: str) -> str:
    """Return a base64 data URL whose type comes from the bytes themselves.

    Raises:
        ConfigurationError: They are too many, or no image that models take; the message says ``name``.
    """
    if len(data) > LARGEST_BYTES:
        raise ConfigurationError(f"{name} has {_megabytes(len(data))}; at most {_megabytes(LARGEST_BYTES)}")
    kind = next((kind for start, kind in _SIGNATURES if data.startswith(start)), None)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        kind = "webp"
    if kind is None:
        raise ConfigurationError(f"{name} is no PNG, JPEG, GIF or WebP image")
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


def read_file(path: Path, name: str, *, largest: int) -> bytes:
    """Return what a file holds.

    Raises:
        ConfigurationError: It does not exist, cannot be read or is over ``largest`` bytes; says ``name``.
    """
    try:
        size = path.stat().st_size
        if size > largest:
            raise ConfigurationError(f"{name} has {_megabytes(size)}; at most {_megabytes(largest)}")
        return path.read_bytes()
    except FileNotFoundError as exc:
        raise ConfigurationError(f"no file {name!r}") from exc
    except OSError as exc:
        raise ConfigurationError(f"cannot read {name!r}: {exc.strerror}") from exc


def is_plain_image(part: Any) -> bool:
    """Return whether a content part is one that :func:`image_parts` makes from an address."""
    if not isinstance(part, Mapping) or set(part) != {"type", "image_url"} or part["type"] != "image_url":
        return False
    image = part["image_url"]
    return isinstance(image, Mapping) and set(image) == {"url"} and is_address(image["url"])


def is_address(url: Any) -> bool:
    """Return whether it is an address that an image can be sent as: of the web, or a data URL."""
    return isinstance(url, str) and url.startswith(("https://", "http://", "data:image/"))


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _brief(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}…")
