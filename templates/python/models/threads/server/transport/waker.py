"""What wakes a thread that waits for descriptors."""

from __future__ import annotations

import contextlib
import socket


class Waker:
    """A descriptor that can be read when another thread has something for its owner."""

    def __init__(self) -> None:
        """Open a pair of sockets."""
        self._receiver, self._sender = socket.socketpair()
        self._receiver.setblocking(False)  # noqa: FBT003 - takes no keyword
        self._sender.setblocking(False)  # noqa: FBT003 - takes no keyword

    def fileno(self) -> int:
        """Return what to wait for."""
        return self._receiver.fileno()

    def wake(self) -> None:
        """Wake the owner."""
        with contextlib.suppress(BlockingIOError):
            self._sender.send(b"\0")

    def clear(self) -> None:
        """Wait for the next time."""
        self._receiver.recv(1024)

    def close(self) -> None:
        """Release the descriptors."""
        self._receiver.close()
        self._sender.close()
