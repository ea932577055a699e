"""What a template cell shows about the template it set."""

from __future__ import annotations

from collections.abc import Sequence

from langtail_nb import template
from langtail_nb._line.template_cell import as_text
from langtail_nb._show.difference import difference
from langtail_nb._text import markdown as _markdown
from langtail_nb._text.diff import hunks, word_diff
from langtail_nb._types.config import Config, template_of
from langtail_nb._types.messages import Message, texts_of


def report(messages: Sequence[Message], config: Config | None) -> tuple[str, str]:
    """Return what the cell shows: word diff against deployed, variables, problems; plain and Markdown."""
    texts = texts_of(list(messages))
    names = list(dict.fromkeys(name for text in texts for name in template.variables(text)))
    problems = [
        f"{message['role']}, line {problem.line}, column {problem.column}: {problem.message}"
        for message in messages
        for text in texts_of([message])
        for problem in template.problems(text, warnings=True)
    ]
    head = f"Template override set: {len(messages)} message{'s' * (len(messages) != 1)}, nothing sent."
    facts = [f"Variables: {', '.join(names) if names else 'none'}", *problems]
    plain, markdown = [head, *facts], [_markdown.inline(head), "", *map(_item, facts)]
    if config is not None:
        marks = word_diff(as_text(template_of(config)), as_text(messages))
        differs = difference(hunks(marks, "as deployed"))
        plain += ["Against deployed:", differs[0]]
        markdown += ["\n**Against deployed**\n", differs[1]]
    return "\n".join(plain), "\n".join(markdown)


def _item(fact: str) -> str:
    return f"- {_markdown.inline(fact)}"
