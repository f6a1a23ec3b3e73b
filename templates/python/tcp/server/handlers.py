"""Your handlers: this file is yours and is never written again.

All three are called on the event loop and must not block; they may start asyncio tasks. An
exception closes the connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.app.custom import Connection


class Handlers:
    """One object serves all connections; keep what belongs to one in `conn.data`."""

    def on_open(self, conn: Connection) -> None:
        """Greet a connection: `conn.peer` is its address."""

    def on_message(self, conn: Connection, message: bytes) -> None:
        """Handle a message."""
        conn.send(message)  # also: conn.broadcast(message), conn.close()

    def on_close(self, conn: Connection) -> None:
        """Take leave: nothing can be sent any more."""
