"""Frames after our Close: only measured, to find the peer's Close (RFC 6455 section 7.1.2)."""

from __future__ import annotations

from server.protocol.frames import (
    CLOSE,
    KEY_SIZE,
    MASKED,
    OPCODE_BITS,
    SHORT,
    extension_size,
    payload_length,
    turned,
    unmask,
)


class Skimmer:
    """Skims frames up to a Close, or up to where nothing can be measured any more."""

    __slots__ = ("_first", "_key", "_left", "_payload", "close", "done")

    def __init__(self, first: int | None, left: int, key: bytes, begun: bytes) -> None:
        """Go on inside of a frame, or between frames if `first` is None."""
        self._first = first
        self._left = left
        self._key = key
        self._payload = begun
        #: Whether there is nothing more to wait for.
        self.done = False
        #: The payload of the peer's Close.
        self.close: bytes | None = None

    def skim(self, data: bytes) -> bytes:
        """Skim `data`; return the begun header at its end."""
        start = 0
        while not self.done:
            if self._first is None:
                payload = self._read_header(data, start)
                if payload == start:
                    return data[start:]
                start = payload
            end = min(start + self._left, len(data))
            self._skip_payload(data[start:end])
            if self._left:
                return b""
            start = end
        return b""

    def _read_header(self, data: bytes, start: int) -> int:
        if len(data) < start + 2:
            return start
        second = data[start + 1]
        end = start + 2 + extension_size(second)
        payload = end + (KEY_SIZE if second & MASKED else 0)
        if len(data) < end:
            return start
        length = payload_length(second, data[start + 2 : end])
        if length >> 63:
            self.done = True
            return payload
        if len(data) < payload:
            return start
        self._first = data[start]
        self._left = length
        self._key = data[end:payload] or bytes(KEY_SIZE)
        return payload

    def _skip_payload(self, payload: bytes) -> None:
        is_close = self._first is not None and self._first & OPCODE_BITS == CLOSE
        if is_close and len(self._payload) < SHORT:
            self._payload += unmask(payload[:SHORT], self._key)
            self._key = turned(self._key, len(payload))
        self._left -= len(payload)
        if self._left == 0:
            self._first = None
            if is_close:
                self.close = self._payload
                self.done = True
