"""What the local server does where Langtail's public material is silent.

Everything here is a working decision, kept in one place so that it is easy to change the day the
live service is seen to differ. What is documented stands where it is used.

    bad body                     400, the object shape of an error, ``param`` = dotted path of the field
    null for an optional field   400; so is a variable that is not a string
    unknown body field           ignored
    method not served by a path  404
    ``preview`` without ``v``    404; an unknown ``v`` too
    thread header on a prompt    not sent; a ``threadId`` sent to a prompt is ignored
    failed or cut invoke         the request's messages are stored, no assistant message is
    assistant's own messages     stored before the finish chunk leaves, so that the next call sees them
    thread shared by assistants  allowed
    deleted threads, messages    gone from every answer (404)
    hosted tools, not streamed   only the last assistant message is returned
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

FORMAT_JSON_MESSAGE: Final = {"role": "system", "content": "format: JSON"}
"""Added at the end when the request, not the deployment, asks for a JSON object (documented for the SDK)."""
