"""What the local server does where Langtail's public material is silent.

Everything here is a working decision, kept in one place so that it is easy to change the day the
live service is seen to differ. What is documented stands where it is used.

    bad body                     400, the object shape of an error, ``param`` = dotted path of the field
    null for an optional field   400; so is a variable that is not a string
    unknown body field           ignored
    method not served by a path  404; so is ``//`` at the start of a path
    long request                 413 in the object shape; what is no HTTP, or has too long a head, 400
    list of threads              newest first
    ``limit`` of a page          below 1 or no number 400, above 100 as 100; an unknown ``after`` 400
    ``preview`` without ``v``    404; an unknown ``v`` too
    thread header on a prompt    not sent; a ``threadId`` sent to a prompt is ignored
    failed or cut invoke         the request's messages are stored, no assistant message is
    assistant's own messages     stored before the finish chunk leaves, so that the next call sees them
    thread shared by assistants  allowed
    deleted threads, messages    gone from every answer (404)
    hosted tools, not streamed   only the last assistant message is returned; usage is that of all
                                 completions together
    hosted tool                  decided by the name in the stored configuration; a caller who sends ``tools``
                                 changes what the model is told of it, never who runs it
    after a hosted round         a ``tool_choice`` that demands a call becomes ``auto``
    hosted and client calls      in one completion: the hosted ones are run and told, and the answer ends
                                 with the client's pending; not streamed, its message has those alone
    failed hosted tool           its result is ``error: …``, and the model goes on
    hosted rounds without end    after ten, one more completion with ``tool_choice`` ``none``; a 500 if
                                 that one calls again
    hosted tool nobody runs      without ``--tools``: an ordinary call, left to the client
    errors of a model's server   a status of Langtail's; see `engines.upstream_errors`
"""

from __future__ import annotations

from typing import Final

STREAM_WHEN_OMITTED: Final = False
"""Whether a body without ``stream`` is streamed."""

USAGE_IN_FINISH_CHUNK: Final = False
"""Usage comes in a chunk of its own, with empty ``choices``, after the finish chunk."""

BODY_METADATA_WINS: Final = True
"""Where the body and the ``x-langtail-metadata-`` headers name the same key."""

PAGE_LIMIT: Final = 100
"""Both the default and the highest page size; a higher ``limit`` is clamped (documented: 100)."""

UNSET_QUERY_VALUES: Final = frozenset({"", "undefined"})
"""Langtail's own SDK writes an option that is not set as the text ``undefined``."""

METADATA_KEY_CHARACTERS: Final = 64
"""Longest metadata key (documented); how many keys there may be is not."""

BODY_LIMIT_BYTES: Final = 32 * 1024 * 1024
"""Above it a request is refused with 413; room for a few inline images."""

NESTING_LIMIT: Final = 200
"""Deepest nesting of a body; what is deeper would end in a recursion somewhere, a 400 says so before."""

PROJECT_ID: Final = "local"
"""What every thread names as its project."""

PREVIEW: Final = "preview"
"""The environment that exists only with a version."""

UNVERSIONED_ENVIRONMENTS: Final = ("production", "staging")
"""Where a plain ``SLUG.json`` is deployed."""

MOST_HOSTED_ROUNDS: Final = 10
"""Completions of one answer that may end in calls of hosted tools."""

ENGINE_STATUSES: Final = {408: 504, 429: 429, 502: 502, 503: 503, 504: 504, 529: 503}
"""What the status of a model's server becomes; other 4xx become a 400 and other 5xx a 500."""

FORMAT_JSON_MESSAGE: Final = {"role": "system", "content": "format: JSON"}
"""Added at the end when the request, not the deployment, asks for a JSON object (documented for the SDK)."""
