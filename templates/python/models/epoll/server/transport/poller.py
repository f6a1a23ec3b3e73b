"""Readiness by epoll: the kernel keeps the descriptors."""

from __future__ import annotations

import select
from typing import Final

READ: Final = select.EPOLLIN
WRITE: Final = select.EPOLLOUT


class Poller:
    """Waits until descriptors can be read or written."""

    def __init__(self) -> None:
        """Begin with none."""
        self._epoll = select.epoll()

    def register(self, fd: int, interest: int) -> None:
        """Wait for a descriptor from now on."""
        self._epoll.register(fd, interest)

    #% if edge
    def register_edges(self, fd: int) -> None:
        """Tell of a descriptor when it becomes ready, for reading or for writing."""
        self._epoll.register(fd, READ | WRITE | select.EPOLLET)

    #% endif
    def modify(self, fd: int, interest: int) -> None:
        """Wait for something else on a descriptor."""
        self._epoll.modify(fd, interest)

    def unregister(self, fd: int) -> None:
        """Wait for a descriptor no more."""
        self._epoll.unregister(fd)

    def wait(self, timeout: float | None) -> list[tuple[int, int]]:
        """Return what is ready within so many seconds, and for what; a failure counts as both."""
        return self._epoll.poll(timeout)

    def close(self) -> None:
        """Release what the kernel holds for it."""
        self._epoll.close()
