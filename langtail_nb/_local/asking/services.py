"""The services that every endpoint of one server shares."""

from __future__ import annotations

from dataclasses import dataclass, field

from langtail_nb._local.asking.connections import Connections
from langtail_nb._local.asking.journal import Journal
from langtail_nb._local.project.project import Project
from langtail_nb._local.project.project_folder import ProjectFolder
from langtail_nb._local.project.tools import Tools
from langtail_nb._local.protocol.engine import Engine
from langtail_nb._local.threads.thread_store import ThreadStore


@dataclass(slots=True)
class Services:
    """What one server is made of."""

    folder: ProjectFolder
    engine: Engine
    store: ThreadStore
    tools: Tools | None = None
    connections: Connections = field(default_factory=Connections)
    journal: Journal = field(default_factory=Journal)
    failed_once: set[int] = field(default_factory=set)

    @property
    def project(self) -> Project:
        """What is deployed now."""
        return self.folder.project
