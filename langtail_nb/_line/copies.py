"""A request written so that another tool makes the same call; the key is never part of it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

from langtail_nb._errors import ConfigurationError
from langtail_nb._line import template_cell
from langtail_nb._line.options import Options
from langtail_nb._line.writing import write_cell
from langtail_nb._types.config import Config, arguments_of, template_of
from langtail_nb._types.deployed import DEPLOYED
from langtail_nb._types.fields import FIELDS, JSON_OBJECT
from langtail_nb._types.request import ABOUT_THE_CALL, Request

_PLAYGROUND: Final = "https://app.langtail.com/playground?state="
# Not arguments of a stored configuration, or arguments by another name.
_ELSEWHERE: Final = ("template", "tools", "response_format", "metadata", "user", "do_not_record")


def cells(
    request: Request,
    *,
    standing: Collection[str] | None = None,
    compare: Sequence[str] = (),
    sweep: Mapping[str, Any] | None = None,
    prefix: Any = None,
) -> list[str]:
    """Return the cells that make the call: one that sets its template, where it has one, then its own.

    Args:
        standing: Parameters that are set in the kernel; those that the request does not have are left out of
            the call. None if the request has all of them.
        compare: What to ask beside it, as ``--compare`` takes it.
        sweep: What to vary, as ``--sweep`` takes it; such a cell takes no template from one before it.
        prefix: As ``--prefix`` takes it.
    """
    parameters = dict(request.parameters)
    first = _template_cell(request) if "template" in parameters and not sweep else None
    if first is not None:
        del parameters["template"]
    options = Options.of(request, compare=tuple(compare), sweep=dict(sweep or {}), prefix=prefix)
    if standing is not None and not parameters.keys() - {*ABOUT_THE_CALL} and first is None:
        # Whatever will be set by then.
        options = replace(options, as_deployed=True)
    else:
        left = [name for name in standing or () if name not in request.parameters]
        parameters.update(dict.fromkeys(left, DEPLOYED))
    own = write_cell(replace(options, parameters=parameters))
    return [own] if first is None else [first, own]


def _template_cell(request: Request) -> str | None:
    try:
        return template_cell.cell(request.parameters["template"], request.target.full)
    except ConfigurationError:  # parts, which a cell of text cannot hold
        return None


def written(kind: str, request: Request, base_url: str, config: Config | None) -> str:
    """Return a request as a ``cell``, ``python``, ``curl``, ``json`` or a ``link``.

    Where it takes two cells, they stand one below the other.

    Raises:
        ConfigurationError: There is no such kind, or what is deployed is not known for a link.
    """
    match kind:
        case "cell":
            return "\n\n".join(cells(request))
        case "python":
            return python(request)
        case "curl":
            return curl(base_url, request)
        case "json":
            return body(request)
        case "link" if config is not None:
            return playground_link(config, request)
        case "link":
            raise ConfigurationError("there is no link yet: what is deployed is not known")
    raise ConfigurationError(f"cannot copy as {kind!r}; there are cell, python, curl, json and link")


def curl(base_url: str, request: Request) -> str:
    """Return a shell command that sends the request; the key stays in ``$LANGTAIL_API_KEY``."""
    version = f"?v={quote(request.target.version)}" if request.target.version else ""
    parts = [
        f"curl -N {shlex.quote(f'{base_url}/{request.target.path}{version}')}",
        '-H "X-API-Key: $LANGTAIL_API_KEY" -H "Content-Type: application/json"',
        f"-d {shlex.quote(json.dumps(request.body(stream=True), ensure_ascii=False))}",
    ]
    return " \\\n  ".join(parts)


def body(request: Request) -> str:
    """Return the JSON body of the request, indented."""
    return json.dumps(request.body(stream=True), ensure_ascii=False, indent=2)


def python(request: Request) -> str:
    """Return Python that makes the call with ``lt.ask``."""
    arguments: list[str] = []
    if request.message is not None:
        arguments.append(_literal(request.message))
    arguments.append(f"target={_literal(request.target.full)}")
    if request.variables:
        arguments.append(f"variables={_literal(dict(request.variables))}")
    if request.messages:
        arguments.append(f"messages={_literal(list(request.messages))}")
    arguments += [f"{name}={_literal(value)}" for name, value in request.parameters.items()]
    lines = "".join(f"    {argument},\n" for argument in arguments)
    return f"import langtail_nb as lt\n\nreply = lt.ask(\n{lines})\nreply.text"


def playground_link(config: Config, request: Request) -> str:
    """Return the address that opens a request's configuration and messages in Langtail's playground.

    Parameters that the playground has no control for are left out.

    Args:
        config: What is deployed, under the request's overrides.

    Source: the "Open in Langtail" links of langtail.com, December 2024; the stored form of JSON mode is
    ``jsonmode`` (langtail-api 9.1).
    """
    state, own = dict(config.get("state") or {}), request.parameters
    known = {FIELDS[name].wire: value for name, value in own.items() if name not in _ELSEWHERE}
    if own.get("response_format") == JSON_OBJECT:
        known["jsonmode"] = True
    state["args"] = arguments_of(config) | known
    state["template"] = own["template"] if "template" in own else template_of(config)
    if "tools" in own:
        state["tools"] = own["tools"]
    chat_input = {**(config.get("chatInput") or {}), **request.variables}
    page = {"state": state, "chatInput": chat_input, "chatPlaygroundHistory": list(request.all_messages)}
    # Escaped, because a lone surrogate is legal in JSON and cannot stand in an address.
    return _PLAYGROUND + quote(json.dumps(page), safe="")


def _literal(value: Any) -> str:
    text = repr(value)
    # A long text reads better over several lines, and stays the same text.
    if isinstance(value, str) and "\n" in value and len(text) > 80:
        lines = "\n".join(f"        {line!r}" for line in value.splitlines(keepends=True))
        return f"(\n{lines}\n    )"
    return text
