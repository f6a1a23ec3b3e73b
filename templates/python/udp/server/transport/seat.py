"""Broadcasts between workers: each reads a socket of its own, which all others write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server import config

if TYPE_CHECKING:
    import socket

    from server.protocol import Data
    from server.protocol.hub import Hub


class Seat:
    """A worker's place on the bus."""

    def __init__(self, hub: Hub) -> None:
        """Exchange broadcasts with the other workers from now on."""
        self._hub = hub
        self._inbox = hub.bus.inbox(hub.census.worker)
        self._outboxes = hub.bus.outboxes(hub.census.worker)
        hub.publish = self._publish

    def fileno(self) -> int:
        """Return what to wait for."""
        return self._inbox.fileno()

    def read(self) -> None:
        """Hand on what has come, up to one batch."""
        for _ in range(config.BATCH):
            try:
                message = self._inbox.recv(config.READ_SIZE)
            except BlockingIOError:
                break
            self._hub.deliver(message)

    def _publish(self, message: Data) -> None:
        """Have the other workers send a message to all their peers."""
        for outbox in self._outboxes:
            self._send(outbox, message)

    def _send(self, outbox: socket.socket, message: Data) -> None:
        try:
            outbox.send(message)
        except OSError:
            # The other is too busy, or gone; a datagram is not waited for.
            self._hub.drops.count("not sent", self._hub.clock())
