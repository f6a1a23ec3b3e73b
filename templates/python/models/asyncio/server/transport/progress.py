"""The write timeout: output waits, and the kernel accepts nothing."""

from __future__ import annotations

import math
from typing import Callable, Final

from server import config

_TIMEOUT: Final = config.WRITE_TIMEOUT / 1000
# asyncio does not say when the kernel accepts bytes, so one looks a few times per timeout.
_LOOK_AFTER: Final = _TIMEOUT / 4


class Progress:
    """Watches the output of one connection."""

    __slots__ = ("_accepted", "_accepted_at", "_written", "deadline")

    def __init__(self) -> None:
        """Begin with nothing written."""
        #: When `stalled` is to be asked; infinite while nothing waits.
        self.deadline = math.inf
        self._written = 0
        self._accepted = 0
        self._accepted_at = 0.0

    def wrote(self, count: int, unsent: int, clock: Callable[[], float]) -> bool:
        """Note that `count` bytes were written and `unsent` wait; true if `deadline` is new."""
        self._written += count
        if not unsent or self.deadline < math.inf:
            return False
        self._note(unsent, clock())
        return True

    def stalled(self, unsent: int, now: float) -> bool:
        """Whether nothing was accepted for the time of the timeout."""
        if not unsent:
            self.deadline = math.inf
            return False
        if self._written - unsent > self._accepted:
            self._note(unsent, now)
            return False
        self.deadline = now + _LOOK_AFTER
        return now >= self._accepted_at + _TIMEOUT

    def _note(self, unsent: int, now: float) -> None:
        self._accepted = self._written - unsent
        self._accepted_at = now
        self.deadline = now + _LOOK_AFTER
