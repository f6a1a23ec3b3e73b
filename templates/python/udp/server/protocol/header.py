"""The header in front of each datagram; all its numbers are big-endian."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

DATA: Final = 0
#% if reliability_ack
ACKNOWLEDGEMENT: Final = 1
#% endif

#: Sequence numbers are counted modulo this, and compared as RFC 1982 says.
MODULUS: Final = 1 << 32

_HEADER: Final = struct.Struct("!BBHI")
SIZE: Final = _HEADER.size
#% if reliability_ack
#: Why a datagram is dropped without an acknowledgement.
BEYOND_WINDOW: Final = "beyond window"
_BITS: Final = struct.Struct("!Q")
#% endif


class Header(NamedTuple):
    """What a datagram says of itself."""

    kind: int
    reserved: int
    session: int
    number: int


def parse(datagram: bytes) -> Header | None:
    """Return the header of a datagram; None if it has none that is known."""
    if len(datagram) < SIZE:
        return None
    header = Header(*_HEADER.unpack_from(datagram))
    #% if reliability_ack
    if header.kind == ACKNOWLEDGEMENT and len(datagram) != SIZE + _BITS.size:
        return None
    known = header.kind in {DATA, ACKNOWLEDGEMENT}
    #% endif
    #% if reliability_sequence
    known = header.kind == DATA
    #% endif
    return header if known and not header.reserved else None


def data(session: int, number: int, payload: bytes | bytearray) -> bytes:
    """Return a datagram with a payload."""
    return _HEADER.pack(DATA, 0, session, number) + payload
#% if reliability_ack


def acknowledgement(session: int, expected: int, received: int) -> bytes:
    """Return an acknowledgement: of all before `expected`, and of the set bits from there on."""
    return _HEADER.pack(ACKNOWLEDGEMENT, 0, session, expected) + _BITS.pack(received)


def received_bits(datagram: bytes) -> int:
    """Return the bit map of an acknowledgement."""
    bits: int = _BITS.unpack_from(datagram, SIZE)[0]
    return bits
#% endif
