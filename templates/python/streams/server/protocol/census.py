"""The open connections of all workers, counted in memory that they share."""

from __future__ import annotations

import fcntl
import mmap
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from server import config

if TYPE_CHECKING:
    from collections.abc import Generator

_CELL: Final = 8
# A worker's row: how many open connections and how many sockets it has, and for each open
# connection a number that stands for its peer.
_PEERS_AT: Final = 2
_ROW: Final = _PEERS_AT + config.MAX_CONNECTIONS


class Census:
    """Counts that are judged and changed by one worker at a time."""

    def __init__(self, workers: int) -> None:
        """Count nothing yet; to be made before the workers are."""
        #: The number of the worker that counts.
        self.worker = 0
        self._cells = memoryview(mmap.mmap(-1, _CELL * _ROW * workers)).cast("q")
        # Only for its lock, which the kernel releases when a worker dies.
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the program runs

    @contextmanager
    def alone(self) -> Generator[None, None, None]:
        """Keep other workers from counting meanwhile."""
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)

    def connections(self) -> int:
        """Return how many are open."""
        return sum(self._cells[::_ROW].tolist())

    def sockets(self) -> int:
        """Return how many sockets the workers hold, open connections or not."""
        return sum(self._cells[1::_ROW].tolist())

    def set_sockets(self, count: int) -> None:
        """Say how many sockets this worker holds; nobody else does, so it needs no lock."""
        self._cells[self.worker * _ROW + 1] = count

    #% if per_client
    def of_client(self, address: str) -> int:
        """Return how many are open from an address."""
        key = hash(address)
        starts = range(0, len(self._cells), _ROW)
        return sum(self._row(start).tolist().count(key) for start in starts)

    #% endif
    def add(self, address: str) -> None:
        """Count a connection of this worker."""
        start = self.worker * _ROW
        self._cells[start + _PEERS_AT + self._cells[start]] = hash(address)
        self._cells[start] += 1

    def remove(self, address: str) -> None:
        """Count a connection of this worker no more."""
        start = self.worker * _ROW
        row = self._row(start)
        row[row.tolist().index(hash(address))] = row[-1]
        self._cells[start] -= 1

    def close(self) -> None:
        """Release the lock's file."""
        self._file.close()

    def _row(self, start: int) -> memoryview:
        """Return the peers of a worker."""
        first = start + _PEERS_AT
        return self._cells[first : first + self._cells[start]]
