"""Descriptors beside those of connections, and what is called when they are ready."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from server.transport.poller import READ, WRITE

if TYPE_CHECKING:
    import socket

    from server.transport.poller import Poller

Callback = Callable[[], None]


class Callbacks:
    """What a poller waits for on behalf of others; as an event loop has it."""

    def __init__(self, poller: Poller, changed: Callback) -> None:
        """Use `poller`; call `changed` after each change of what is waited for."""
        self._poller = poller
        self._changed = changed
        self._readers: dict[int, Callback] = {}
        self._writers: dict[int, Callback] = {}

    def add_reader(self, end: socket.socket, callback: Callback) -> None:
        """Call back when there is something to read, until it is removed."""
        before = self._interest(end.fileno())
        self._readers[end.fileno()] = callback
        self._wait(end.fileno(), before)

    def remove_reader(self, end: socket.socket) -> None:
        """Leave what is to be read to the kernel."""
        before = self._interest(end.fileno())
        self._readers.pop(end.fileno(), None)
        self._wait(end.fileno(), before)

    def add_writer(self, end: socket.socket, callback: Callback) -> None:
        """Call back when something can be written, until it is removed."""
        before = self._interest(end.fileno())
        self._writers[end.fileno()] = callback
        self._wait(end.fileno(), before)

    def remove_writer(self, end: socket.socket) -> None:
        """Write nothing for the time being."""
        before = self._interest(end.fileno())
        self._writers.pop(end.fileno(), None)
        self._wait(end.fileno(), before)

    def call(self, fd: int) -> bool:
        """Call back for what a descriptor is ready for; return whether it is known here."""
        reader, writer = self._readers.get(fd), self._writers.get(fd)
        if reader is not None:
            reader()
        if writer is not None:
            writer()
        return reader is not None or writer is not None

    def _interest(self, fd: int) -> int:
        reads = READ if fd in self._readers else 0
        return reads | (WRITE if fd in self._writers else 0)

    def _wait(self, fd: int, before: int) -> None:
        interest = self._interest(fd)
        if interest == before:
            return
        if not before:
            self._poller.register(fd, interest)
        elif not interest:
            self._poller.unregister(fd)
        else:
            self._poller.modify(fd, interest)
        self._changed()
