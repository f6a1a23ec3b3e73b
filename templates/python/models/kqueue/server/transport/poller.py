"""Readiness by kqueue: the kernel keeps one filter for reading and one for writing."""

from __future__ import annotations

import select
from typing import Final

READ: Final = 1
WRITE: Final = 2

_MAX_EVENTS: Final = 1024


class Poller:
    """Waits until descriptors can be read or written."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kqueue = select.kqueue()
        self._interests: dict[int, int] = {}

    def register(self, fd: int, interest: int) -> None:
        """Wait for a descriptor from now on."""
        self._interests[fd] = 0
        self.modify(fd, interest)

    #% if edge
    def register_edges(self, fd: int) -> None:
        """Tell of a descriptor when it becomes ready, for reading or for writing."""
        self._interests[fd] = READ | WRITE
        flags = select.KQ_EV_ADD | select.KQ_EV_CLEAR
        kinds = (select.KQ_FILTER_READ, select.KQ_FILTER_WRITE)
        self._kqueue.control([select.kevent(fd, kind, flags) for kind in kinds], 0)

    #% endif
    def modify(self, fd: int, interest: int) -> None:
        """Wait for something else on a descriptor."""
        changed = self._interests[fd] ^ interest
        self._interests[fd] = interest
        changes: list[select.kevent] = []
        for bit, kind in ((READ, select.KQ_FILTER_READ), (WRITE, select.KQ_FILTER_WRITE)):
            if changed & bit:
                flags = select.KQ_EV_ADD if interest & bit else select.KQ_EV_DELETE
                changes.append(select.kevent(fd, kind, flags))
        if changes:
            self._kqueue.control(changes, 0)

    def unregister(self, fd: int) -> None:
        """Wait for a descriptor no more."""
        self.modify(fd, 0)
        del self._interests[fd]

    def wait(self, timeout: float | None) -> list[tuple[int, int]]:
        """Return what is ready within so many seconds, and for what."""
        ready: dict[int, int] = {}
        for event in self._kqueue.control(None, _MAX_EVENTS, timeout):
            bit = READ if event.filter == select.KQ_FILTER_READ else WRITE
            ready[event.ident] = ready.get(event.ident, 0) | bit
        return list(ready.items())

    def close(self) -> None:
        """Release what the kernel holds for it."""
        self._kqueue.close()
