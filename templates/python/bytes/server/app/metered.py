"""The application, with what it does counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.app import App

if TYPE_CHECKING:
    from server.protocol import Data
    from server.protocol.hub import Hub
    from server.protocol.session import Session


class Metered(App):
    """Counts what goes through it to another app."""

    def __init__(self, app: App, hub: Hub) -> None:
        """Stand before `app`."""
        self._app = app
        self._hub = hub

    #% if not udp or custom
    def on_open(self, session: Session) -> None:
        """Greet a connection."""
        #% if not udp
        self._hub.metrics.accepted += 1
        #% endif
        self._app.on_open(session)

    #% endif
    def on_message(self, session: Session, message: Data) -> None:
        """Handle a message."""
        metrics = self._hub.metrics
        metrics.received_messages += 1
        self._app.on_message(session, message)
        metrics.messages.observe(self._hub.clock() - session.heard)
    #% if not udp or custom

    def on_close(self, session: Session) -> None:
        """Take leave of a connection."""
        #% if not udp
        self._hub.metrics.closed += 1
        #% endif
        self._app.on_close(session)
    #% endif
