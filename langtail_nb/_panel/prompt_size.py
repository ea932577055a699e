"""How many tokens the prompt has, told to the views that show it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.prompt_tokens import prompt_tokens
from langtail_nb._panel.common import Common
from langtail_nb._types.request import Request

if TYPE_CHECKING:
    from langtail_nb._client.api_key import ApiKey


class PromptSize:
    """Counts for one panel, where the server can count: a local stand-in may.

    Args:
        asked: Returns the request as a run would send it.
    """

    def __init__(self, common: Common, *, asked: Callable[[], Request]) -> None:
        self._common, self._asked = common, asked

    def tell(self, of: str) -> None:
        """Have the tokens counted and told.

        Args:
            of: Comes back with the count, by which a view knows whether it still shows that prompt.
        """
        try:
            request, key = self._asked(), self._common.session.key()
        except ConfigurationError:
            # What cannot be sent has no size; why it cannot stands under the Run bar.
            self._common.told.send({"counted": None, "of": of})
            return
        self._common.aside(partial(self._count, request, key, of))

    def _count(self, request: Request, key: ApiKey, of: str) -> None:
        self._common.told.send({"counted": prompt_tokens(self._common.session, request, key), "of": of})
