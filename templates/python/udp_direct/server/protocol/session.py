"""The sender of a datagram, for as long as the datagram is handled."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.protocol import Data
    from server.protocol.addresses import Address
    from server.protocol.hub import Hub


class Session:
    """The one sender at a time: nothing is kept of those before."""

    #: Where the datagram came from.
    address: Address
    #% if metrics
    #: When it came.
    heard: float
    #% endif

    def __init__(self, hub: Hub) -> None:
        """Answer by way of `hub`."""
        self._hub = hub

    def send(self, message: Data) -> None:
        """Send a datagram to the sender."""
        #% if metrics
        self._hub.metrics.sent_messages += 1
        #% endif
        self._hub.output.append((message, self.address))
