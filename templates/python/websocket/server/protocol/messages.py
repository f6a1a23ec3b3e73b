"""Messages that arrive in pieces: long ones, fragmented ones, compressed ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

#% if compression or validate_utf8
from server.protocol import errors
#% endif
from server.protocol.frames import (
    #% if validate_utf8
    TEXT,
    #% endif
    append_unmasked,
    #% if compression
    unmask,
    #% endif
)
#% if validate_utf8
from server.protocol.utf8 import check_utf8_part
#% endif

if TYPE_CHECKING:
    #% if compression
    from server.protocol.deflate import Inflater
    #% endif
    from server.protocol.frames import Data


class Message:
    """A message that has begun."""

    __slots__ = (
        #% if validate_utf8
        "_character",
        #% endif
        "data",
        "kind",
        "received",
    )

    def __init__(self, kind: int) -> None:
        """Begin a message of the opcode `kind`."""
        self.kind = kind
        #: The payload bytes announced so far, compressed as they may be.
        self.received = 0
        self.data = bytearray()
        #% if validate_utf8
        self._character = b""
        #% endif

    def add(self, payload: bytes | memoryview, key: bytes) -> None:
        """Take what came of a frame's payload; `key` begins at its first byte."""
        #% if validate_utf8
        start = len(self.data)
        #% endif
        append_unmasked(self.data, payload, key)
        #% if validate_utf8
        self._judge(start)
        #% endif

    def finish(self) -> Data:
        """Return the whole message."""
        #% if validate_utf8
        if self._character:
            raise errors.invalid_utf8()
        #% endif
        return self.data
    #% if validate_utf8

    def _judge(self, start: int) -> None:
        if self.kind == TEXT:
            self._character = check_utf8_part(self._character + self.data[start:])
    #% endif
#% if compression


class CompressedMessage(Message):
    """A compressed message that has begun."""

    __slots__ = ("_inflater", "_limit")

    def __init__(self, kind: int, inflater: Inflater, limit: int) -> None:
        """Begin a message that may inflate to `limit` bytes."""
        super().__init__(kind)
        self._inflater = inflater
        self._limit = limit

    def add(self, payload: bytes | memoryview, key: bytes) -> None:
        """Take what came of a frame's payload; `key` begins at its first byte."""
        for piece in self._inflater.inflate(unmask(payload, key)):
            self._append(piece)

    def finish(self) -> Data:
        """Return the whole message."""
        for piece in self._inflater.finish():
            self._append(piece)
        return super().finish()

    def _append(self, piece: bytes) -> None:
        start = len(self.data)
        room = self._limit - start
        self.data += piece[:room]
        #% if validate_utf8
        self._judge(start)
        #% endif
        if len(piece) > room:
            raise errors.too_big()
#% endif
