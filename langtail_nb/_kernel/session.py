"""What one kernel knows: settings, conversations, the client, the newest reply."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from langtail_nb._client import key_lookup
from langtail_nb._client.base_url import DEFAULT_BASE_URL
from langtail_nb._client.carrier import Carried, chosen_by
from langtail_nb._environment import beside_no_notebook
from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._http.origin import is_loopback, origin
from langtail_nb._kernel import loop, project_settings, sourced
from langtail_nb._kernel.conversation.conversations import Conversations
from langtail_nb._kernel.conversation.place import Place
from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.deployments import Deployments
from langtail_nb._kernel.disk.notes import Notes
from langtail_nb._kernel.disk.store import Store
from langtail_nb._kernel.own_server import OwnServer
from langtail_nb._kernel.prices import PROJECT, Prices
from langtail_nb._kernel.replay import Replay
from langtail_nb._kernel.settings import Settings
from langtail_nb._kernel.spending import Spending
from langtail_nb._kernel.totals import Totals
from langtail_nb._replay.hiding import Hiding
from langtail_nb._types.completion.usage import Usage
from langtail_nb._types.config import Config, arguments_of
from langtail_nb._types.remarks import is_environment, where_deployed
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request
from langtail_nb._types.target import Target

if TYPE_CHECKING:
    from langtail_nb._client.api_key import ApiKey
    from langtail_nb._client.client import Client
    from langtail_nb._client.limiter import Limiter
    from langtail_nb._http.secret import Secret
    from langtail_nb._http.transport import Transport

SERVED_VARIABLE = "LANGTAIL_NB_LOCAL"
"""Names the URL of a local server that already runs for this kernel; ``langtail-nb demo`` sets it."""

_KEYLESS: Final = "there is no API key, so replay auto acts as only: what is not recorded is not sent"


@dataclass
class Session:
    """The state that cells, panel and functions of one kernel share.

    Attributes:
        last: The newest reply, partial ones included.
        answers: The newest reply of each cell, by the cell's id.
        asked: What it answers: the request as its cell said it, without thread and history.
        newest: Where the newest complete reply stands.
        stand_ins: Base URLs of local servers, which answer with a small model of their own: those that this
            kernel started, and the one that was started for it.
        own_server: The local server that this kernel started, while it has one.
        listed: The base URL of the local server whose assistants were listed last.
        edition: How often this kernel has changed what a project folder deploys, or started to serve one.
    """

    settings: Settings = field(default_factory=Settings)
    prices: Prices = field(default_factory=lambda: Prices(lambda: project_settings.current().prices))
    deployed: Deployments = field(default_factory=Deployments)
    store: Store = field(init=False)
    notes: Notes = field(default_factory=Notes)
    totals: Totals = field(default_factory=Totals)
    last: Reply | None = None
    asked: Request | None = None
    answers: dict[str, Reply] = field(default_factory=dict)
    newest: Place | None = None
    told: set[str] = field(default_factory=set)
    stand_ins: set[str] = field(default_factory=lambda: {*filter(None, [os.environ.get(SERVED_VARIABLE)])})
    own_server: OwnServer | None = None
    listed: str | None = None
    edition: int = 0
    replay: Replay = field(default_factory=Replay)
    spending: Spending = field(init=False)
    _threads: defaultdict[tuple[str, str], Conversations] = field(
        default_factory=lambda: defaultdict(Conversations)
    )
    _client: tuple[tuple[object, ...], Client] | None = None
    _limiter: tuple[tuple[str, ApiKey], Limiter] | None = None
    _client_lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.store = Store(lambda: self.replay.is_on)
        self.spending = Spending(
            self._due, project_settings.current_budget, lambda: self.replay.plays, self._sends
        )

    @property
    def base_url(self) -> str:
        """The base URL in force."""
        return self.settings.current_base_url()

    @property
    def shown_url(self) -> str:
        """The base URL as it is shown: while replay is on the same on every machine."""
        if not self.replay.is_on:
            return self.base_url
        return "http://local" if self.base_url in self.stand_ins else DEFAULT_BASE_URL

    @property
    def place(self) -> str:
        """What stored threads belong to: the base URL, or ``local``, whose port is another in each kernel."""
        return "local" if self.base_url in self.stand_ins else self.base_url

    @property
    def has_stand_in(self) -> bool:
        """Whether a local stand-in answers; where the base URL cannot be used, nobody does."""
        try:
            return self.base_url in self.stand_ins
        except ConfigurationError:
            return False

    def target(self, text: str | None = None) -> Target:
        """Return the target a line names, filled up from the current one.

        Raises:
            ConfigurationError: None is named and none is set, a part is missing, or it is an environment.
        """
        try:
            found = self.settings.resolve(text or None)
        except ConfigurationError as exc:
            if not isinstance(text, str) or not text or text.startswith(("/", "@")):
                raise
            slug = text.split("/")[2 if text.count("/") == 2 else 0].partition("@")[0]
            raise ConfigurationError(self.with_places(str(exc), Target("", "", slug, ""))) from exc
        if isinstance(text, str) and is_environment(text, found, self.deployed.listing(self.base_url)):
            self._refuse_environment(text, found)
        return found

    def _refuse_environment(self, text: str, target: Target) -> None:
        """Refuse a word that is an environment where no assistant is called so."""
        try:
            listing = self.deployed.wait_for_listing(self.client(), limit_s=3)
        except LangtailError:
            return  # the call itself will tell
        if listing and target.assistant not in [row.assistant for row in listing]:
            raise ConfigurationError(
                f"no assistant {target.assistant!r} is deployed (did you mean /{text.strip()}?)"
            )

    def with_places(self, error: str, target: Target) -> str:
        """Return an error's text and, if that can be read, where the target's assistant is deployed."""
        try:
            listing = self.deployed.wait_for_listing(self.client(), limit_s=3)
        except LangtailError:
            return error
        places = where_deployed(listing, target)
        return f"{error}{'' if error.endswith('?') else '.'} {places}" if places else error

    def config_soon(self, target: Target) -> Config | None:
        """Return what is deployed, waited for three seconds at most; None where it cannot be read."""
        try:
            return self.deployed.wait(self.client(), target, limit_s=3)
        except LangtailError:
            return None

    def look(self, target: Target, *, listing: bool = True) -> None:
        """Fetch beside a call what is deployed there, and where; a recording waits for it.

        Notes under an answer depend on it, and a recording has to give the same ones whatever is faster.

        Raises:
            ConfigurationError: There is no key.
        """
        client = self.client()
        self.deployed.look(client, target)
        if listing:
            self.deployed.look_at_listing(client)
        if self.replay.is_on:
            self.deployed.settle(client, target)

    def stands_in_for(self, request: Request) -> str | None:
        """Return the model that a request means, where a local one answers in its place; else None."""
        if not self.is_stood_in(request.target):
            return None
        config = self.deployed.config(self.base_url, request.target) or {}
        model = request.parameters.get("model") or arguments_of(config).get("model")
        return str(model) if model else None

    def is_stood_in(self, target: Target) -> bool:
        """Return whether a local model answers for a target, or did when that was recorded."""
        is_played = self.replay.is_on and self.replay.stood_in(target)
        return self.base_url in self.stand_ins or is_played

    def answered_by(self, request: Request, reply: Reply, *, in_full: bool = True) -> str | None:
        """Return who answered, to be shown: a stand-in in full once in a kernel, then in a word.

        Args:
            in_full: Whether this may be the once; of several answers side by side only the first may.
        """
        meant = self.stands_in_for(request)
        if not reply.model or meant in (None, reply.model):
            return reply.model
        name = f"{reply.model}, standing in for {meant}"
        return name if in_full and self.tell_once(name) else "local"

    def cost_of(self, model: str | None, usage: Usage, *, at: str) -> float | None:
        """Return what an answer cost, an estimate in dollars; None where nobody can say.

        Args:
            at: The base URL that the call went to: what a stand-in answers costs nothing and tells nothing.
        """
        return None if at in self.stand_ins else self.prices.cost_of(model, usage)

    def shown_cost_of(self, model: str | None, usage: Usage, *, at: str) -> float | None:
        """Return the same to be shown: nothing while replay is on, as prices are another machine's others."""
        return None if self.replay.is_on else self.cost_of(model, usage, at=at)

    def firm_cost_of(self, model: str | None, usage: Usage) -> float | None:
        """Return what an answer cost by prices that a budget may rest on: a project's are none of these."""
        cost = self.prices.cost(model, usage)
        return None if cost is None or cost.source == PROJECT else cost.usd

    def _sends(self) -> bool:
        is_keyless = self._client is not None and self._client[1].caller.key is key_lookup.NONE
        return self.replay.effective(has_key=not is_keyless) != "only"

    def _due(self, model: str | None, usage: Usage, at: str) -> float | None:
        return 0.0 if at in self.stand_ins else self.firm_cost_of(model, usage)

    def conversations(self, target: Target) -> Conversations:
        """Return the threads of the target's assistant at the base URL in force."""
        return self.conversations_of(target.identity)

    def conversations_of(self, assistant: str) -> Conversations:
        """Return the threads of an assistant, ``workspace/project/assistant``."""
        return self._threads[self.base_url, assistant]

    def thread_with_id(self, thread_id: str) -> tuple[Thread | None, str]:
        """Return the thread with this id, of whichever assistant or apart, and the assistant's short name."""
        for (base_url, assistant), conversations in list(self._threads.items()):
            thread = conversations.with_id(thread_id) if base_url == self.base_url else None
            if thread is not None:
                return thread, assistant.rpartition("/")[2]
        return None, ""

    def drop_thread(self, conversations: Conversations, thread: Thread | None, thread_id: str | None) -> None:
        """Forget a thread that is deleted, for every assistant that goes on with it."""
        if thread is None and thread_id is not None:
            thread, _ = self.thread_with_id(thread_id)
        for one in [conversations, *self._threads.values()]:
            if thread is not None:
                one.drop(thread)

    def all_conversations(self) -> list[Conversations]:
        """Return the threads of each assistant at the base URL in force: the newest reply's, the current."""
        target = self.settings.current_target()
        first = [self.newest.turn.asked.target] if self.newest and self.newest.turn.asked else []
        names = [one.identity for one in (*first, *([target] if target else []))]
        names += [name for url, name in self._threads if url == self.base_url]
        keys = dict.fromkeys((self.base_url, name) for name in names)
        return [self._threads[key] for key in keys if key in self._threads]

    def key(self) -> ApiKey:
        """Return the key for the base URL in force; to be asked for on the main thread.

        Raises:
            ConfigurationError: There is none.
        """
        url, source = sourced.base_url(self.settings.base_url)
        needed = self.replay.effective(has_key=False) != "only"
        try:
            return key_lookup.resolve(url) if needed else key_lookup.lookup(url) or key_lookup.NONE
        except ConfigurationError as exc:
            if source != str(project_settings.current().path):
                raise
            raise ConfigurationError(f"{exc}; the address stands in {source}") from exc

    def client(self, key: ApiKey | None = None) -> Client:
        """Return the client for the base URL in force; the same one while nothing changes.

        Args:
            key: As :meth:`key` returned it, for a call from another thread.

        Raises:
            ConfigurationError: There is no key for that base URL.
        """
        url, retries = self.base_url, self.settings.retries
        key = key or self.key()
        identity = (url, key, retries, self.replay.state, self._deployed_by(url))
        # Imported with the first call: httpx costs more than the rest of %load_ext together.
        with beside_no_notebook():
            from langtail_nb._client.client import Client

        with self._client_lock:
            if self._client is None or self._client[0] != identity:
                if self._client is not None:
                    loop.submit(self._client[1].caller.retire())
                carrier = self._carrier(url, key) if self.replay.is_on else None
                limiter = self._limiter_for(url, key)
                made = Client(
                    api_key=key,
                    base_url=url,
                    retries=retries,
                    limiter=limiter,
                    gate=self.spending,
                    transport=carrier,
                )
                self._client = identity, made
            return self._client[1]

    def carried(self, url: str, given: Secret | None) -> Carried | None:
        """Return what carries the calls of a client that is not this session's own, and its key.

        None while no variable sets a mode: what a cell chose is for cells.

        Raises:
            ConfigurationError: There is no key, and one is needed.
        """
        if not self.replay.is_forced or not self.replay.is_on:
            return None
        key = key_lookup.key_for(url, given, needed=self.replay.effective(has_key=False) != "only")
        return key, self._carrier(url, key)

    def _carrier(self, url: str, key: ApiKey) -> Transport:
        from langtail_nb._client.network import network

        return self.replay.transport(
            partial(network, url, key),
            has_key=key is not key_lookup.NONE,
            # Everybody's address may stand anywhere; another is nobody's business.
            hiding=Hiding(key, "" if origin(url) == origin(DEFAULT_BASE_URL) else url),
            stand_in=url in self.stand_ins,
            deployed_by=self._deployed_by(url),
        )

    def _deployed_by(self, url: str) -> tuple[str, ...]:
        own = self.own_server
        if own is None or own.folder is None or own.server.url != url:
            return ()
        return own.folder.name, str(self.edition)

    def _limiter_for(self, url: str, key: ApiKey) -> Limiter:
        """Return the one limiter of all work with a key: what it learned outlives a change of retries."""
        from langtail_nb._client.limiter import Limiter

        if self._limiter is None or self._limiter[0] != (url, key):
            self._limiter = (url, key), Limiter()
        return self._limiter[1]

    def stranger(self) -> str | None:
        """Return the origin that the calls go to, once, where it is neither Langtail's nor this machine's.

        Whoever asks has to tell it: a folder's ``.env`` can lead a key there, and nobody has run that.
        """
        where = origin(self.base_url)
        if self.replay.is_on:
            return None
        if where == origin(DEFAULT_BASE_URL) or is_loopback(urlsplit(where).hostname or ""):
            return None
        return where if self.tell_once(f"sent to {where}") else None

    def project_notes(self) -> list[str]:
        """Return what is wrong with the project's settings, each sentence the first time only."""
        return [told for note in project_settings.current().notes for told in self.tell_once(note)]

    def tell_of_replay(self, names: Iterable[str]) -> list[str]:
        """Return once in a kernel where calls are recorded, and why nothing can be where that is so.

        Args:
            names: Of the variables of the first call.
        """
        if "replay" in self.told or not self.replay.is_on:
            return []
        self.told.add("replay")
        # The client of the call that is told about: a key is looked up in the main thread only.
        client = self._client[1] if self._client is not None else None
        keyless = client is not None and client.caller.key is key_lookup.NONE and self.replay.mode == "auto"
        return [self.replay.about(list(names)), *([_KEYLESS] if keyless else [])]

    def tell_once(self, sentence: str) -> list[str]:
        """Return the sentence the first time it is told in this kernel, then nothing."""
        if sentence in self.told:
            return []
        self.told.add(sentence)
        return [sentence]


session = Session()
"""The session of this kernel."""

chosen_by(session.carried)

settings: Settings = session.settings
"""The settings of this kernel, shared by cells and functions."""

prices: Prices = session.prices
"""The prices that were given in this kernel."""
