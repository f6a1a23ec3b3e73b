"""The application: what is done with messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.protocol.frames import Data
    from server.protocol.session import Session


class App:
    """What is called for the connections of a server; an exception closes one with 1011."""

    def on_open(self, session: Session) -> None:
        """Greet a connection."""

    def on_message(self, session: Session, opcode: int, payload: Data) -> None:
        """Handle a message; `opcode` tells text from binary."""

    def on_close(self, session: Session, code: int, reason: str) -> None:
        """Take leave of a connection, with the peer's close code, ours on failure, or 1006."""
