"""Every message goes back to its sender."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.app import App

if TYPE_CHECKING:
    from server.protocol import Data
    from server.protocol.session import Session


class Echo(App):
    """Sends back what it is sent."""

    def on_message(self, session: Session, message: Data) -> None:
        """Return the message to its sender."""
        session.send(message)
