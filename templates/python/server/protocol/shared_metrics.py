"""Metrics of several workers: each counts in memory that all of them can read."""

from __future__ import annotations

import mmap
import struct
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from server.protocol.metrics import BOUNDS, Histogram, Metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

_CELL: Final = 8
_NANOSECONDS: Final = 1_000_000_000

# A label in UTF-8, and how often it was counted.
_SLOT: Final = struct.Struct("56sq")
_REASONS: Final = 64 * _SLOT.size
# There are this many close codes that may be sent.
_CODES: Final = 2048 * _SLOT.size

# A worker's row: numbers; for each histogram its counts and their sum; slots.
_NUMBERS: Final = 7 * _CELL
_HISTOGRAM: Final = (len(BOUNDS) + 2) * _CELL
_MESSAGES_AT: Final = _NUMBERS
_HANDSHAKES_AT: Final = _MESSAGES_AT + _HISTOGRAM
_REFUSED_AT: Final = _HANDSHAKES_AT + _HISTOGRAM
_LAST_AT: Final = _REFUSED_AT + _REASONS
_ROW: Final = _LAST_AT + _CODES


class _Number:
    """A number of the worker's row."""

    def __init__(self, place: int) -> None:
        self._place = place

    def __get__(self, metrics: SharedMetrics, owner: type[SharedMetrics]) -> int:
        return metrics.numbers[self._place]

    def __set__(self, metrics: SharedMetrics, value: int) -> None:
        metrics.numbers[self._place] = value


class SharedMetrics(Metrics):
    """The counts of one worker, which everybody in it adds to."""

    received_messages = _Number(0)
    sent_messages = _Number(1)
    received_bytes = _Number(2)
    sent_bytes = _Number(3)
    #% if not udp
    accepted = _Number(4)
    backpressure = _Number(5)
    #% endif
    #% if tcp
    closed = _Number(6)
    #% endif

    def __init__(self, workers: int) -> None:
        """Begin with nothing; to be made before the workers are."""
        memory = memoryview(mmap.mmap(-1, _ROW * workers))
        self._rows = [memory[start : start + _ROW] for start in range(0, len(memory), _ROW)]
        #: The numbers of the row that is counted in.
        self.numbers = self._rows[0][:_NUMBERS].cast("q")
        super().__init__()

    def count_as(self, worker: int) -> None:
        """Count in the row of this worker."""
        row = self._rows[worker]
        self.numbers = row[:_NUMBERS].cast("q")
        self.messages = _SharedHistogram(row[_MESSAGES_AT:])
        #% if not udp
        self.refused = _SharedCounter(row[_REFUSED_AT:])
        #% endif
        #% if websocket
        self.handshakes = _SharedHistogram(row[_HANDSHAKES_AT:])
        self.closed_by_code = _SharedCounter(row[_LAST_AT:])
        #% endif
        #% if udp
        self.dropped = _SharedCounter(row[_LAST_AT:])
        #% endif

    def total(self) -> Metrics:
        """Return the counts of all workers together."""
        total = Metrics()
        for row in self._rows:
            _add(total, row)
        return total


class _SharedCounter(Counter[Any]):
    """Counts by label, in slots too."""

    def __init__(self, slots: memoryview) -> None:
        super().__init__()
        self._slots = slots
        self._places: dict[object, int] = {}

    def __setitem__(self, label: object, count: int) -> None:
        super().__setitem__(label, count)
        place = self._places.setdefault(label, len(self._places) * _SLOT.size)
        _SLOT.pack_into(self._slots, place, str(label).encode(), count)


class _SharedHistogram(Histogram):
    """A histogram in cells."""

    def __init__(self, cells: memoryview) -> None:
        super().__init__()
        self._cells = cells[:_HISTOGRAM].cast("q")

    def observe(self, seconds: float) -> None:
        """Note a time."""
        self._cells[bisect_left(BOUNDS, seconds)] += 1
        self._cells[-1] += int(seconds * _NANOSECONDS)


def _add(total: Metrics, row: memoryview) -> None:
    numbers = row[:_NUMBERS].cast("q")
    total.received_messages += numbers[0]
    total.sent_messages += numbers[1]
    total.received_bytes += numbers[2]
    total.sent_bytes += numbers[3]
    #% if not udp
    total.accepted += numbers[4]
    total.backpressure += numbers[5]
    #% endif
    #% if tcp
    total.closed += numbers[6]
    #% endif
    total.messages.add(*_times(row[_MESSAGES_AT:]))
    #% if not udp
    total.refused.update(dict(_labelled(row[_REFUSED_AT:_LAST_AT])))
    #% endif
    #% if websocket
    total.handshakes.add(*_times(row[_HANDSHAKES_AT:]))
    codes = _labelled(row[_LAST_AT:])
    total.closed_by_code.update({int(code): count for code, count in codes})
    #% endif
    #% if udp
    total.dropped.update(dict(_labelled(row[_LAST_AT:])))
    #% endif


def _times(cells: memoryview) -> tuple[list[int], float]:
    """Return the counts of a histogram, and their sum."""
    *counts, nanoseconds = cells[:_HISTOGRAM].cast("q").tolist()
    return counts, nanoseconds / _NANOSECONDS


def _labelled(slots: memoryview) -> Iterator[tuple[str, int]]:
    """Yield the labels of slots, and how often each was counted."""
    for label, count in _SLOT.iter_unpack(slots):
        text = label.rstrip(b"\0").decode()
        if not text:
            return
        yield text, count
