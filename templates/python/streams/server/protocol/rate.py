"""Rate limits: token buckets that hold one second's worth and are refilled continuously."""

from __future__ import annotations

from server import config
from server.protocol import errors


class RateLimits:
    """The limits of one connection."""

    def __init__(self, now: float) -> None:
        """Begin with full buckets."""
        #: When the input that is being judged was read.
        self.now = now
        #% if rate_bytes
        self._bytes = _TokenBucket(config.BYTES_PER_SECOND, now)
        #% endif
        #% if rate_messages
        self._messages = _TokenBucket(config.MESSAGES_PER_SECOND, now)
        #% endif

    #% if rate_messages
    def take_message(self) -> None:
        """Take one message; fail if it is one too many."""
        self._messages.take(1, self.now)

    #% endif
    #% if rate_bytes
    def take_bytes(self, count: int) -> None:
        """Take the bytes of a payload; fail if they are too many."""
        self._bytes.take(count, self.now)

    #% endif

class _TokenBucket:
    """A bucket of tokens, full at first."""

    __slots__ = ("_rate", "_refilled", "_tokens")

    def __init__(self, rate: int, now: float) -> None:
        self._rate = rate
        self._tokens = float(rate)
        self._refilled = now

    def take(self, count: int, now: float) -> None:
        elapsed = now - self._refilled
        self._tokens = min(self._rate, self._tokens + elapsed * self._rate)
        self._refilled = now
        if count > self._tokens:
            raise errors.rate_exceeded()
        self._tokens -= count
