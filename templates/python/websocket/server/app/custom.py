"""The user's handlers, and the connections as they see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Union

from server.app import App
from server.protocol.closing import is_sendable
from server.protocol.frames import BINARY, TEXT

if TYPE_CHECKING:
    from server.protocol.frames import Data
    from server.protocol.session import Session

Message = Union[str, bytes]


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

    #% if subprotocols
    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that was agreed on."""
        return self._session.subprotocol

    #% endif
    def send(self, message: Message) -> None:
        """Send text or bytes; nothing is sent once the connection is closing."""
        self._session.send(*_encoded(message))

    def broadcast(self, message: Message) -> None:
        """Send text or bytes to all other open connections."""
        self._session.broadcast(*_encoded(message))

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close with a code of 1000 to 1014 or 3000 to 4999 and a reason of up to 123 bytes."""
        if not is_sendable(code):
            message = f"no close code: {code}"
            raise ValueError(message)
        self._session.close(code, reason)


class Handlers(Protocol):
    """What `server.handlers` defines."""

    def on_open(self, conn: Connection) -> None:
        """Greet a connection."""

    def on_message(self, conn: Connection, message: Message) -> None:
        """Handle a message."""

    def on_close(self, conn: Connection, code: int, reason: str) -> None:
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

    def on_message(self, session: Session, opcode: int, payload: Data) -> None:
        """Hand on a message as text or bytes."""
        message = _decoded(payload) if opcode == TEXT else bytes(payload)
        self._handlers.on_message(self._connections[session], message)

    def on_close(self, session: Session, code: int, reason: str) -> None:
        """Take leave of a connection."""
        self._handlers.on_close(self._connections.pop(session), code, reason)


def _encoded(message: Message) -> tuple[int, bytes]:
    if not isinstance(message, str):
        return BINARY, message
    #% if validate_utf8
    return TEXT, message.encode()
    #% endif
    #% if not validate_utf8
    return TEXT, message.encode(errors="surrogateescape")
    #% endif


def _decoded(payload: Data) -> str:
    #% if validate_utf8
    return payload.decode()
    #% endif
    #% if not validate_utf8
    # Nobody has checked the text: what is not UTF-8 goes through the handlers as it is.
    return payload.decode(errors="surrogateescape")
    #% endif
