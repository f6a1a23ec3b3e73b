"""Your handlers: this file is yours and is never written again.

All three are called on the event loop and must not block; they may start asyncio tasks. An
exception closes the connection with 1011.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.app.custom import Connection, Message


class Handlers:
    """One object serves all connections; keep what belongs to one in `conn.data`."""

    def on_open(self, conn: Connection) -> None:
        """Greet a connection: `conn.peer` is its address."""

    def on_message(self, conn: Connection, message: Message) -> None:
        """Handle a message: a `str` if it was text, `bytes` if it was binary."""
        conn.send(message)  # also: conn.broadcast(message), conn.close(code, reason)

    def on_close(self, conn: Connection, code: int, reason: str) -> None:
        """Take leave: the code and reason are the peer's, or 1006 if it went without."""
