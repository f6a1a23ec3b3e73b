"""Readiness by select: descriptors are listed for every wait."""

from __future__ import annotations

import select
from typing import Final

READ: Final = 1
WRITE: Final = 2


class Poller:
    """Waits until descriptors can be read or written."""

    def __init__(self) -> None:
        """Begin with none."""
        self._interests: dict[int, int] = {}

    def register(self, fd: int, interest: int) -> None:
        """Wait for a descriptor from now on."""
        self._interests[fd] = interest

    def modify(self, fd: int, interest: int) -> None:
        """Wait for something else on a descriptor."""
        self._interests[fd] = interest

    def unregister(self, fd: int) -> None:
        """Wait for a descriptor no more."""
        del self._interests[fd]

    def wait(self, timeout: float | None) -> list[tuple[int, int]]:
        """Return what is ready within so many seconds, and for what."""
        reading = [fd for fd, interest in self._interests.items() if interest & READ]
        writing = [fd for fd, interest in self._interests.items() if interest & WRITE]
        readable, writable, _ = select.select(reading, writing, [], timeout)
        ready = dict.fromkeys(readable, READ)
        for fd in writable:
            ready[fd] = ready.get(fd, 0) | WRITE
        return list(ready.items())

    def close(self) -> None:
        """Release what the kernel holds for it: nothing."""
