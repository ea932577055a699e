"""A deployment taken apart into what a text file's header says and the messages below it, and put together.

The header's names: ``kind`` and ``fault``, the stored arguments by their own names, ``[variables]`` with
their defaults, ``[[tools]]`` and ``[[functions]]`` as tables, ``[messages]`` with what a message is beyond
its text, by its number. What TOML or the grammar cannot say is JSON text: a string where a table belongs is
JSON text of it, ``json`` in a tool of the whole tool, and ``json`` at the top of the rest, in the shape of
the JSON file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from langtail_nb._project.fault import ProjectFileError
from langtail_nb._project.json_form import json_text
from langtail_nb._project.messages import ROLES, Passage, is_role_line
from langtail_nb._project.order import ordered
from langtail_nb._project.toml_text import is_plain, is_sayable

JSON = dict[str, Any]
Spoken = list[tuple[str, str]]
"""Roles and texts of messages."""

_OWN: Final = ("kind", "fault")
RESERVED: Final = (*_OWN, "variables", "tools", "functions", "messages", "json")
"""What a header's name is no stored argument for."""

_ONE_LINE: Final = 80


def taken_apart(content: JSON) -> tuple[JSON, Spoken]:
    """Return the header and the messages that say a deployment, whose members are in order.

    Raises:
        ProjectFileError: Its state is no object.
    """
    if not isinstance(content.get("state", {}), dict):
        raise ProjectFileError("state must be an object")
    header: JSON = {}
    rest: JSON = {}
    for name, value in content.items():
        if name in _OWN and isinstance(value, str) and is_sayable(value):
            header[name] = value
        elif name == "chatInput" and isinstance(value, dict):
            header |= {"variables": value if is_sayable(value) else _json(value)} if value else {}
        elif name != "state":
            rest[name] = value
    spoken = _take_state(content["state"], header, rest) if "state" in content else []
    if rest:
        header["json"] = _json(rest)
    return header, spoken


def _take_state(state: JSON, header: JSON, rest: JSON) -> Spoken:
    left = {name: value for name, value in state.items() if name not in _TAKEN}
    if state.get("type", "chat") != "chat":
        left["type"] = state["type"]
    spoken = _take_template(state.get("template", []), header, left)
    _take_arguments(state.get("args", {}), header, left)
    _take_tools(state, header, left)
    if left:
        rest["state"] = left
    return spoken


_TAKEN: Final = ("type", "template", "functions", "tools", "args")


def _take_arguments(given: Any, header: JSON, left: JSON) -> None:
    if not isinstance(given, dict):
        left["args"] = given
        return
    said = {name for name, value in given.items() if name not in RESERVED and is_sayable({name: value})}
    header |= {name: value for name, value in given.items() if name in said}
    if others := {name: value for name, value in given.items() if name not in said}:
        left["args"] = others


def _take_tools(state: JSON, header: JSON, left: JSON) -> None:
    for name, to_table in (("functions", _function_table), ("tools", _tool_table)):
        if isinstance(state.get(name), list):
            header[name] = [to_table(one) for one in state[name]]
        elif name in state:
            left[name] = state[name]


def _tool_table(tool: Any) -> JSON:
    is_usual = isinstance(tool, dict) and tool.keys() == {"type", "function"} and tool["type"] == "function"
    return _function_table(tool["function"], tool) if is_usual else {"json": _json(tool)}


def _function_table(function: Any, whole: Any = None) -> JSON:
    """Return a function as a table; as JSON text of it, or of the whole tool, where no table can say it."""
    if isinstance(function, dict) and function and "json" not in function:
        table = dict(function)
        if isinstance(table.get("parameters"), dict) and not is_sayable(table["parameters"]):
            table["parameters"] = _json(table["parameters"])
            if is_sayable(table):
                return table
        elif is_sayable(table) and not isinstance(table.get("parameters"), str):
            return table
    return {"json": _json(function if whole is None else whole)}


