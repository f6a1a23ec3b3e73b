"""Sequence numbers: what comes twice or too late is recognized."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from server.protocol.header import MODULUS, data

if TYPE_CHECKING:
    from server.protocol import Data
    from server.protocol.header import Header

_WINDOW: Final = 64
_WINDOW_BITS: Final = (1 << _WINDOW) - 1


class Channel:
    """The numbers of one peer, and ours for it."""

    __slots__ = ("_highest", "_next", "_peer_session", "_received", "_session")

    def __init__(self) -> None:
        """Begin a session of ours."""
        self._session = secrets.randbelow(1 << 16)
        self._next = 0
        # The peer's session, none at first; the highest number in it that came, and a bit map of
        # those that came, whose least significant bit stands for the highest.
        self._peer_session = -1
        self._highest = 0
        self._received = 0

    def compose(self, payload: Data) -> bytes:
        """Return the next datagram."""
        number, self._next = self._next, (self._next + 1) % MODULUS
        return data(self._session, number, payload)

    def judge(self, header: Header) -> str | None:
        """Note a datagram; return why it is to be dropped, if so."""
        if header.session != self._peer_session:
            self._peer_session = header.session
            self._highest = header.number
            self._received = 1
            return None
        ahead = (header.number - self._highest) % MODULUS
        if 0 < ahead < MODULUS // 2:
            self._highest = header.number
            self._received = (self._received << min(ahead, _WINDOW) | 1) & _WINDOW_BITS
            return None
        behind = -ahead % MODULUS
        if behind >= _WINDOW:
            return "late"
        if self._received >> behind & 1:
            return "duplicate"
        self._received |= 1 << behind
        return None
