"""What is deployed: a table, and one deployment with its template."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from langtail_nb._local.page.figures import date, json_text, short_value
from langtail_nb._local.page.markup import Html, el, inner
from langtail_nb._local.page.messages import Room, message_list, texts_of
from langtail_nb._local.project.hosted import hosted_names
from langtail_nb._local.project.project import Project
from langtail_nb._local.project.served_deployment import ServedDeployment
from langtail_nb.template import problems

JSON = dict[str, Any]

_COLUMNS = ("name", "environments", "version", "model", "variables", "tools", "deployed")


def deployment_table(project: Project, root: str) -> Html:
    """Return every deployment, newest first; environments that share one are one row."""
    rows = [_row(deployment, environments, root) for deployment, environments in _grouped(project)]
    head = [el("th", name, scope="col", role="columnheader") for name in _COLUMNS]
    return el(
        "table",
        el("caption", "Deployments, newest first", class_="unseen"),
        el("thead", el("tr", head, role="row"), role="rowgroup"),
        el("tbody", rows, role="rowgroup"),
        class_="listing deployments",
        role="table",
    )


def whole_deployment(deployment: ServedDeployment, environment: str) -> Html:
    """Return one deployment: its template as it is stored, and what would keep it from being rendered."""
    state = deployment.config["state"]
    template = state["template"]
    version = f", version {deployment.version}" if deployment.version else ""
    return inner(
        el("h1", el("bdi", deployment.slug)),
        el(
            "p",
            f"{deployment.kind} in {environment}{version}, deployed ",
            date(deployment.deployed_at),
            class_="line",
        ),
        _problems(template),
        el("h2", "Template"),
        message_list(template, Room(), "Messages of the template")
        if template
        else el("p", "No messages.", class_="quiet"),
        _pairs("Variables and their defaults", deployment.config["chatInput"]),
        _pairs("Parameters", state["args"]),
        *(_json(name, state.get(name)) for name in ("tools", "functions")),
    )


def _grouped(project: Project) -> list[tuple[ServedDeployment, list[str]]]:
    groups: dict[int, tuple[ServedDeployment, list[str]]] = {}
    for listed in project.listing():
        environment = listed["environment"]
        deployment = project.find(listed["promptSlug"], environment, listed.get("version"))
        groups.setdefault(id(deployment), (deployment, []))[1].append(environment)
    return list(groups.values())


def _row(deployment: ServedDeployment, environments: list[str], root: str) -> Html:
    state = deployment.config["state"]
    query = {"slug": deployment.slug, "environment": environments[0], "v": deployment.version or ""}
    link = el("a", el("bdi", deployment.slug), href=f"{root}_page/deployment?{urlencode(query)}")
    kind = el("span", f" {deployment.kind}", class_="quiet")
    fault = el("span", f" fault {deployment.fault}", class_="quiet") if deployment.fault else None
    return el(
        "tr",
        el("th", link, kind, fault, scope="row", role="rowheader"),
        _cell("environments", ", ".join(environments)),
        _cell("version", deployment.version),
        _cell("model", str(state["args"]["model"])),
        _cell("variables", ", ".join(deployment.config["chatInput"])),
        _cell("tools", _tools(deployment.config)),
        _cell("deployed", date(deployment.deployed_at)),
        role="row",
    )


def _cell(label: str, child: str | None) -> Html:
    # An Html child stays markup; text is kept apart from its neighbours' direction.
    content = child if isinstance(child, Html) else el("bdi", child) if child else None
    return el("td", content, data_label=label, role="cell")


def _tools(config: JSON) -> str:
    names = [str(tool["function"]["name"]) for tool in config["state"].get("tools") or []]
    hosted = hosted_names(config)
    return ", ".join(f"{name} (hosted)" if name in hosted else name for name in names)


def _problems(template: list[JSON]) -> Html | None:
    found = [
        f"Message {number}, line {problem.line}, column {problem.column}: {problem.message}"
        for number, message in enumerate(template, 1)
        for text in texts_of(message)
        for problem in problems(text)
    ]
    if not found:
        return None
    return el(
        "div",
        el("p", "This stays as it is written, tags and all:"),
        el("ul", [el("li", el("bdi", text)) for text in found]),
        class_="note",
    )


def _pairs(title: str, values: JSON) -> Html | None:
    if not values:
        return None
    rows = [
        el("tr", el("th", el("bdi", name), scope="row"), el("td", short_value(value), dir="auto"))
        for name, value in values.items()
    ]
    names = el(
        "thead", el("tr", el("th", "name", scope="col"), el("th", "value", scope="col")), class_="unseen"
    )
    return el("table", el("caption", title), names, el("tbody", rows), class_="pairs")


def _json(title: str, value: object) -> Html | None:
    if not value:
        return None
    return inner(el("h2", title.capitalize()), el("pre", json_text(value), class_="text json", dir="auto"))
