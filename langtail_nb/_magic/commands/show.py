"""``%langtail show``, ``variables`` and ``deployments``: what is deployed."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from langtail_nb._magic.commands.context import Context
from langtail_nb._show import say
from langtail_nb._text import markdown as _markdown
from langtail_nb._text.brief import shorten, value_text
from langtail_nb._text.near import near
from langtail_nb._types.config import arguments_of, template_of, variables_of
from langtail_nb._types.fields import FIELDS
from langtail_nb._types.messages import shown_text


def show(context: Context) -> None:
    """Show the deployed configuration of a target beside what is set here."""
    session, target = context.session, context.target()
    config = session.deployed.wait(session.client(), target)
    overrides = session.settings.overrides(target)
    deployed = arguments_of(config)
    names = dict.fromkeys([*deployed, *(FIELDS[n].wire for n in overrides if n != "template")])
    by_wire = {FIELDS[n].wire: v for n, v in overrides.items()}
    rows = [[n, value_text(deployed.get(n)), value_text(by_wire.get(n))] for n in names]
    plain, markdown = say.table(["parameter", "deployed", "set here"], rows, title=str(target))
    messages = [(str(m.get("role")), shown_text(m)) for m in template_of(config)]
    blocks = [f"**{_markdown.inline(role)}**\n\n{_markdown.code(text)}" for role, text in messages]
    texts = [f"--- {role}\n{text}" for role, text in messages]
    say.show("\n\n".join([plain, *texts]), "\n\n".join([markdown, *blocks]))


def variables(context: Context) -> None:
    """Show the variables of an assistant, with their defaults."""
    session, target = context.session, context.target()
    config = session.deployed.wait(session.client(), target)
    given = session.settings.variables_of(target)
    known = variables_of(config, session.settings.overrides(target).get("template"))
    rows = [[n, shorten(default), shorten(given.get(n, ""))] for n, default in known.items()]
    rows += [
        [n, f"not in the template{near(n, known)}", shorten(v)] for n, v in given.items() if n not in known
    ]
    say.show(*say.table(["variable", "deployed default", "set here"], rows, title=str(target)))


def deployments(context: Context) -> None:
    """Show what is deployed and visible to the key."""
    session = context.alone()
    listing = session.deployed.wait_for_listing(session.client())
    # Recorded, it is shown the same everywhere.
    zone = UTC if session.replay.is_on else None
    rows = [[r.assistant, r.environment, r.version, _when(r.deployed_at, zone)] for r in listing]
    say.show(*say.table(["assistant", "environment", "version", "deployed"], rows))


def _when(at: datetime | None, zone: tzinfo | None) -> str:
    return "" if at is None else at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
