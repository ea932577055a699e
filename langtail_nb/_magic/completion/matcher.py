"""The matcher that IPython's completer asks: Tab in cells and lines of ours, and in calls of ours.

What may stand there is loaded with the first Tab on such a line, so that ``%load_ext`` takes no time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

from langtail_nb._environment import beside_no_notebook

if TYPE_CHECKING:
    from langtail_nb._line.completion import Suggestions

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
    """Return a matcher, of API version 2; on a line of ours it suppresses all others, else it adds to them.

    IPython's ``complete_command`` hook would mix in Python names, and fails after an ``@``.

    Args:
        namespace: The kernel's variables.
        known: What is known of assistants and threads; None takes the kernel's session.
    """

    def match(context: CompletionContext) -> dict[str, Any]:
        may_be_line = "%langtail" in context.full_text
        if not may_be_line and "(" not in context.full_text:
            return _not_ours()
        with beside_no_notebook():
            from langtail_nb._kernel.session import session
            from langtail_nb._magic.completion.cell import suggest
            from langtail_nb._magic.completion.python_call import keywords
            from langtail_nb._magic.completion.session_known import SessionKnown

        names = known or SessionKnown(session, namespace)
        place = context.full_text, context.cursor_line, context.cursor_position
        found = suggest(*place, names) if may_be_line else None
        if found is not None:
            return _result(found, suppress=True)
        found = keywords(_before(*place), namespace, names)
        return _not_ours() if found is None else _result(found, suppress=False)

    mark: Any = context_matcher(identifier=_NAME, priority=100)
    return mark(match)


def _before(text: str, row: int, column: int) -> str:
    lines = text.split("\n")
    return "\n".join([*lines[:row], lines[row][:column]])


class _Completions(list[SimpleCompletion]):
    """Completions that suppress those of others even where there are none of them.

    IPython takes a suppression only from a result with a length, and then looks at nothing but the items.
    Seen in 8.18 to 9.18.
    """

    def __len__(self) -> int:
        return super().__len__() or 1


def _result(found: Suggestions, *, suppress: bool) -> dict[str, Any]:
    completions = [SimpleCompletion(text=text, type=found.kind) for text in found.texts]
    return {
        "completions": _Completions(completions) if suppress else completions,
        "matched_fragment": found.fragment,
        "suppress": suppress,
        "ordered": True,
    }


def _not_ours() -> dict[str, Any]:
    # Made anew: IPython writes into what a matcher returns.
    return {"completions": [], "suppress": False}
