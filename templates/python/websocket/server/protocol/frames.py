"""Frames: opcodes, headers and masking (RFC 6455 section 5)."""

from __future__ import annotations

from typing import Final, Union

Data = Union[bytes, bytearray]
#: An opcode and its payload: a whole message or a control frame.
Event = tuple[int, Data]

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

FIN: Final = 0x80
#% if compression
RSV1: Final = 0x40
#% endif
MASKED: Final = 0x80
KEY_SIZE: Final = 4
OPCODE_BITS: Final = 0x0F
LENGTH_BITS: Final = 0x7F
#: A length of 126 announces one of 16 bits, 127 one of 64 bits.
LENGTH_OF_16_BITS: Final = 126

#: The longest payload that the second byte of a header can announce.
SHORT: Final = 125

#: Headers of whole short messages: SHORT_HEADERS[opcode][length].
SHORT_HEADERS: Final = {
    opcode: tuple(bytes((FIN | opcode, length)) for length in range(SHORT + 1))
    for opcode in (TEXT, BINARY)
}

# Multiplied by a key (little-endian), REPEATED[length] gives it over and over, cut by ONES[length].
_REPEATED: Final = tuple(
    int.from_bytes((b"\1\0\0\0" * 32)[:length], "little") for length in range(SHORT + 1)
)
_ONES: Final = tuple((1 << 8 * length) - 1 for length in range(SHORT + 1))

#: Tables for `bytes.translate` that exclusive-or each byte with one of the masking key.
_XOR: Final = tuple(bytes(value ^ key for value in range(256)) for key in range(256))


def header(first: int, length: int) -> bytes:
    """Return the shortest header of an unmasked frame; `first` is its first byte."""
    if length <= SHORT:
        return bytes((first, length))
    if length <= 0xFFFF:
        return bytes((first, LENGTH_OF_16_BITS)) + length.to_bytes(2, "big")
    return bytes((first, 127)) + length.to_bytes(8, "big")


def extension_size(second: int) -> int:
    """Return how many bytes of length follow the second byte of a header."""
    length = second & LENGTH_BITS
    if length <= SHORT:
        return 0
    return 2 if length == LENGTH_OF_16_BITS else 8


def payload_length(second: int, extension: bytes) -> int:
    """Return the length that the second byte of a header and its extension announce."""
    return int.from_bytes(extension, "big") if extension else second & LENGTH_BITS


def control(opcode: int, payload: Data) -> bytes:
    """Return a whole control frame."""
    return header(FIN | opcode, len(payload)) + payload


#% if fragment_size
def fragments(first: int, payload: Data, size: int) -> list[Data]:
    """Return the frames of a message in fragments of at most `size` bytes (RFC 6455 5.4)."""
    parts: list[Data] = []
    for start in range(0, len(payload), size):
        piece = payload[start : start + size]
        fin = FIN if start + size >= len(payload) else 0
        parts += (header(first | fin, len(piece)), piece)
        first = CONTINUATION
    return parts


#% endif
def unmask_short(payload: bytes | memoryview, key: bytes) -> bytes:
    """Return at most 125 unmasked bytes: one exclusive or of two integers."""
    length = len(payload)
    mask = int.from_bytes(key, "little") * _REPEATED[length] & _ONES[length]
    return (int.from_bytes(payload, "little") ^ mask).to_bytes(length, "little")


def unmask_from(data: bytearray, start: int, key: bytes) -> None:
    """Unmask `data` in place from `start` on, where `key` begins.

    One table look-up a byte in four strided passes beats integers as soon as these leave the cache.
    """
    for lane, byte in enumerate(key):
        place = slice(start + lane, None, 4)
        data[place] = data[place].translate(_XOR[byte])


def turned(key: bytes, count: int) -> bytes:
    """Return the key as it goes on after `count` bytes."""
    start = count % KEY_SIZE
    return key[start:] + key[:start]


def append_unmasked(data: bytearray, payload: bytes | memoryview, key: bytes) -> None:
    """Append the payload to `data`, unmasked."""
    if len(payload) <= SHORT:
        data += unmask_short(payload, key)
    else:
        start = len(data)
        data += payload
        unmask_from(data, start, key)


def unmask(payload: bytes | memoryview, key: bytes) -> Data:
    """Return the payload unmasked."""
    if len(payload) <= SHORT:
        return unmask_short(payload, key)
    data = bytearray(payload)
    unmask_from(data, 0, key)
    return data
