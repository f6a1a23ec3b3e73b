"""The first message of a TLS client, as far as application protocols go (RFC 8446 section 4.1.2).

Python's ssl serves a client that offers none of the server's protocols as if it had offered
nothing; RFC 7301 section 3.2 wants an alert.
"""

from __future__ import annotations

from typing import Final

# Clients send a few hundred bytes; what is longer than this is left to OpenSSL.
_LONGEST: Final = 65_536
_HANDSHAKE_RECORD: Final = 22
_CLIENT_HELLO: Final = 1
_HELLO_HEAD: Final = 4
_VERSION_AND_RANDOM: Final = 34
_ALPN: Final = 16


def offered_protocols(data: bytes | bytearray) -> list[bytes] | None:
    """Return the protocols that a client offers; None if its first message is not complete.

    Whether it is right otherwise is for OpenSSL to judge: what makes no sense offers nothing.
    """
    if len(data) > _LONGEST:
        return []
    try:
        hello = _message(_Parser(bytes(data)))
    except EOFError:
        return None
    try:
        return _protocols(_Parser(hello))
    except EOFError:
        return []


class _Parser:
    """Takes bytes apart from the front; raises EOFError when there are too few."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise EOFError
        self._at += count
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> bytes:
        """Take what follows its own length."""
        return self.take(self.number(size))


def _message(records: _Parser) -> bytes:
    """Return the body of a ClientHello, which may lie in several records; else nothing."""
    message = b""
    while len(message) < _HELLO_HEAD or len(message) < _HELLO_HEAD + _length(message):
        if records.number(1) != _HANDSHAKE_RECORD:
            return b""
        records.take(2)
        message += records.vector(2)
    return message[_HELLO_HEAD:] if message[0] == _CLIENT_HELLO else b""


def _length(message: bytes) -> int:
    return int.from_bytes(message[1:_HELLO_HEAD], "big")


def _protocols(hello: _Parser) -> list[bytes]:
    hello.take(_VERSION_AND_RANDOM)
    hello.vector(1)  # session
    hello.vector(2)  # cipher suites
    hello.vector(1)  # compression methods
    extensions = _Parser(hello.vector(2))
    while extensions:
        kind, content = extensions.number(2), extensions.vector(2)
        if kind == _ALPN:
            names = _Parser(_Parser(content).vector(2))
            offered: list[bytes] = []
            while names:
                offered.append(names.vector(1))
            return offered
    return []
