"""A delimiter: a message ends before its next occurrence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from server import config
from server.protocol import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.environment import Settings
    from server.protocol import Data

_DELIMITER: Final = config.DELIMITER.encode()


class Reader:
    """Finds the messages of a connection."""

    def __init__(self, settings: Settings) -> None:
        """Wait for a message."""
        self._max_message = settings.max_message
        # What came of a message whose end has not come yet.
        self._begun = bytearray()

    def read(self, data: memoryview) -> Iterator[Data]:
        """Yield the messages that `data` completes; it may change after the first of them."""
        messages = self._split(data)
        rest = messages.pop()
        for message in messages:
            if len(message) > self._max_message:
                raise errors.too_big()
            yield message
        if rest is not self._begun:
            self._begun = bytearray(rest)
        if len(rest) >= self._max_message + len(_DELIMITER):
            raise errors.too_big()

    def _split(self, data: memoryview) -> list[Data]:
        """Return what lies between delimiters; the last part is that of an unfinished message."""
        begun = self._begun
        if not begun:
            return [*bytes(data).split(_DELIMITER)]
        # A long message comes in many reads: what was searched is not searched again.
        searched = max(0, len(begun) - len(_DELIMITER) + 1)
        begun += data
        end = begun.find(_DELIMITER, searched)
        if end < 0:
            return [begun]
        return [begun[:end], *begun[end + len(_DELIMITER) :].split(_DELIMITER)]


def compose(message: Data) -> tuple[Data, ...]:
    """Return a message as it is sent, in parts."""
    return message, _DELIMITER
