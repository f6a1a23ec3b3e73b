"""Lines: a message ends before LF, or before CR LF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from server.protocol import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.environment import Settings
    from server.protocol import Data

_LF: Final = b"\n"
_CR: Final = b"\r"
_LONGEST_END: Final = 2


class Reader:
    """Finds the messages of a connection."""

    def __init__(self, settings: Settings) -> None:
        """Wait for a message."""
        self._max_message = settings.max_message
        # What came of a line whose end has not come yet.
        self._begun = bytearray()

    def read(self, data: memoryview) -> Iterator[Data]:
        """Yield the messages that `data` completes; it may change after the first of them."""
        lines: list[Data] = [*bytes(data).split(_LF)]
        rest = lines.pop()
        if lines and self._begun:
            self._begun += lines[0]
            lines[0], self._begun = self._begun, bytearray()
        for line in lines:
            message = line[:-1] if line.endswith(_CR) else line
            if len(message) > self._max_message:
                raise errors.too_big()
            yield message
        self._begun += rest
        if len(self._begun) >= self._max_message + _LONGEST_END:
            raise errors.too_big()


def compose(message: Data) -> tuple[Data, ...]:
    """Return a message as it is sent, in parts."""
    return message, _LF
