"""``%langtail budget``: what this kernel may spend, and what of it is spent and left."""

from __future__ import annotations

from langtail_nb._kernel.budget import budget_of
from langtail_nb._kernel.spending import is_off
from langtail_nb._magic.commands.context import Context
from langtail_nb._show.say import say
from langtail_nb._text.brief import dollars


def budget(context: Context) -> None:
    """Cap the calls of this kernel, take the cap away, or tell what is spent and left.

    Raises:
        ConfigurationError: The text is no budget.
    """
    spending, text = context.session.spending, " ".join(context.words)
    if is_off(text):
        spending.cap(None)
    elif text:
        spending.cap(budget_of(text))
    spending.settle()
    spent = spending.spent
    money = f", about {dollars(spent.usd)}" if spent.usd else ""
    so_far = f"{spent.calls:,} call{'s' * (spent.calls != 1)} of this kernel so far{money}"
    none = [f'no budget; {so_far}; %langtail budget "200 calls" caps it']
    before = ["what this kernel called before counts, too"] if text and spent.calls else []
    told = spending.told()
    say(*([*told, *before] if told else none))
