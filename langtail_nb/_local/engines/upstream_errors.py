"""What goes wrong with another server, as errors in Langtail's shapes.

    there                              here
    400, 413, 422, other 4xx           400 with the server's words, its ``param`` and ``code``
    400 or 404: no such model          400, ``param`` = model, with what to do about it
    401, 402, 403                      500: it is the engine's key that is refused, not the one of Langtail
    403: the message was stopped       400: the message's fault, and no key's
    404, a redirect, a page of HTML    500: the engine's URL is not right
    429                                429 with its ``Retry-After``
    408, and silence                   504
    502, 503, 504                      the same, with ``Retry-After``; 529 (overloaded) is a 503
    500, other 5xx                     500
    no connection, one that breaks     502

In a stream that has begun, the same body is an event. What is wrong for good is a 500 and no 502, because
clients try a 502 again. The type of a 5xx says that it is the engine's, and the message what helps.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from langtail_nb._http import certificates
from langtail_nb._http.fault import Fault
from langtail_nb._local.engines.address import Address
from langtail_nb._local.protocol.assumed import ENGINE_STATUSES
from langtail_nb._local.protocol.masking import Mask
from langtail_nb._local.protocol.refusals import Refusal
from langtail_nb._types.completion.errors import error_in, unwrapped, words_in
from langtail_nb._types.remedies import ENGINE_ERROR, WORDING, remedy

JSON = dict[str, Any]

_LONGEST_TEXT: Final = 500
_NAMED_MODELS: Final = 5
_SHORTEST_SECRET: Final = 8  # below it, a key is a word such as "ollama" that a server only wants to see
_KINDS = {400: "invalid_request_error", 429: "rate_limit_error"}
_NO_MODEL = re.compile(
    r"\bmodel\b.*(not found|not exist)|(unknown|invalid|not a valid|no such) model\b", re.I
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a server says in an error; all of it may be missing."""

    message: str = ""
    param: str | None = None
    code: str | int | None = None

    def is_about_the_model(self, status: int) -> bool:
        """Return whether it says that it does not have the model it was asked for."""
        if self.code == "model_not_found":
            return status in (400, 403, 404)
        found = _NO_MODEL.search(self.message)
        return found is not None if status == 400 else status == 404 and "model" in self.message.lower()


