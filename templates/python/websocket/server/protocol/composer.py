"""Messages out: compressed, cut and framed (RFC 6455 section 5, RFC 7692 section 7.2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

#% if compression or fragment_size
from server import config
#% endif
#% if compression
from server.protocol.deflate import open_deflater
#% endif
from server.protocol.frames import (
    FIN,
    #% if compression
    RSV1,
    #% endif
    SHORT,
    #% if fragment_size
    fragments,
    #% endif
    header,
)

if TYPE_CHECKING:
    #% if compression
    from server.protocol.extensions import Parameters
    #% endif
    from server.protocol.frames import Data


class Composer:
    """Composes the messages of a connection."""

    #% if compression
    def __init__(self, extension: Parameters | None = None) -> None:
        """Compress as agreed in the handshake."""
        self._deflater = open_deflater(extension) if extension is not None else None

    #% endif
    @property
    def plain_length(self) -> int:
        """Up to which length every message goes out as it is, in one frame; -1 if none does."""
        #% if compression
        if self._deflater is not None and config.COMPRESSION_THRESHOLD <= SHORT:
            return -1
        #% endif
        #% if fragment_size
        if config.FRAGMENT_BYTES < SHORT:
            return -1
        #% endif
        return SHORT

    def compose(self, opcode: int, payload: Data) -> list[Data]:
        """Return the frames of a message, in pieces."""
        first = opcode
        #% if compression
        if self._deflater is not None and len(payload) >= config.COMPRESSION_THRESHOLD:
            first |= RSV1
            payload = self._deflater.deflate(payload)
        #% endif
        #% if fragment_size
        if len(payload) > config.FRAGMENT_BYTES:
            return fragments(first, payload, config.FRAGMENT_BYTES)
        #% endif
        return [header(FIN | first, len(payload)), payload]
