"""The application: what is done with messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.protocol import Data
    from server.protocol.session import Session


class App:
    """What is called for the connections of a server; an exception closes one."""

    def on_open(self, session: Session) -> None:
        """Greet a connection."""

    def on_message(self, session: Session, message: Data) -> None:
        """Handle a message."""

    def on_close(self, session: Session) -> None:
        """Take leave of a connection."""
