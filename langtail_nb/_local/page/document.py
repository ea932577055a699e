"""A whole page: its frame, its style, and the headers that keep it to itself."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Final

from starlette.responses import Response

from langtail_nb._local.page.markup import Child, Html, el, inner
from langtail_nb._local.protocol.refusals import Refusal

_STYLE: Final = Html(Path(__file__).with_name("page.css").read_text(encoding="utf-8"))
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
# Inside the page, and allowed by its hash: a page that is saved or sent on still looks as it should.
HEADERS: Final = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""What every page is sent with."""

_REFRESH_LIMIT_S = 3600
_WHAT_TO_DO = {
    401: "In a notebook, %langtail open makes a link that opens the page without it.",
    404: "Requests are kept until the server ends, the last 200 of them; a deleted thread is gone.",
}
_TITLES = {401: "A key, please", 403: "Not open to this browser", 404: "Nothing here"}


def root_of(path: str) -> str:
    """Return the way from a page back to the first one; relative, so that a path prefix does no harm."""
    return "../" * (path.count("/") - 1) or "./"


def document(
    title: str,
    *main: Child,
    root: str,
    status: int = 200,
    refresh: str | None = None,
    headers: dict[str, str] | None = None,
    footer: Html | None = None,
) -> Response:
    """Return a page.

    Args:
        title: Of the window; the main part brings its own heading.
        main: What it shows.
        root: See `root_of`.
        status: Of the answer.
        refresh: What ``<meta http-equiv=refresh>`` is given, None for a page that stays as it is.
        headers: More headers.
        footer: What stands under it.
    """
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", http_equiv="refresh", content=refresh) if refresh else None,
        el("title", title),
        el("style", _STYLE),
    )
    body = el("body", _banner(root), el("main", *main), footer)
    page = inner(Html("<!DOCTYPE html>\n"), el("html", head, body, lang="en"))
    content = page.encode()
    return Response(content, status, {**HEADERS, **(headers or {})}, media_type="text/html")


def refused(refusal: Refusal, root: str) -> Response:
    """Return a refusal as a page that says what to do."""
    title = _TITLES.get(refusal.status, "That did not work")
    steps = _WHAT_TO_DO.get(refusal.status)
    main = el("h1", title), el("p", str(refusal)), el("p", steps, class_="quiet") if steps else None
    return document(title, *main, root=root, status=refusal.status, headers=refusal.headers)


def refresh_of(asked: str | None) -> str | None:
    """Return the seconds after which a page is asked to load itself again, None where it is not."""
    if asked is None or not (asked.isascii() and asked.isdecimal()):
        return None
    return str(min(max(int(asked[:9]), 1), _REFRESH_LIMIT_S))


def _banner(root: str) -> Html:
    links = (("Requests", "requests"), ("Threads", "threads"), ("Deployments", "deployments"))
    items = [el("li", el("a", name, href=f"{root}#{anchor}")) for name, anchor in links]
    brand = el("a", "langtail-nb", el("span", " local server"), href=root, class_="brand")
    return el("header", brand, el("nav", el("ul", items), aria_label="Parts of the page"), class_="banner")
