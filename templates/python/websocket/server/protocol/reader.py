"""Frames in: each judged as soon as its bytes are there (RFC 6455 sections 5 and 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from server.protocol import errors
#% if compression
from server.protocol.deflate import Inflater
#% endif
from server.protocol.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    FIN,
    KEY_SIZE,
    LENGTH_BITS,
    MASKED,
    OPCODE_BITS,
    PING,
    PONG,
    #% if compression
    RSV1,
    #% endif
    SHORT,
    TEXT,
    extension_size,
    payload_length,
    turned,
    unmask,
)
from server.protocol.messages import (
    #% if compression
    CompressedMessage,
    #% endif
    Message,
)
from server.protocol.skimmer import Skimmer

if TYPE_CHECKING:
    #% if compression
    from server.protocol.extensions import Parameters
    #% endif
    from server.protocol.frames import Data, Event
    #% if rate_limit
    from server.protocol.rate import RateLimits
    #% endif

_RESERVED_BITS: Final = 0x70
_OPCODES: Final = frozenset((CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG))
#% if compression
# Opcodes 3 to 7 are refused for what they are (RFC 7692 section 6: control frames have no RSV1).
_MAY_HAVE_RSV1: Final = range(TEXT, CLOSE)
#% endif
#% if rate_messages or text_only or binary_only
_FIRST_OPCODES: Final = (TEXT, BINARY)
#% endif
# By the bytes of a length beyond the second: what fits in fewer.
_LEAST_LENGTHS: Final = {0: 0, 2: SHORT + 1, 8: 1 << 16}
_MAX_LENGTH: Final = (1 << 63) - 1
#% if text_only or binary_only
# The kind of message that the app takes, and what is told to a peer that sends the other.
_TAKEN: Final = {
    #% if text_only
    TEXT: "text messages only",
    #% endif
    #% if binary_only
    BINARY: "binary messages only",
    #% endif
}
#% endif


class Reader:
    """Reads the frames of a connection."""

    def __init__(
        self,
        max_message: int,
        #% if compression
        extension: Parameters | None,
        #% endif
        #% if rate_limit
        limits: RateLimits,
        #% endif
    ) -> None:
        """Read messages of at most `max_message` bytes."""
        self._max_message = max_message
        #: How many bytes of the payload being read are to come.
        self.left = 0
        # The rest of its frame: the first byte (None between frames), the masking key turned to
        # the bytes to come, and what came of a control frame.
        self._first: int | None = None
        self._key = b""
        self._control = b""
        # Whether the begun header at the next byte is judged already, all but for its key.
        self._judged = False
        self._message: Message | None = None
        #% if compression
        self._extension = extension
        #% endif
        #% if compression and client_takeover
        self._inflater: Inflater | None = None
        #% endif
        #% if rate_limit
        self.limits = limits
        #% endif

    @property
    def idle(self) -> bool:
        """Whether no frame and no message is begun."""
        return self._first is None and self._message is None and not self._judged

    def read(self, data: bytes, start: int) -> tuple[int, Event | None]:
        """Take at most one frame from `start` on; return where it ends and what it completed.

        A header that is not yet whole is left for the next time: it ends where it starts.
        """
        if self._first is None:
            payload = self._read_header(data, start)
            if payload == start:
                return start, None
            start = payload
        end = min(start + self.left, len(data))
        return end, self._read_payload(data[start:end])

    def read_middle(self, payload: memoryview) -> None:
        """Take bytes from the middle of a payload, without the copy that `read` makes."""
        self._read_payload(payload)

    def skimmer(self) -> Skimmer:
        """Return what only measures the frames from here on."""
        return Skimmer(self._first, self.left, self._key, self._control)

    def _read_header(self, data: bytes, start: int) -> int:
        """Judge the header at `start` as far as it goes; return its end, or `start` if cut off."""
        if len(data) < start + 2:
            return start
        first, second = data[start], data[start + 1]
        if not self._judged:
            self._judge_start(first, second)
        end = start + 2 + extension_size(second)
        if len(data) < end:
            return start
        length = payload_length(second, data[start + 2 : end])
        if not self._judged:
            self._judge_length(first, second, length)
            #% if rate_messages
            if first & OPCODE_BITS in _FIRST_OPCODES:
                self.limits.take_message()
            #% endif
            #% if rate_bytes
            self.limits.take_bytes(length)
            #% endif
            self._judged = True
        if len(data) < end + KEY_SIZE:
            return start
        self._begin(first, length, data[end : end + KEY_SIZE])
        return end + KEY_SIZE

    def _judge_start(self, first: int, second: int) -> None:
        """Judge the first two bytes of a frame (RFC 6455 5.2, 5.4 and 5.5)."""
        opcode = first & OPCODE_BITS
        if self._reserved_bits(first):
            raise errors.broken_rule("reserved bit set")
        if opcode not in _OPCODES:
            raise errors.broken_rule("reserved opcode")
        if opcode >= CLOSE:
            _judge_control(first, second)
        elif opcode == CONTINUATION and self._message is None:
            raise errors.broken_rule("unexpected continuation frame")
        elif opcode != CONTINUATION and self._message is not None:
            raise errors.broken_rule("continuation frame expected")
        if not second & MASKED:
            raise errors.broken_rule("frame not masked")
        #% if text_only or binary_only
        if opcode in _FIRST_OPCODES and opcode not in _TAKEN:
            raise errors.unwanted_kind(*_TAKEN.values())
        #% endif

    def _reserved_bits(self, first: int) -> int:
        """Return those reserved bits of a first byte that mean nothing in it."""
        #% if compression
        if self._extension is not None and first & OPCODE_BITS in _MAY_HAVE_RSV1:
            return first & _RESERVED_BITS & ~RSV1
        #% endif
        return first & _RESERVED_BITS

    def _judge_length(self, first: int, second: int, length: int) -> None:
        """Judge a frame by its length (RFC 6455 5.2) and the limit."""
        if length < _LEAST_LENGTHS[extension_size(second)]:
            raise errors.broken_rule("length not minimal")
        if length > _MAX_LENGTH:
            raise errors.broken_rule("length out of range")
        if first & OPCODE_BITS < CLOSE:
            received = 0 if self._message is None else self._message.received
            if received + length > self._max_message:
                raise errors.too_big()

    def _begin(self, first: int, length: int, key: bytes) -> None:
        """Begin the payload of a frame, and the message that it begins."""
        self._judged = False
        self._first = first
        self.left = length
        self._key = key
        if first & OPCODE_BITS >= CLOSE:
            return
        if self._message is None:
            self._message = self._begin_message(first)
        self._message.received += length

    def _begin_message(self, first: int) -> Message:
        opcode = first & OPCODE_BITS
        #% if compression
        if first & RSV1:
            return CompressedMessage(opcode, self._open_inflater(), self._max_message)
        #% endif
        return Message(opcode)
    #% if compression

    def _open_inflater(self) -> Inflater:
        #% if client_takeover
        if self._extension is not None and not self._extension.client_no_context_takeover:
            self._inflater = self._inflater or Inflater()
            return self._inflater
        #% endif
        return Inflater()
    #% endif

    def _read_payload(self, payload: bytes | memoryview) -> Event | None:
        """Judge what came of a frame's payload; return what it completed."""
        first, key, message = self._first or 0, self._key, self._message
        self.left -= len(payload)
        if self.left:
            self._key = turned(key, len(payload))
        else:
            self._first = None
        if first & OPCODE_BITS >= CLOSE:
            return self._read_control(first & OPCODE_BITS, unmask(payload, key))
        if message is None:
            return None
        if payload:
            message.add(payload, key)
        if self.left or not first & FIN:
            return None
        self._message = None
        return message.kind, message.finish()

    def _read_control(self, opcode: int, payload: Data) -> Event | None:
        self._control += payload
        if self.left:
            return None
        payload, self._control = self._control, b""
        return opcode, payload


def _judge_control(first: int, second: int) -> None:
    """Judge the first two bytes of a control frame (RFC 6455 5.5)."""
    if not first & FIN:
        raise errors.broken_rule("fragmented control frame")
    if second & LENGTH_BITS > SHORT:
        raise errors.broken_rule("control frame too long")
