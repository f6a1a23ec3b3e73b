"""One thread a connection. They wait side by side, and work one at a time, under a lock."""

from __future__ import annotations

import contextlib
import math
import threading
from typing import TYPE_CHECKING

from server import config
from server.transport.poller import READ, Poller
from server.transport.server import Server
from server.transport.waker import Waker

if TYPE_CHECKING:
    import socket
    from collections.abc import Generator

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
    server = Threads(
        hub,
        listener,
        #% if processes
        lifeline,
        #% endif
    )
    server.run()


class Threads(Server):
    """Connections with a thread each. The main thread accepts them and takes signals."""

    def __init__(
        self,
        hub: Hub,
        listener: socket.socket,
        #% if processes
        lifeline: socket.socket,
        #% endif
    ) -> None:
        """Begin without connections."""
        # Wakes the main thread.
        self._main = Waker()
        super().__init__(
            hub,
            listener,
            #% if processes
            lifeline,
            #% endif
        )
        # Held by whoever works; what follows and all of the server is for its holder alone.
        self._lock = threading.Lock()
        self._wakers: dict[Connection, Waker] = {}
        # For the next connection.
        self._spare: list[Waker] = []
        # Whose thread holds the lock.
        self._current: Connection | None = None
        self.poller.register(self._main.fileno(), READ)

    def run(self) -> None:
        """Serve until all connections are gone after a signal."""
        super().run()
        with self._lock:
            for waker in (self._main, *self._spare):
                waker.close()

    def turn(self) -> None:
        """Wait once for connections and signals."""
        ready = self.poller.wait(self.patience(math.inf))
        with self._lock:
            for fd, _ in ready:
                if fd == self._main.fileno():
                    self._main.clear()
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
            self.see_to_due(self.hub.clock())
            self.flush_touched()

    def begin(self, connection: Connection) -> None:
        """Serve a new connection."""
        waker = self._wakers[connection] = self._spare.pop()
        try:
            threading.Thread(target=self._serve, args=(connection, waker)).start()
        except RuntimeError as error:
            self.hub.log.error("accept-failed", error=str(error))
            connection.close()
            waker.close()

    def watch(self, connection: Connection) -> None:
        """Wait for what a connection waits for now."""
        if connection is not self._current:
            self._wakers[connection].wake()

    def set_alarm(self, connection: Connection) -> None:
        """See to a connection at its new alarm."""
        self.watch(connection)

    def forget(self, connection: Connection) -> None:
        """Forget a connection whose socket is about to be closed."""
        super().forget(connection)
        waker = self._wakers.pop(connection, None)
        if waker is not None:
            waker.wake()
        if self.is_draining and not self.connections:
            self._main.wake()

    #% if bus
    def on_wait_changed(self) -> None:
        """See to it that what is waited for is waited for at once."""
        self._main.wake()

    #% endif
    def _accept(self) -> None:
        """Take connections; one that nothing could wake stays in the kernel's queue."""
        try:
            for _ in range(config.BACKLOG):
                if not self._spare:
                    self._spare.append(Waker())
                if not self.accept():
                    break
        except OSError as error:
            self.rest(error)

    def _serve(self, connection: Connection, waker: Waker) -> None:
        """Serve a connection to its end, in its own thread."""
        poller = Poller()
        poller.register(waker.fileno(), READ)
        poller.register(connection.fd, connection.interest)
        with self._working(connection):
            connection.open()
        while not connection.is_closed:
            poller.modify(connection.fd, connection.interest)
            ready = dict(poller.wait(self._patience_of(connection)))
            with self._working(connection):
                if waker.fileno() in ready:
                    waker.clear()
                if connection.fd in ready and not connection.is_closed:
                    connection.ready(ready[connection.fd])
                now = self.hub.clock()
                if connection.alarm <= now and not connection.is_closed:
                    connection.expire(now)
        with self._lock:
            waker.close()

    def _patience_of(self, connection: Connection) -> float | None:
        """Return how long a connection can wait."""
        if connection.alarm == math.inf:
            return None
        return max(0, connection.alarm - self.hub.clock())

    @contextlib.contextmanager
    def _working(self, connection: Connection) -> Generator[None, None, None]:
        """Have a connection's thread work alone."""
        with self._lock:
            self._current = connection
            yield
            self.flush_touched()
            self._current = None
