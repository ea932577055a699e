"""Calls that try something out: they see the conversation so far and add no turn to it.

A panel, ``--compare`` and a sweep are made of them. Each opens a thread of its own on the server, marked as
a trial and deleted at its end; its answer is kept on disk before it is shown, and can be made a turn.
"""

from langtail_nb._trials.keeping import Keeping
from langtail_nb._trials.runner import Runner
from langtail_nb._trials.trial import State, Trial

__all__ = ["Keeping", "Runner", "State", "Trial"]
