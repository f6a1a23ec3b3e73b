"""One thread, all connections: what is ready is served, then the thread waits again."""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

#% if not io_blocking
from server import config
#% endif
from server.transport.server import Server

if TYPE_CHECKING:
    import socket

    from server.protocol.hub import Hub
    from server.transport.connection import Connection


def serve(
    hub: Hub,
    listener: socket.socket,
    #% if processes
    lifeline: socket.socket,
    #% endif
) -> None:
    """Serve until it is time to end."""
    server = Reactor(
        hub,
        listener,
        #% if processes
        lifeline,
        #% endif
    )
    server.run()


class Reactor(Server):
    """Connections that one thread waits for."""

    def __init__(
        self,
        hub: Hub,
        listener: socket.socket,
        #% if processes
        lifeline: socket.socket,
        #% endif
    ) -> None:
        """Begin without connections."""
        super().__init__(
            hub,
            listener,
            #% if processes
            lifeline,
            #% endif
        )
        # Connections by their descriptors.
        self._watched: dict[int, Connection] = {}
        # Alarms, each with a descriptor. What the connection does not know any more is passed over.
        self._alarms: list[tuple[float, int]] = []

    def turn(self) -> None:
        """Wait once, and do what is to be done."""
        for fd, events in self.poller.wait(self._patience()):
            connection = self._watched.get(fd)
            if connection is not None:
                connection.ready(events)
            #% if processes
            elif fd == self.lifeline.fileno():
                self.on_lifeline()
            #% endif
            #% if not processes
            elif fd == self.signals.fileno():
                self.on_signals()
            #% endif
            #% if bus
            elif self.loop.call(fd):
                pass
            #% endif
            elif self.accepts:
                self._accept()
        #% if edge
        unfinished, self.unfinished = self.unfinished, []
        for connection in unfinished:
            connection.read()
        #% endif
        now = self.hub.clock()
        self._see_to_alarms(now)
        self.see_to_due(now)
        self.flush_touched()

    def begin(self, connection: Connection) -> None:
        """Serve a new connection."""
        self._watched[connection.fd] = connection
        #% if edge
        self.poller.register_edges(connection.fd)
        #% endif
        #% if not edge
        self.poller.register(connection.fd, connection.interest)
        #% endif
        #% if io_blocking
        # One at a time: the next one waits in the kernel's queue.
        self.watch_listener(wanted=False)
        #% endif
        connection.open()

    #% if not edge
    def watch(self, connection: Connection) -> None:
        """Wait for what a connection waits for now."""
        self.poller.modify(connection.fd, connection.interest)

    #% endif
    def set_alarm(self, connection: Connection) -> None:
        """See to a connection at its new alarm."""
        if connection.alarm < math.inf:
            heapq.heappush(self._alarms, (connection.alarm, connection.fd))

    #% if bus
    def on_wait_changed(self) -> None:
        """Do nothing: nobody waits while this thread does something else."""

    #% endif
    def forget(self, connection: Connection) -> None:
        """Forget a connection whose socket is about to be closed."""
        super().forget(connection)
        del self._watched[connection.fd]
        self.poller.unregister(connection.fd)
        #% if io_blocking
        self.watch_listener(wanted=not self.is_draining)
        #% endif

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
        return self.patience(self._alarms[0][0] if self._alarms else math.inf)

    def _see_to_alarms(self, now: float) -> None:
        while self._alarms and self._alarms[0][0] <= now:
            alarm, fd = heapq.heappop(self._alarms)
            connection = self._watched.get(fd)
            if connection is not None and connection.alarm == alarm:
                connection.expire(now)
