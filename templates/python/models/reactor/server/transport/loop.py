"""One thread, all connections: what is ready is served, then the thread waits again."""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING, Final

from server import config
from server.transport.listener import address_text
from server.transport.poller import READ, Poller
from server.transport.server import Server
from server.transport.signals import Signals

if TYPE_CHECKING:
    import socket

    from server.protocol.hub import Hub
    from server.transport.connection import Connection

_REST: Final = 1.0


def serve(hub: Hub, listener: socket.socket) -> None:
    """Serve until a signal ends it."""
    Reactor(hub, listener).run()


class Reactor(Server):
    """Connections that one thread waits for."""

    def __init__(self, hub: Hub, listener: socket.socket) -> None:
        """Wait for nothing yet."""
        super().__init__(hub, listener)
        self._poller = Poller()
        self._signals = Signals()
        # Connections by their descriptors.
        self._watched: dict[int, Connection] = {}
        # Alarms, each with a descriptor. What the connection does not know any more is passed over.
        self._alarms: list[tuple[float, int]] = []
        # Whether connections are waited for.
        self._accepts = False
        # When there is something to do that no connection has asked for.
        self._due = math.inf

    def run(self) -> None:
        """Serve until all connections are gone after a signal."""
        self._poller.register(self._signals.fileno(), READ)
        self._watch_listener(wanted=True)
        address = address_text(self.listener.getsockname())
        print(f"listening on {address}", flush=True)  # noqa: T201 - for whoever started us
        self.hub.log.info("listening", address=address)
        while self.connections or not self.is_draining:
            self._turn()
        self._signals.close()
        self._poller.close()
        self.hub.log.info("stopped")

    def begin(self, connection: Connection) -> None:
        """Serve a new connection."""
        self._watched[connection.fd] = connection
        #% if edge
        self._poller.register_edges(connection.fd)
        #% endif
        #% if not edge
        self._poller.register(connection.fd, connection.interest)
        #% endif
        #% if io_blocking
        # One at a time: the next one waits in the kernel's queue.
        self._watch_listener(wanted=False)
        #% endif
        connection.open()

    #% if not edge
    def watch(self, connection: Connection) -> None:
        """Wait for what a connection waits for now."""
        self._poller.modify(connection.fd, connection.interest)

    #% endif
    def set_alarm(self, connection: Connection) -> None:
        """See to a connection at its new alarm."""
        if connection.alarm < math.inf:
            heapq.heappush(self._alarms, (connection.alarm, connection.fd))

    def forget(self, connection: Connection) -> None:
        """Forget a connection whose socket is about to be closed."""
        super().forget(connection)
        del self._watched[connection.fd]
        self._poller.unregister(connection.fd)
        #% if io_blocking
        self._watch_listener(wanted=not self.is_draining)
        #% endif

    def rest(self) -> None:
        """Accept nothing for a second: something has run out."""
        self._watch_listener(wanted=False)
        self._due = self.hub.clock() + _REST

    def drain(self) -> None:
        """Accept no more, and close all connections."""
        self._watch_listener(wanted=False)
        self._due = self.hub.clock() + config.DRAIN_TIMEOUT / 1000
        super().drain()

    def _turn(self) -> None:
        for fd, events in self._poller.wait(self._patience()):
            connection = self._watched.get(fd)
            if connection is not None:
                connection.ready(events)
            elif fd == self._signals.fileno():
                self.on_signals(self._signals.read())
            elif self._accepts:
                self._accept()
        #% if edge
        unfinished, self.unfinished = self.unfinished, []
        for connection in unfinished:
            connection.read()
        #% endif
        self._see_to_alarms()
        self.flush_touched()

    def _accept(self) -> None:
        #% if io_blocking
        self.accept()
        #% endif
        #% if not io_blocking
        for _ in range(config.BACKLOG):
            if not self.accept():
                break
        #% endif

    def _patience(self) -> float | None:
        """Return for how long there is nothing to do but to wait."""
        #% if edge
        if self.unfinished:
            return 0
        #% endif
        due = min(self._due, self._alarms[0][0]) if self._alarms else self._due
        return None if due == math.inf else max(0, due - self.hub.clock())

    def _see_to_alarms(self) -> None:
        now = self.hub.clock()
        while self._alarms and self._alarms[0][0] <= now:
            alarm, fd = heapq.heappop(self._alarms)
            connection = self._watched.get(fd)
            if connection is not None and connection.alarm == alarm:
                connection.expire(now)
        if self._due <= now:
            self._due = math.inf
            if self.is_draining:
                self.close_all()
            else:
                self._watch_listener(wanted=True)

    def _watch_listener(self, *, wanted: bool) -> None:
        """Accept connections, or leave them in the kernel's queue."""
        if wanted == self._accepts:
            return
        self._accepts = wanted
        if wanted:
            self._poller.register(self.listener.fileno(), READ)
        else:
            self._poller.unregister(self.listener.fileno())
