"""Sockets between the workers: each reads one, which all others write."""

from __future__ import annotations

import socket


class Bus:
    """The sockets of all workers; to be made before these are."""

    def __init__(self, workers: int) -> None:
        """Open a pair of sockets for each worker."""
        self._pairs = [
            socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(workers)
        ]
        for end in self._ends():
            end.setblocking(False)  # noqa: FBT003 - takes no keyword

    def close(self) -> None:
        """Release this process's ends."""
        for end in self._ends():
            end.close()

    def inbox(self, worker: int) -> socket.socket:
        """Return what a worker reads."""
        return self._pairs[worker][0]

    def outboxes(self, worker: int) -> list[socket.socket]:
        """Return what a worker writes, for each of the others."""
        return [pair[1] for other, pair in enumerate(self._pairs) if other != worker]

    def _ends(self) -> list[socket.socket]:
        return [end for pair in self._pairs for end in pair]
