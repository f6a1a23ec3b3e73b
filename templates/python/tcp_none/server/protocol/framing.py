"""No framing: what one read gives is a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.environment import Settings
    from server.protocol import Data


class Reader:
    """Finds the messages of a connection."""

    def __init__(self, _settings: Settings) -> None:
        """Wait for a message: no setting limits what a read gives."""

    def read(self, data: memoryview) -> Iterator[Data]:
        """Yield the messages that `data` completes; it may change after the first of them."""
        #% if tls
        # Part of a TLS record is nothing to be read.
        if not data:
            return
        #% endif
        yield bytes(data)


def compose(message: Data) -> tuple[Data, ...]:
    """Return a message as it is sent, in parts."""
    return (message,)
