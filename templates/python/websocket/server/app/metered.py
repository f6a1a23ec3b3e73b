"""The application, with what it does counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.app import App

if TYPE_CHECKING:
    from server.protocol.frames import Data
    from server.protocol.hub import Hub
    from server.protocol.session import Session


class Metered(App):
    """Counts what goes through it to another app."""

    def __init__(self, app: App, hub: Hub) -> None:
        """Stand before `app`."""
        self._app = app
        self._hub = hub

    def on_open(self, session: Session) -> None:
        """Greet a connection."""
        self._hub.metrics.handshakes.observe(self._hub.clock() - session.began)
        self._app.on_open(session)

    def on_message(self, session: Session, opcode: int, payload: Data) -> None:
        """Handle a message."""
        metrics = self._hub.metrics
        metrics.received_messages += 1
        self._app.on_message(session, opcode, payload)
        metrics.messages.observe(self._hub.clock() - session.heard)

    def on_close(self, session: Session, code: int, reason: str) -> None:
        """Take leave of a connection."""
        self._hub.metrics.closed_by_code[code] += 1
        self._app.on_close(session, code, reason)