def _take_template(template: Any, header: JSON, left: JSON) -> Spoken:
    if not isinstance(template, list) or not all(map(_is_message, template)):
        left["template"] = template
        return []
    texts = [_spoken(message["content"]) for message in template]
    beyond = {
        str(number): extra if is_sayable(extra) else _json(extra)
        for number, (message, text) in enumerate(zip(template, texts, strict=True), 1)
        if (extra := _beyond(message, text)).keys() != {"role"}
    }
    header |= {"messages": beyond} if beyond else {}
    return [(message["role"], text or "") for message, text in zip(template, texts, strict=True)]


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and value.get("role") in ROLES and "content" in value


def _spoken(content: Any) -> str | None:
    """Return a content that can stand as text, None for any other."""
    stands = isinstance(content, str) and is_plain(content)
    return content if stands and not any(map(is_role_line, content.split("\n"))) else None


def _beyond(message: JSON, text: str | None) -> JSON:
    return {name: value for name, value in message.items() if name != "content" or text is None}


def _json(value: Any) -> str:
    flat = json_text(value, indent=None)
    return flat if len(flat) <= _ONE_LINE else json_text(value) + "\n"


def put_together(header: Mapping[str, Any], passages: Sequence[Passage]) -> JSON:
    """Return the deployment that a header and messages say, its members in order.

    Raises:
        ProjectFileError: A part is of another kind than it must be; names it.
    """
    own = {name: header[name] for name in _OWN if name in header}
    state: JSON = {"type": "chat", "template": _template(header.get("messages", {}), passages)}
    state |= {name: _tools(header[name], name) for name in ("functions", "tools") if name in header}
    arguments = {name: value for name, value in header.items() if name not in RESERVED}
    content = {**own, "chatInput": _table(header.get("variables", {}), "variables")}
    content["state"] = {**state, "args": arguments}
    if "json" in header:
        _lay_over(content, _table(header["json"], "json"), "json")
    found: JSON = ordered(content)
    return found


def _lay_over(under: JSON, over: JSON, where: str) -> None:
    for name, value in over.items():
        place = f"{where}.{name}"
        if name not in under or under[name] in ([], {}) or place == "json.state.type":
            under[name] = value
        elif isinstance(under[name], dict) and isinstance(value, dict):
            _lay_over(under[name], value, place)
        else:
            raise ProjectFileError(f"{place} says what stands in the file already; keep one of the two")


def _table(value: Any, name: str) -> JSON:
    found = _from_json(value, name) if isinstance(value, str) else value
    if not isinstance(found, dict):
        raise ProjectFileError(f"{name} must be a table, or JSON text of an object")
    return found


def _from_json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise ProjectFileError(f"{name} is text, and so must be JSON: {exc}") from exc


def _tools(tables: Any, name: str) -> list[Any]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ProjectFileError(f"{name} must be tables; begin each with a line [[{name}]]")
    return [_tool(table, f"{name}[{n}]", name == "tools") for n, table in enumerate(tables, 1)]


def _tool(table: JSON, where: str, is_wrapped: bool) -> Any:
    if "json" in table:
        if len(table) > 1:
            raise ProjectFileError(f"{where} has json and other names; json says the whole of it")
        return _from_json(str(table["json"]), f"{where}.json")
    function = dict(table)
    if isinstance(function.get("parameters"), str):
        function["parameters"] = _table(function["parameters"], f"{where}.parameters")
    return {"type": "function", "function": function} if is_wrapped else function


def _template(beyond: Any, passages: Sequence[Passage]) -> list[JSON]:
    messages: list[JSON] = [{"role": one.role, "content": one.text} for one in passages]
    for number, text in _table(beyond, "messages").items():
        where = f"messages.{number}"
        if number not in map(str, range(1, len(messages) + 1)):
            raise ProjectFileError(f"{where} names no message; there are {len(messages)} below the header")
        extra = _table(text, where)
        message = messages[int(number) - 1]
        if extra.get("role", message["role"]) != message["role"]:
            raise ProjectFileError(
                f"{where} is of role {extra['role']!r}, and message {number} is of role {message['role']!r}"
            )
        if "content" in extra and message["content"].strip():
            raise ProjectFileError(f"{where} has the content, and message {number} has text below its role")
        message |= extra
    return messages
