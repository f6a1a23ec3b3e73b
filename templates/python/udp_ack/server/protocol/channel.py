"""Acknowledgements: what is not acknowledged is sent again."""

from __future__ import annotations

import math
import secrets
from collections import deque
from typing import TYPE_CHECKING, Final

from server.protocol.header import BEYOND_WINDOW, MODULUS, acknowledgement, data

if TYPE_CHECKING:
    from server.protocol import Data
    from server.protocol.header import Header

_WINDOW: Final = 64
_MAX_WAITING: Final = 192
_FIRST_WAIT: Final = 0.2
_LONGEST_WAIT: Final = 5.0
_MAX_SENDINGS: Final = 8


class _Sent:
    """A datagram that was sent and is not acknowledged."""

    __slots__ = ("datagram", "due", "sendings", "wait")

    def __init__(self, datagram: bytes, now: float) -> None:
        self.datagram = datagram
        self.sendings = 1
        self.wait = _FIRST_WAIT
        self.due = now + _FIRST_WAIT


class Channel:
    """The numbers of one peer, and ours for it."""

    __slots__ = (
        "_expected",
        "_next",
        "_oldest",
        "_peer_session",
        "_received",
        "_sent",
        "_session",
        "_waiting",
        "deadline",
    )

    def __init__(self) -> None:
        """Begin a session of ours."""
        #: When `tick` is to be called.
        self.deadline = math.inf
        self._session = secrets.randbelow(1 << 16)
        # Our numbers: of the oldest datagram that is not acknowledged, and of the next one.
        self._oldest = 0
        self._next = 0
        self._sent: dict[int, _Sent] = {}
        self._waiting: deque[Data] = deque()
        # The peer's session, none at first; the number in it that is expected next, and a bit map
        # of those that came, whose least significant bit stands for the expected one.
        self._peer_session = -1
        self._expected = 0
        self._received = 0

    def judge(self, header: Header) -> str | None:
        """Note a datagram with data; return why it is to be dropped, if so."""
        if header.session != self._peer_session:
            self._peer_session = header.session
            self._expected = 0
            self._received = 0
        ahead = (header.number - self._expected) % MODULUS
        if ahead >= MODULUS // 2:
            return "duplicate"
        if ahead >= _WINDOW:
            return BEYOND_WINDOW
        if self._received >> ahead & 1:
            return "duplicate"
        self._received |= 1 << ahead
        while self._received & 1:
            self._received >>= 1
            self._expected = (self._expected + 1) % MODULUS
        return None

    def acknowledgement(self) -> bytes:
        """Return the datagram that says what came."""
        return acknowledgement(self._peer_session, self._expected, self._received)

    def send(self, payload: Data) -> bool:
        """Have a payload sent as soon as the window allows; false if too many wait already."""
        if len(self._waiting) >= _MAX_WAITING:
            return False
        self._waiting.append(payload)
        return True

    def take_acknowledgement(self, header: Header, bits: int) -> bool:
        """Note what came at the peer; false if it cannot be."""
        unsent = header.number + bits.bit_length() - self._next
        if header.session != self._session or 0 < unsent % MODULUS < MODULUS // 2:
            return False
        for number in tuple(self._sent):
            ahead = (number - header.number) % MODULUS
            if ahead >= MODULUS // 2 or bits >> ahead & 1:
                del self._sent[number]
        self._oldest = next(iter(self._sent), self._next)
        return True

    def flush(self, now: float) -> list[bytes]:
        """Return what the window allows to be sent."""
        datagrams: list[bytes] = []
        while self._waiting and not self._is_full():
            datagram = data(self._session, self._next, self._waiting.popleft())
            sent = self._sent[self._next] = _Sent(datagram, now)
            self.deadline = min(self.deadline, sent.due)
            self._next = (self._next + 1) % MODULUS
            datagrams.append(datagram)
        return datagrams

    def tick(self, now: float) -> list[bytes] | None:
        """Return what is to be sent again; None if the peer does not answer any more."""
        datagrams: list[bytes] = []
        for sent in self._sent.values():
            if now < sent.due:
                continue
            if sent.sendings >= _MAX_SENDINGS:
                return None
            sent.sendings += 1
            sent.wait = min(2 * sent.wait, _LONGEST_WAIT)
            sent.due = now + sent.wait
            datagrams.append(sent.datagram)
        self.deadline = min((sent.due for sent in self._sent.values()), default=math.inf)
        return datagrams

    def _is_full(self) -> bool:
        return (self._next - self._oldest) % MODULUS >= _WINDOW
