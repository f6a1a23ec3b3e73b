"""Readiness by what the system has: poll, or select where a few descriptors are waited for."""

from __future__ import annotations

import selectors
import sys
from typing import Final

READ: Final = selectors.EVENT_READ
WRITE: Final = selectors.EVENT_WRITE


class Poller:
    """Waits until descriptors can be read or written."""

    def __init__(self) -> None:
        """Begin with none."""
        if sys.platform == "win32":
            self._selector = selectors.SelectSelector()
        else:
            self._selector = selectors.PollSelector()

    def register(self, fd: int, interest: int) -> None:
        """Wait for a descriptor from now on."""
        if interest:
            self._selector.register(fd, interest)

    def modify(self, fd: int, interest: int) -> None:
        """Wait for something else on a descriptor, maybe for nothing."""
        self.unregister(fd)
        self.register(fd, interest)

    def unregister(self, fd: int) -> None:
        """Wait for a descriptor no more."""
        if fd in self._selector.get_map():
            self._selector.unregister(fd)

    def wait(self, timeout: float | None) -> list[tuple[int, int]]:
        """Return what is ready within so many seconds, and for what."""
        return [(key.fd, events) for key, events in self._selector.select(timeout)]

    def close(self) -> None:
        """Release what the kernel holds for it."""
        self._selector.close()
