"""permessage-deflate: the payload of compressed messages (RFC 7692 section 7.2)."""

from __future__ import annotations

import zlib
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol

from server import config
from server.protocol.errors import invalid_deflate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.protocol.extensions import Parameters
    from server.protocol.frames import Data

_WINDOW: Final = 32_768
# What one step may inflate to: it bounds the memory that a small frame can claim at once.
_STEP: Final = 65_536
# The end of a flushed block, which goes without saying (RFC 7692 section 7.2.1).
_TAIL: Final = b"\x00\x00\xff\xff"
_EMPTY_FINAL_BLOCK: Final = b"\x01\x00\x00\xff\xff"
_EMPTY_MESSAGE: Final = b"\x00"
# zlib cannot deflate with a window of 256 bytes (RFC 7692 section 7.1.2.1 allows to ask for it).
_UNUSABLE_WINDOW: Final = 8


class _Compressor(Protocol):
    """What `zlib.compressobj` returns."""

    def compress(self, data: Data, /) -> bytes: ...

    def flush(self, mode: int, /) -> bytes: ...


class Deflater:
    """Deflates one message after the other; it holds no memory before the first."""

    __slots__ = ("_flush", "_stream", "_window_bits")

    def __init__(self, window_bits: int, flush: int) -> None:
        """Deflate with a window of 2**`window_bits` bytes and end each message with `flush`."""
        self._window_bits = window_bits
        self._flush = flush
        self._stream: _Compressor | None = None

    def deflate(self, message: Data) -> bytes:
        """Return the payload of a compressed message."""
        if not message:
            return _EMPTY_MESSAGE
        if self._stream is None:
            self._stream = self._open()
        return (self._stream.compress(message) + self._stream.flush(self._flush))[: -len(_TAIL)]

    def _open(self) -> _Compressor:
        return zlib.compressobj(
            config.COMPRESSION_LEVEL, zlib.DEFLATED, -self._window_bits, config.MEMORY_LEVEL
        )


@cache
def _shared_deflater(window_bits: int) -> Deflater:
    # A full flush forgets what came before, as cheaply as zlib can: one stream serves them all.
    return Deflater(window_bits, zlib.Z_FULL_FLUSH)


def open_deflater(parameters: Parameters) -> Deflater | None:
    """Return what deflates for a connection; None if nothing can within its window."""
    bits = parameters.server_max_window_bits
    if bits == _UNUSABLE_WINDOW:
        return None
    #% if server_takeover
    if not parameters.server_no_context_takeover:
        return Deflater(bits, zlib.Z_SYNC_FLUSH)
    #% endif
    return _shared_deflater(bits)


class Inflater:
    """Inflates compressed messages, each piece as it arrives."""

    __slots__ = ("_stream", "_window")

    def __init__(self) -> None:
        """Begin without context."""
        self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        self._window = bytearray()

    def inflate(self, data: Data) -> Iterator[bytes]:
        """Yield what `data` inflates to, in pieces that need not all be asked for."""
        more = True
        while data or more:
            before = self._stream.copy()
            try:
                piece = self._stream.decompress(data, _STEP)
            except zlib.error:
                # What came out before the error is judged first; zlib hands it out in small bites.
                with suppress(zlib.error):
                    for byte in data:
                        yield before.decompress(bytes((byte,)))
                raise invalid_deflate() from None
            more = len(piece) == _STEP
            self._remember(piece)
            yield piece
            data = self._stream.unconsumed_tail
            if self._stream.eof:
                # The final block may be followed by others (RFC 7692 section 7.2.3.5).
                data = self._stream.unused_data
                self._stream = zlib.decompressobj(-zlib.MAX_WBITS, zdict=self._window)

    def finish(self) -> Iterator[bytes]:
        """Yield what the end of a message brings forth; fail if it is not whole."""
        yield from self.inflate(_TAIL)
        # Only between blocks, on a byte's boundary, does a final block just end the stream.
        probe = self._stream.copy()
        try:
            probe.decompress(_EMPTY_FINAL_BLOCK)
        except zlib.error:
            raise invalid_deflate() from None
        if not probe.eof or probe.unused_data:
            raise invalid_deflate()

    def _remember(self, piece: bytes) -> None:
        self._window += piece
        if len(self._window) > 2 * _WINDOW:
            del self._window[:-_WINDOW]
