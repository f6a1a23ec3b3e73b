"""The known peers of all workers, counted in memory that they share."""

from __future__ import annotations

import mmap
from typing import Final

_CELL: Final = 8


class Census:
    """How many peers each worker knows."""

    def __init__(self, workers: int) -> None:
        """Count nothing yet; to be made before the workers are."""
        #: The number of the worker that counts.
        self.worker = 0
        self._cells = memoryview(mmap.mmap(-1, _CELL * workers)).cast("q")

    def known(self) -> int:
        """Return how many peers all workers know."""
        return sum(self._cells.tolist())

    def set_known(self, count: int) -> None:
        """Say how many peers this worker knows; nobody else does, so it needs no lock."""
        self._cells[self.worker] = count
