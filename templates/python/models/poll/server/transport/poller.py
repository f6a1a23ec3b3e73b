"""Readiness by poll: the descriptors are handed to the kernel for every wait."""

from __future__ import annotations

import select
from typing import Final

READ: Final = select.POLLIN
WRITE: Final = select.POLLOUT


class Poller:
    """Waits until descriptors can be read or written."""

    def __init__(self) -> None:
        """Begin with none."""
        self._poll = select.poll()

    def register(self, fd: int, interest: int) -> None:
        """Wait for a descriptor from now on."""
        self._poll.register(fd, interest)

    def modify(self, fd: int, interest: int) -> None:
        """Wait for something else on a descriptor."""
        self._poll.modify(fd, interest)

    def unregister(self, fd: int) -> None:
        """Wait for a descriptor no more."""
        self._poll.unregister(fd)

    def wait(self, timeout: float | None) -> list[tuple[int, int]]:
        """Return what is ready within so many seconds, and for what; a failure counts as both."""
        return self._poll.poll(None if timeout is None else timeout * 1000)

    def close(self) -> None:
        """Release what the kernel holds for it: nothing."""
