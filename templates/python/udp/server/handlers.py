"""Your handlers: this file is yours and is never written again.

All three are called on the event loop and must not block; they may start asyncio tasks. An
exception makes the server forget the peer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.app.custom import Connection


class Handlers:
    """One object serves all peers; keep what belongs to one in `conn.data`."""

    def on_open(self, conn: Connection) -> None:
        """Meet a peer, before its first message: `conn.peer` is its address."""

    def on_message(self, conn: Connection, message: bytes) -> None:
        """Handle a datagram."""
        conn.send(message)  # also: conn.broadcast(message), conn.close()

    def on_close(self, conn: Connection) -> None:
        """Take leave: the peer was silent for long, or is forgotten for another reason."""
