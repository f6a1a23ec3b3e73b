"""Datagrams that are dropped: told of at most once a second and reason."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from server.protocol.hub import Hub

_PAUSE: Final = 1.0


class Drops:
    """Counts what is dropped, by its reason."""

    def __init__(self, hub: Hub) -> None:
        """Count what `hub` drops."""
        #: When `tick` has something to tell.
        self.deadline = math.inf
        self._hub = hub
        self._untold: Counter[str] = Counter()
        self._told: dict[str, float] = {}

    def count(self, reason: str, now: float) -> None:
        """Count one datagram."""
        #% if metrics
        self._hub.metrics.dropped[reason] += 1
        #% endif
        self._untold[reason] += 1
        due = self._told.get(reason, -math.inf) + _PAUSE
        self.deadline = min(self.deadline, due)
        if now >= due:
            self.tick(now)

    def tick(self, now: float) -> None:
        """Tell what is due."""
        if now < self.deadline:
            return
        for reason in tuple(self._untold):
            if now >= self._told.get(reason, -math.inf) + _PAUSE:
                self._tell(reason)
                self._told[reason] = now
        dues = (self._told[reason] + _PAUSE for reason in self._untold)
        self.deadline = min(dues, default=math.inf)

    def finish(self) -> None:
        """Tell all that was not told yet."""
        for reason in tuple(self._untold):
            self._tell(reason)

    def _tell(self, reason: str) -> None:
        self._hub.log.warning("dropped", reason=reason, count=self._untold.pop(reason))
