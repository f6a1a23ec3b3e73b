"""What is counted, and how it is told (Prometheus text format 0.0.4)."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

#% if not udp
_BACKPRESSURE: Final = "Connections whose unsent bytes passed the watermark."
#% endif
_MESSAGE_TIME: Final = "From a message's last byte to the app's return."
BOUNDS: Final = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5)


class Histogram:
    """How often times were how long."""

    def __init__(self) -> None:
        """Begin with no time."""
        # The last one is for what is above all bounds.
        self._counts = [0] * (len(BOUNDS) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        """Note a time."""
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self._sum += seconds

    #% if processes
    def add(self, counts: list[int], seconds: float) -> None:
        """Add the counts of another histogram, and their sum."""
        self._counts = [own + other for own, other in zip(self._counts, counts)]
        self._sum += seconds

    #% endif
    def samples(self, name: str) -> list[str]:
        """Return the lines of the samples."""
        totals = tuple(accumulate(self._counts))
        labels = (*map(str, BOUNDS), "+Inf")
        return [
            *(f'{name}_bucket{{le="{le}"}} {total}' for le, total in zip(labels, totals)),
            f"{name}_sum {self._sum!r}",
            f"{name}_count {totals[-1]}",
        ]


class Metrics:
    """The counts of a server, which everybody adds to."""

    def __init__(self) -> None:
        """Begin with nothing."""
        #% if not udp
        #: Open ones, as of the last time that somebody asked.
        self.connections = 0
        self.accepted = 0
        #% endif
        self.received_messages = 0
        self.sent_messages = 0
        self.received_bytes = 0
        self.sent_bytes = 0
        #% if not udp
        #: How often a connection had more unsent than the watermark allows.
        self.backpressure = 0
        #: By the reason.
        self.refused: Counter[str] = Counter()
        #% endif
        #% if udp
        #: Datagrams, by the reason.
        self.dropped: Counter[str] = Counter()
        #% endif
        #% if websocket
        #: By the close code.
        self.closed_by_code: Counter[int] = Counter()
        self.handshakes = Histogram()
        #% endif
        #% if tcp
        self.closed = 0
        #% endif
        self.messages = Histogram()

    def text(self) -> str:
        """Return all metrics, without the end of the last line."""
        lines = [
            #% if not udp
            *_one("server_connections", "gauge", "Open connections.", self.connections),
            *_count("server_accepted", "Accepted connections.", self.accepted),
            *_labelled("server_refused", "Refused connections.", "reason", self.refused),
            #% endif
            *_count("server_messages_received", "Messages from peers.", self.received_messages),
            *_count("server_messages_sent", "Messages to peers.", self.sent_messages),
            *_count("server_received_bytes", "Bytes read from sockets.", self.received_bytes),
            *_count("server_sent_bytes", "Bytes written to sockets.", self.sent_bytes),
            #% if websocket
            *_labelled("server_closed", "Closed connections.", "code", self.closed_by_code),
            #% endif
            #% if tcp
            *_count("server_closed", "Closed connections.", self.closed),
            #% endif
            #% if not udp
            *_count("server_backpressure", _BACKPRESSURE, self.backpressure),
            #% endif
            #% if udp
            *_labelled("server_dropped_datagrams", "Dropped datagrams.", "reason", self.dropped),
            #% endif
            #% if websocket
            *_head("server_handshake_seconds", "histogram", "From the accept to the answer 101."),
            *self.handshakes.samples("server_handshake_seconds"),
            #% endif
            *_head("server_message_seconds", "histogram", _MESSAGE_TIME),
            *self.messages.samples("server_message_seconds"),
        ]
        return "\n".join(lines)


def _head(name: str, kind: str, text: str) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]


def _one(name: str, kind: str, text: str, value: int) -> list[str]:
    return [*_head(name, kind, text), f"{name} {value}"]


def _count(name: str, text: str, value: int) -> list[str]:
    return _one(f"{name}_total", "counter", text, value)


def _labelled(name: str, text: str, label: str, counts: Mapping[Any, int]) -> list[str]:
    # A copy: another thread may be counting.
    samples = (f'{name}_total{{{label}="{value}"}} {n}' for value, n in dict(counts).items())
    return [*_head(f"{name}_total", "counter", text), *samples]
