"""The user's handlers, and the connections as they see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from server.app import App

if TYPE_CHECKING:
    from server.protocol import Data
    from server.protocol.session import Session


class Connection:
    """A connection, for handlers."""

    __slots__ = ("_session", "data")

    def __init__(self, session: Session) -> None:
        """Stand for a session."""
        self._session = session
        #: Whatever the handlers want to keep with the connection.
        self.data: object = None

    @property
    def peer(self) -> str:
        """The peer's address and port."""
        return self._session.peer.name

    def send(self, message: bytes) -> None:
        """Send a message; nothing is sent once the connection is closing."""
        self._session.send(message)

    def broadcast(self, message: bytes) -> None:
        """Send a message to all other open connections."""
        self._session.broadcast(message)

    def close(self) -> None:
        """Close the connection when all is sent."""
        self._session.close()


class Handlers(Protocol):
    """What `server.handlers` defines."""

    def on_open(self, conn: Connection) -> None:
        """Greet a connection."""

    def on_message(self, conn: Connection, message: bytes) -> None:
        """Handle a message."""

    def on_close(self, conn: Connection) -> None:
        """Take leave of a connection."""


class Custom(App):
    """Calls the handlers."""

    def __init__(self, handlers: Handlers) -> None:
        """Call these handlers."""
        self._handlers = handlers
        self._connections: dict[Session, Connection] = {}

    def on_open(self, session: Session) -> None:
        """Greet a connection."""
        connection = self._connections[session] = Connection(session)
        self._handlers.on_open(connection)

    def on_message(self, session: Session, message: Data) -> None:
        """Hand on a message."""
        self._handlers.on_message(self._connections[session], bytes(message))

    def on_close(self, session: Session) -> None:
        """Take leave of a connection."""
        self._handlers.on_close(self._connections.pop(session))
