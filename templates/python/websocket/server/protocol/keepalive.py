"""What a peer's silence leads to: a Ping, and at some time the end."""

from __future__ import annotations

#% if heartbeat
import math
#% endif
from typing import Final

from server import config

NOTHING: Final = 0
#% if idle_timeout
IDLE: Final = 1
#% endif
#% if heartbeat
SEND_PING: Final = 2
NO_PONG: Final = 3
#% endif

#% if idle_timeout
_IDLE_TIMEOUT: Final = config.IDLE_TIMEOUT / 1000
#% endif
#% if heartbeat
_PING_TIMEOUT: Final = config.PING_TIMEOUT / 1000
#% endif


class Keepalive:
    """The silence of one peer."""

    def __init__(
        self,
        now: float,
        #% if heartbeat
        ping_interval: float,
        #% endif
    ) -> None:
        """Listen from `now` on."""
        #: When the last byte came.
        self.last_read = now
        #% if heartbeat
        self._interval = ping_interval or math.inf
        self._pinged = -math.inf
        self._judged = now
        #% endif

    def judge(self, now: float) -> int:
        """Return what is due."""
        #% if idle_timeout
        if now >= self.last_read + _IDLE_TIMEOUT:
            return IDLE
        #% endif
        #% if heartbeat
        self._judged = now
        if self._pinged > self.last_read:
            return NO_PONG if now >= self._pinged + _PING_TIMEOUT else NOTHING
        if now >= self.last_read + self._interval:
            self._pinged = now
            return SEND_PING
        #% endif
        return NOTHING

    def next(self) -> float:
        """Return when to judge again."""
        return min(
            [
                #% if idle_timeout
                self.last_read + _IDLE_TIMEOUT,
                #% endif
                #% if heartbeat
                self._next_beat(),
                #% endif
            ]
        )
    #% if heartbeat

    def _next_beat(self) -> float:
        if self._pinged > self.last_read:
            # An answer brings the next Ping forward: where that is sooner, look for one.
            return min(self._pinged + _PING_TIMEOUT, self._judged + self._interval)
        return self.last_read + self._interval
    #% endif
