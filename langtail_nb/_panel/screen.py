"""What a panel shows now: every section is made anew, and what changed is published."""

from __future__ import annotations

from collections.abc import Sequence

from langtail_nb._errors import ConfigurationError
from langtail_nb._panel import sections
from langtail_nb._panel.answers import Answers
from langtail_nb._panel.common import Common
from langtail_nb._panel.deployment_reader import DeploymentReader
from langtail_nb._panel.places import places
from langtail_nb._panel.preview import Previewed, Rendered, previewed
from langtail_nb._panel.snapshot import Snapshot
from langtail_nb._panel.taking import Taking
from langtail_nb._panel.variables import variables
from langtail_nb._panel.variants import Variants
from langtail_nb._types.config import arguments_of
from langtail_nb._types.messages import Message


class Screen:
    """Draws one panel. Whoever calls it holds the locks of the settings and of the panel.

    Attributes:
        pictures: The images of the messages as they were drawn last, by the name that stands for each.
    """

    def __init__(self, common: Common, answers: Answers, looks: DeploymentReader, taking: Taking) -> None:
        self._common, self._answers, self._looks, self._taking = common, answers, looks, taking
        self._rendered = Rendered()
        self._has_stood_in = False
        self._past: list[Message] = []
        self._past_shown: list[Previewed] = []
        self.pictures: dict[str, str] = {}

    def draw(self, variants: Variants) -> bool:
        """Publish each section that changed; return False where nothing can be told, but for why."""
        try:
            now = self._snapshot()
        except ConfigurationError as exc:
            # A base URL that cannot be used was put into the environment.
            self._warn([str(exc)])
            return False
        show, edits = self._common.told.show, self._common.edits
        show("head", sections.head(now))
        listing = self._common.session.deployed.listing(self._common.session.base_url)
        show("places", places(listing, self._common.target))
        show("parameters", sections.parameters(now))
        show("variables", variables(now))
        self._show_messages(now)
        show("tools", sections.tools(now))
        show("rows", edits.rows)
        show("anyway", edits.anyway.stands(now.stored))
        show("thread", sections.thread_line(now.thread))
        show("undo", edits.undo.labels)
        show("compare", variants.section(now.overrides, now.config))
        self._show_request(now, variants)
        self.show_columns()
        return True

    def show_columns(self) -> None:
        """Publish the answers, as far as they changed."""
        self._common.told.show("columns", self._answers.columns(self._common.edits.text))
        self._common.told.show("earlier", self._answers.earlier())
        self._common.told.show("busy", self._answers.is_busy)

    def _snapshot(self) -> Snapshot:
        settings, target, edits = self._common.session.settings, self._common.target, self._common.edits
        overrides = settings.overrides(target)
        stands_in = self._common.session.is_stood_in(target)
        self._has_stood_in = self._has_stood_in or stands_in
        return Snapshot(
            target=target,
            config=edits.config,
            trouble=self._looks.trouble,
            changed=self._looks.newest not in (None, edits.config),
            overrides=overrides,
            sources={name: settings.source(name, target) for name in overrides},
            variables=settings.variables_of(target),
            message=edits.message,
            extra=edits.extra,
            thread=self._common.session.conversations(target).current,
            stand_in=stands_in,
            stood_in=self._has_stood_in,
            kinds=edits.kinds,
            problems=edits.problems,
            models=self._models(),
            typed=edits.typed,
        )

    def _models(self) -> list[str]:
        deployed = arguments_of(self._common.edits.config or {}).get("model")
        return list(dict.fromkeys(name for name in [deployed, *self._answers.models] if name))

    def _show_messages(self, now: Snapshot) -> None:
        drafts = self._common.edits.drafts
        template = sections.template_section(now, drafts)
        extra = [drafts.shown(message) for message in self._common.edits.extra]
        preview = sections.preview_section(now, self._rendered, drafts)
        self._read_past(now)
        shown = [*template["messages"], *extra, *preview["template"], *self._past_shown, *preview["call"]]
        self.pictures = drafts.pictures_in(one["images"] for one in shown)
        self._common.told.pictures(self.pictures)
        self._common.told.show("template", template)
        self._common.told.show("extra", extra)
        self._common.told.show("preview", preview)
        self._common.told.show("past", self._past_shown)
        self._common.told.show("message", self._common.edits.typed_message)

    def _show_request(self, now: Snapshot, variants: Variants) -> None:
        try:
            request = self._common.edits.request()
        except ConfigurationError as exc:
            self._common.told.show("line", "")
            self._warn([str(exc)])
            return
        self._common.told.show("form", self._taking.form)
        self._common.told.show("line", self._taking.preview(request))
        is_refused = self._common.edits.anyway.stands(now.stored)
        warnings = sections.warnings(now, request, is_refused=is_refused)
        self._warn([*warnings, *variants.remark(now.overrides)])

    def _warn(self, notes: Sequence[str]) -> None:
        self._common.told.show("warnings", [note[:1].upper() + note[1:] for note in notes])

    def _read_past(self, now: Snapshot) -> None:
        past = now.thread.history() if now.thread is not None else []
        # It may be long, and no edit changes it.
        if past != self._past:
            self._past = past
            self._past_shown = previewed(past, "from the thread", self._common.edits.drafts.name_of)
