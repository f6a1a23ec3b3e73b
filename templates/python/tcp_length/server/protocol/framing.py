"""A length prefix: it says how many bytes of a message follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from server import config
from server.protocol import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.environment import Settings
    from server.protocol import Data

_SIZE: Final = config.PREFIX_BYTES
_ORDER: Final = config.PREFIX_ORDER
_LONGEST: Final = (1 << 8 * _SIZE) - 1


class Reader:
    """Finds the messages of a connection."""

    def __init__(self, settings: Settings) -> None:
        """Wait for a message."""
        self._max_message = settings.max_message
        # What came of a message whose end has not come yet: its prefix, or its payload and how
        # many bytes of that are to come.
        self._prefix = b""
        self._payload = bytearray()
        self._left = 0

    def read(self, data: memoryview) -> Iterator[Data]:
        """Yield the messages that `data` completes; it may change after the first of them."""
        if self._left > len(data):
            self._payload += data
            self._left -= len(data)
            return
        rest = self._prefix + data
        start = self._left
        if start:
            self._payload += rest[:start]
            message, self._payload, self._left = self._payload, bytearray(), 0
            yield message
        while (payload := start + _SIZE) <= len(rest):
            length = int.from_bytes(rest[start:payload], _ORDER)
            if length > self._max_message:
                raise errors.too_big()
            start = payload + length
            if start > len(rest):
                self._payload += rest[payload:]
                self._left = start - len(rest)
                break
            yield rest[payload:start]
        self._prefix = rest[start:]


def compose(message: Data) -> tuple[Data, ...]:
    """Return a message as it is sent, in parts."""
    if len(message) > _LONGEST:
        raise errors.too_long_for_prefix()
    return len(message).to_bytes(_SIZE, _ORDER), message