class UpstreamErrors:
    """Makes the errors of one server; the key is in none of them."""

    def __init__(self, address: Address, key: str | None, *, is_key_sent: bool) -> None:
        self._address = address
        self._has_key, self._is_key_sent = bool(key), is_key_sent
        self._mask = Mask([key] if key and len(key) >= _SHORTEST_SECRET else [])
        self._engine = f"The engine at {address.where}"

    def said(self, body: bytes | JSON) -> Said:
        """Return what a body says: JSON in any of the shapes in use, or plain text, but no page of HTML."""
        content = body if isinstance(body, dict) else _parsed(body)
        if isinstance(content, str):
            return Said(self._line("" if content.lstrip().startswith("<") else content))
        error = error_in(content)
        if not isinstance(error, dict):
            return Said(self._line(error))
        param, code = error.get("param"), error.get("code") or error.get("status")
        return Said(
            self._line(words_in(error) or error),
            self._line(param) if isinstance(param, str) else None,
            self._line(code) if isinstance(code, str) else code if isinstance(code, int) else None,
        )

    def status(self, status: int, headers: Mapping[str, str], said: Said) -> Refusal:
        """Return the error for an answer with a status that is no success."""
        if 300 <= status < 400:
            there = self._line(headers.get("location", "elsewhere"))
            return self._refusal(500, f"sends its callers on to {there}; name that address with --engine")
        if status in (401, 402, 403):
            return self._not_admitted(status, said)
        if status == 404 or status == 405:
            return self._wrong_address(f"has no {self._address.completions} ({status})")
        here = ENGINE_STATUSES.get(status, 400 if status < 500 else 500)
        words = f"answered {status}: {said.message or 'nothing that can be read'}{self._remedy(status, said)}"
        wait = headers.get("retry-after", "")
        is_kept = here in (429, 503) and wait and wait.isascii()
        return self._refusal(here, words, said, headers={"retry-after": wait} if is_kept else None)

    def no_model(self, asked: object, names: Sequence[str]) -> Refusal:
        """Return the error for a model that the server does not have; ``names`` are those that it has."""
        has = f" (it has {self._choice(str(asked), names)})" if names else ""
        what = f"has no model {asked!r}" if asked else "wants the name of a model"
        words = f"{what}; name one that it has: --engine {self._address.base}#MODEL{has}"
        return self._refusal(400, words, Said(param="model", code="model_not_found"))

    def event(self, content: JSON) -> Refusal:
        """Return the error that came within a stream."""
        said = self.said(content)
        if isinstance(said.code, int) and 400 <= said.code < 600 and said.code != 404:
            return self.status(said.code, {}, said)
        return self._refusal(502, f"broke off: {said.message}{self._remedy(502, said)}", said)

    def no_completion(self, content_type: str) -> Refusal:
        """Return the error for an answer that is neither a stream nor a completion."""
        return self._wrong_address(f"answered with {self._line(content_type) or 'nothing'}, no completion")

    def broken(self, why: str) -> Refusal:
        """Return the error for an answer that breaks off or cannot be read."""
        return self._refusal(502, f"broke off: {why}")

    def itself(self) -> Refusal:
        """Return the error for a URL that leads back here."""
        return self._refusal(500, "is this server itself; name another with --engine")

    def network(self, fault: Fault, *, silence_s: float) -> Refusal:
        """Return the error for a connection that was not made, or that broke; ``silence_s`` is its limit."""
        if fault.kind == "no connection in time" or (fault.kind == "silence" and not fault.sent):
            return self._refusal(504, f"cannot be reached: no connection in time; {self._hint()}")
        if fault.kind == "silence":
            return self._refusal(504, f"was silent for {silence_s:g} s; is the model too large for it?")
        if fault.sent:
            crashed = "; has it crashed? its own output may say" if self._address.is_local else ""
            return self.broken(f"the connection was closed ({self._line(fault.said)}){crashed}")
        if fault.kind == "proxy":
            named = fault.proxy.variable if fault.proxy is not None else "the environment"
            words = f"the proxy that {named} names does not connect ({self._line(fault.said)})"
            return self._refusal(502, f"cannot be reached: {words}")
        return self._refusal(502, f"cannot be reached: {self._reason(fault)}; {self._hint()}")

    def _refusal(
        self, status: int, words: str, said: Said | None = None, headers: dict[str, str] | None = None
    ) -> Refusal:
        said = said or Said()
        message = self._mask.text(f"{self._engine} {words}")
        kind = _KINDS.get(status, ENGINE_ERROR)
        error = {"message": message, "type": kind, "param": said.param, "code": said.code}
        return Refusal(status, {"error": error}, headers=headers, message=message)

    def _wrong_address(self, words: str) -> Refusal:
        return self._refusal(500, f"{words}; is the path of --engine {self._address.base} right?")

    def _not_admitted(self, status: int, said: Said) -> Refusal:
        words = f" ({said.message})" if said.message else ""
        helps = remedy(status, said.message)
        if status == 402:
            helps = helps or "add credit there, or name another engine"
            return self._refusal(500, f"wants to be paid (402){words}; {helps}", said)
        if status == 403 and helps:
            here = 400 if helps == WORDING else 500
            return self._refusal(here, f"refuses the request (403){words}; {helps}", said)
        return self._refusal(500, self._key_refused(status, words))

    def _key_refused(self, status: int, words: str) -> str:
        if self._is_key_sent:
            return f"refused the key in OPENAI_API_KEY ({status}){words}; set another and start again"
        if self._has_key:
            return f"wants a key ({status}), and OPENAI_API_KEY goes out only over https or on this machine"
        return f"wants a key ({status}){words}; set OPENAI_API_KEY and start again"

    def _remedy(self, status: int, said: Said) -> str:
        """Return what helps against a failure, as the end of a sentence."""
        if helps := remedy(status, said.message):
            return f"; {helps}"
        if status < 500:
            return ""
        return "; its own output may say more" if self._address.is_local else "; try again later"

    def _hint(self) -> str:
        if not self._address.is_local:
            return "is the address right?"
        start = "start Ollama (ollama serve)" if self._address.port == 11434 else "start it"
        return f"{start}, or name another with --engine"

    def _reason(self, fault: Fault) -> str:
        match fault.kind:
            case "certificate":
                return f"its certificate is not trusted ({fault.said}); {certificates.remedy()}"
            case "TLS":
                return f"TLS failed ({fault.said}); does it speak https?"
            case "no host" if fault.proxy is not None:
                return f"no host {fault.proxy.name!r}, which {fault.proxy.variable} names, is known"
            case "no host":
                return f"no host {self._address.host!r} is known"
        return self._line(fault.said)

    def _choice(self, asked: str, names: Sequence[str]) -> str:
        near = get_close_matches(asked, names, _NAMED_MODELS) or names[:_NAMED_MODELS]
        more = len(names) - len(near)
        return self._line(", ".join(near)) + (f" and {more} more" if more else "")

    def _line(self, value: object) -> str:
        text = value if isinstance(value, str | Exception) else json.dumps(value, ensure_ascii=False)
        line = " ".join(self._mask.text(str(text)).split())
        return line if len(line) <= _LONGEST_TEXT else f"{line[:_LONGEST_TEXT]} ..."


def _parsed(body: bytes) -> JSON | str:
    text = body.decode(errors="replace")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return text
    content = unwrapped(content)
    return content if isinstance(content, dict) else text
