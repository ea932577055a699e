"""What a call costs, or would: by a price given by hand or by the project, else as genai-prices says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import Final, Literal, NamedTuple, SupportsFloat

from langtail_nb._kernel import carried_prices
from langtail_nb._kernel.price import check_model, check_price
from langtail_nb._types.completion.usage import Usage

Source = Literal["by hand", "project", "genai-prices"]
PROJECT: Final[Source] = "project"

_MILLION: Final = 1_000_000
# Providers answer under the name of a snapshot: gpt-4o-mini-2024-07-18, claude-sonnet-4-5-20250929.
_SNAPSHOT: Final = re.compile(r"[-@](?:20\d\d-\d\d-\d\d|20\d{6})$")


class Cost(NamedTuple):
    """What tokens cost, as an estimate, and where their price came from.

    A price of the project comes with a clone: it may be shown, and never counts for a budget of money.
    """

    usd: float
    source: Source


class Prices(MutableMapping[str, tuple[float, float]]):
    """Prices by model, in dollars per million tokens in and out, that were given by hand.

    ``prices["my-model"] = (0.15, 0.60)`` counts for the snapshots of that model as well, such as
    ``my-model-2026-11-30``, and before what genai-prices says. Assigning anything else than two numbers
    from 0 raises a ConfigurationError.

    Example:
        >>> lt.prices["my-model"] = (0.15, 0.60)
        >>> lt.prices
        Prices({'my-model': (0.15, 0.6)})
        >>> del lt.prices["my-model"]

    Args:
        project: Gives those that the project's file has, which count after these.
    """

    def __init__(self, project: Callable[[], Mapping[str, tuple[float, float]]] = dict) -> None:
        self._given: dict[str, tuple[float, float]] = {}
        self._project = project

    def __getitem__(self, model: str) -> tuple[float, float]:
        return self._given[model]

    def __setitem__(self, model: str, price: Sequence[SupportsFloat]) -> None:
        name = check_model(model)
        self._given[name] = check_price(name, price)

    def __delitem__(self, model: str) -> None:
        del self._given[model]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._given))

    def __len__(self) -> int:
        return len(self._given)

    def __repr__(self) -> str:
        return f"Prices({self._given!r})"

    def cost_of(self, model: str | None, usage: Usage) -> float | None:
        """Return what an answer cost in dollars, an estimate; None where nobody can say."""
        cost = self.cost(model, usage)
        return None if cost is None else cost.usd

    def cost(
        self,
        model: str | None,
        usage: Usage,
        *,
        project: Mapping[str, tuple[float, float]] | None = None,
    ) -> Cost | None:
        """Return what an answer cost, and whose price that is; None where nobody can say.

        A price that was given takes cached tokens for tokens in; genai-prices knows better for most models.

        Args:
            model: The one that answered.
            usage: Its tokens; where those in or out are not known, neither is the cost.
            project: What the project says, where it was looked at a moment ago; None looks now.
        """
        if not model or not _is_counted(usage):
            return None
        if (given := _found(self._given, model)) is not None:
            return Cost(_by_the_token(given, usage), "by hand")
        if (given := _found(self._project() if project is None else project, model)) is not None:
            return Cost(_by_the_token(given, usage), PROJECT)
        usd = carried_prices.cost(model, usage)
        return None if usd is None else Cost(usd, "genai-prices")

    def before(self, model: str | None, prompt_tokens: int, completion_tokens: int) -> Cost | None:
        """Return what a call would cost that has not been sent; None for a model that has no price."""
        total = prompt_tokens + completion_tokens
        return self.cost(model, Usage(prompt_tokens, completion_tokens, total, None, None, {}))


def _found(prices: Mapping[str, tuple[float, float]], model: str) -> tuple[float, float] | None:
    """Return the price of a model, or of the one that it is a snapshot of."""
    return prices.get(model) or prices.get(_SNAPSHOT.sub("", model))


def _is_counted(usage: Usage) -> bool:
    counts = (usage.prompt_tokens, usage.completion_tokens)
    return all(count is not None and count >= 0 for count in counts)


def _by_the_token(price: tuple[float, float], usage: Usage) -> float:
    tokens_in, tokens_out = usage.prompt_tokens or 0, usage.completion_tokens or 0
    return (tokens_in * price[0] + tokens_out * price[1]) / _MILLION
