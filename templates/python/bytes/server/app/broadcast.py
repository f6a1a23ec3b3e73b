"""Every message goes to everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.app import App

if TYPE_CHECKING:
    from server.protocol import Data
    from server.protocol.session import Session


class Broadcast(App):
    """Hands on what it is sent."""

    def on_message(self, session: Session, message: Data) -> None:
        """Send the message to all others."""
        session.broadcast(message)
