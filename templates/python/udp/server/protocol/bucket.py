"""The rate limit of a peer: tokens for one second's worth, refilled continuously."""

from __future__ import annotations

from server import config


class TokenBucket:
    """A bucket of tokens, full at first."""

    __slots__ = ("_refilled", "_tokens")

    def __init__(self, now: float) -> None:
        """Begin full."""
        self._tokens = float(config.DATAGRAMS_PER_SECOND)
        self._refilled = now

    def take(self, now: float) -> bool:
        """Take one token, if there is one."""
        rate = config.DATAGRAMS_PER_SECOND
        self._tokens = min(rate, self._tokens + (now - self._refilled) * rate)
        self._refilled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
