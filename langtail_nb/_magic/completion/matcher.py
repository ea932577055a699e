"""Tab on the lines of ``%%langtail`` and ``%langtail``: the matcher that IPython's completer asks.

What may stand there is loaded with the first Tab on such a line, so that ``%load_ext`` takes no time.
"""

from __future__ import annotations

from typing import Any, Final

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

from langtail_nb._environment import beside_no_notebook

_NAME: Final = "langtail_nb"


def register(shell: Any) -> None:
    """Add the matcher to a shell's completer."""
    unregister(shell)
    shell.Completer.custom_matchers.append(matcher(shell.user_ns))


def unregister(shell: Any) -> None:
    """Take the matcher out again."""
    matchers = shell.Completer.custom_matchers
    matchers[:] = [one for one in matchers if getattr(one, "matcher_identifier", "") != _NAME]


def matcher(namespace: dict[str, Any], known: Any = None) -> Any:
    """Return a matcher, of API version 2, that suppresses all others where it has something to offer.

    IPython's ``complete_command`` hook would mix in Python names, and fails after an ``@``.

    Args:
        namespace: The kernel's variables.
        known: What is known of assistants and threads; None takes the kernel's session.
    """

    def match(context: CompletionContext) -> dict[str, Any]:
        if "%langtail" not in context.full_text:
            return _not_ours()
        with beside_no_notebook():
            from langtail_nb._kernel.session import session
            from langtail_nb._magic.completion.cell import suggest
            from langtail_nb._magic.completion.session_known import SessionKnown

        place = context.full_text, context.cursor_line, context.cursor_position
        found = suggest(*place, known or SessionKnown(session, namespace))
        if found is None:
            return _not_ours()
        return {
            "completions": [SimpleCompletion(text=text, type=found.kind) for text in found.texts],
            "matched_fragment": found.fragment,
            "suppress": True,
            "ordered": True,
        }

    mark: Any = context_matcher(identifier=_NAME, priority=100)
    return mark(match)


def _not_ours() -> dict[str, Any]:
    # Made anew: IPython writes into what a matcher returns.
    return {"completions": [], "suppress": False}
