"""One known peer."""

from __future__ import annotations

#% if reliability_ack
import math
#% endif
from typing import TYPE_CHECKING
#% if custom or datagram_rate or reliability

#% endif
#% if custom
from server.protocol.addresses import Peer, peer_of
#% endif
#% if datagram_rate
from server.protocol.bucket import TokenBucket
#% endif
#% if reliability
from server.protocol.channel import Channel
#% endif

if TYPE_CHECKING:
    from server.protocol import Data
    from server.protocol.addresses import Address
    from server.protocol.hub import Hub


class Session:
    """The protocol's side of a peer: known from its first datagram until it is silent for long."""

    __slots__ = (
        "_hub",
        "address",
        #% if reliability_ack
        "alarm",
        #% endif
        #% if datagram_rate
        "bucket",
        #% endif
        #% if reliability
        "channel",
        #% endif
        "heard",
        "is_open",
    )

    def __init__(self, hub: Hub, address: Address, now: float) -> None:
        """Meet a peer."""
        self.address = address
        #: When its last datagram came.
        self.heard = now
        #: Whether it is known.
        self.is_open = True
        #% if datagram_rate
        self.bucket = TokenBucket(now)
        #% endif
        #% if reliability
        self.channel = Channel()
        #% endif
        #% if reliability_ack
        #: When the hub looks after the channel.
        self.alarm = math.inf
        #% endif
        self._hub = hub
    #% if custom

    @property
    def peer(self) -> Peer:
        """Who it is."""
        return peer_of(self.address)
    #% endif

    def send(self, message: Data) -> None:
        """Send a message, unless the peer was forgotten."""
        if not self.is_open:
            return
        #% if metrics
        self._hub.metrics.sent_messages += 1
        #% endif
        #% if not reliability
        self._hub.transmit(message, self.address)
        #% endif
        #% if reliability_sequence
        self._hub.transmit(self.channel.compose(message), self.address)
        #% endif
        #% if reliability_ack
        now = self._hub.clock()
        if not self.channel.send(message):
            self._hub.drops.count("window full", now)
        self.flush(now)
        #% endif
    #% if reliability_ack

    def flush(self, now: float) -> None:
        """Send what the window allows."""
        for datagram in self.channel.flush(now):
            self._hub.transmit(datagram, self.address)
        self._hub.watch(self)
    #% endif
    #% if broadcast or custom

    def broadcast(self, message: Data) -> None:
        """Send a message to all other known peers."""
        for session in self._hub.others(self):
            session.send(message)
        #% if bus
        self._hub.publish(message)
        #% endif
    #% endif
    #% if custom

    def close(self) -> None:
        """Forget the peer."""
        self._hub.forget(self)
    #% endif
