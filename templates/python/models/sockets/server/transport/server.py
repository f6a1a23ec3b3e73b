"""What the connections of a server share, however it waits."""

from __future__ import annotations

import errno
import math
import os
#% if tls and not processes
import signal
#% endif
#% if windows and (tls or io_select)
import sys
#% endif
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

from server import config
from server.log import write_line
#% if not processes
from server.protocol.addresses import address_text
#% endif
#% if bus
from server.transport.callbacks import Callbacks
#% endif
from server.transport.connection import Connection
from server.transport.listener import (
    peer_of,
    #% if not processes
    remove_file,
    #% endif
)
#% if unix_options
from server.transport.options import hand_on_options
#% endif
from server.transport.poller import READ, Poller
#% if bus
from server.transport.seat import Seat
#% endif
#% if not processes
from server.transport.signals import Signals
#% endif

if TYPE_CHECKING:
    import socket

    from server.protocol.hub import Hub
    from server.protocol.session import Session

_MAX_SOCKETS: Final = config.MAX_CONNECTIONS + config.BACKLOG
# Seconds without accepting when something has run out.
_REST: Final = 1.0
#% if io_select
# The C library's, which Python does not tell: select takes only descriptors below it.
_FD_SETSIZE: Final = 1024
#% endif
#% if io_select and windows
# Windows' is a number of sockets; two are not connections.
_MAX_SELECTED: Final = 510
_BEYOND_SELECT: Final = (
    "more sockets than FD_SETSIZE" if sys.platform == "win32" else "descriptor beyond FD_SETSIZE"
)
#% endif
# Nothing to accept, or somebody who has gone again.
_NOBODY: Final = {errno.EAGAIN, errno.ECONNABORTED, errno.EINTR}


class Server(ABC):
    """A listener, its connections, and the main thread that waits."""

    def __init__(
        self,
        hub: Hub,
        listener: socket.socket,
        #% if processes
        lifeline: socket.socket,
        #% endif
    ) -> None:
        """Serve the hub's app."""
        self.hub = hub
        self.listener = listener
        self.is_draining = False
        self.poller = Poller()
        #% if processes
        #: To the parent; it is cut when it is time to end.
        self.lifeline = lifeline
        #% endif
        #% if not processes
        self.signals = Signals()
        #% endif
        self.socket_debug = hub.settings.socket_debug
        self.connections: dict[Session, Connection] = {}
        #: What all connections read into: it is handled before the next read.
        self.buffer = memoryview(bytearray(config.RECEIVE_BUFFER))
        #% if overflow_pause
        #: Connections with more unsent bytes than the watermark allows.
        self.congested: set[object] = set()
        #: Connections that are not read because of these.
        self.paused: set[Connection] = set()
        #% endif
        #% if edge
        #: Connections that may have more to read.
        self.unfinished: list[Connection] = []
        #% endif
        #: Whether connections are waited for.
        self.accepts = False
        # When there is something to do that no connection has asked for.
        self._due = math.inf
        #% if bus
        #: What is waited for beside connections.
        self.loop = Callbacks(self.poller, self.on_wait_changed)
        #: The place among the other workers.
        self.seat = Seat(self)
        #% endif

    def run(self) -> None:
        """Serve until all connections are gone after a signal."""
        self.watch_listener(wanted=True)
        #% if processes
        self.poller.register(self.lifeline.fileno(), READ)
        self.lifeline.send(b"\0")
        #% endif
        #% if not processes
        self.poller.register(self.signals.fileno(), READ)
        address = address_text(self.listener.getsockname())
        print(f"listening on {address}", flush=True)  # noqa: T201 - for whoever started us
        self.hub.log.info("listening", address=address)
        #% endif
        while self.connections or not self.is_draining:
            self.turn()
        self.poller.close()
        #% if not processes
        self.signals.close()
        self.hub.log.info("stopped")
        #% endif

    @abstractmethod
    def turn(self) -> None:
        """Wait once, and do what is to be done."""

    @abstractmethod
    def begin(self, connection: Connection) -> None:
        """Serve a new connection."""

    #% if not edge
    @abstractmethod
    def watch(self, connection: Connection) -> None:
        """Wait for what a connection waits for now."""

    #% endif
    @abstractmethod
    def set_alarm(self, connection: Connection) -> None:
        """See to a connection at its new alarm."""

    #% if bus
    @abstractmethod
    def on_wait_changed(self) -> None:
        """See to it that what is waited for is waited for at once."""

    #% endif
    def forget(self, connection: Connection) -> None:
        """Forget a connection whose socket is about to be closed."""
        del self.connections[connection.session]
        #% if processes
        self.hub.census.set_sockets(len(self.connections))
        #% endif
        #% if overflow_pause
        self.paused.discard(connection)
        self.congested.discard(connection)
        #% endif

    def flush_touched(self) -> None:
        """Write what the connections have to send that their own input did not cause."""
        touched = self.hub.touched
        while touched:
            session = touched.pop()
            session.touched = False
            if session in self.connections:
                self.connections[session].flush()

    #% if overflow_pause
    def resume_paused(self) -> None:
        """Go on with the input of connections that nothing holds up any more."""
        #% if bus
        self.seat.watch(wanted=not any(isinstance(one, Connection) for one in self.congested))
        #% endif
        for connection in tuple(self.paused):
            connection.resume_if_free()

    #% endif
    def watch_listener(self, *, wanted: bool) -> None:
        """Accept connections, or leave them in the kernel's queue."""
        if wanted == self.accepts:
            return
        self.accepts = wanted
        if wanted:
            self.poller.register(self.listener.fileno(), READ)
        else:
            self.poller.unregister(self.listener.fileno())

    def accept(self) -> bool:
        """Take a connection, if there is one; return whether there may be another."""
        try:
            connected, address = self.listener.accept()
        except OSError as error:
            #% if windows
            # Windows has a number of its own for what would block.
            if not isinstance(error, BlockingIOError) and error.errno not in _NOBODY:
                self.rest(error)
            #% endif
            #% if not windows
            if error.errno not in _NOBODY:
                self.rest(error)
            #% endif
            return False
        peer = peer_of(address)
        if self.socket_debug:
            write_line(f"socket: accept fd={connected.fileno()} = {peer.name}")
        #% if io_select and windows
        if self._is_beyond_select(connected):
            self.hub.log.info("refused", peer=peer.name, reason=_BEYOND_SELECT)
            connected.close()
            return True
        #% endif
        #% if io_select and not windows
        if connected.fileno() >= _FD_SETSIZE:
            self.hub.log.info("refused", peer=peer.name, reason="descriptor beyond FD_SETSIZE")
            connected.close()
            return True
        #% endif
        #% if processes
        if self.hub.census.sockets() >= _MAX_SOCKETS:
            connected.close()
            return True
        #% endif
        #% if not processes
        if len(self.connections) >= _MAX_SOCKETS:
            connected.close()
            return True
        #% endif
        connected.setblocking(False)  # noqa: FBT003 - takes no keyword
        #% if unix_options
        hand_on_options(connected)
        #% endif
        connection = Connection(self, connected, peer)
        self.connections[connection.session] = connection
        #% if processes
        self.hub.census.set_sockets(len(self.connections))
        #% endif
        self.begin(connection)
        return True

    #% if io_select and windows
    def _is_beyond_select(self, connected: socket.socket) -> bool:
        if sys.platform == "win32":
            return len(self.connections) >= _MAX_SELECTED
        return connected.fileno() >= _FD_SETSIZE

    #% endif
    def rest(self, error: OSError) -> None:
        """Accept nothing for a while: something has run out."""
        self.hub.log.error("accept-failed", error=os.strerror(error.errno or 0))
        self.watch_listener(wanted=False)
        self._due = self.hub.clock() + _REST

    def drain(self) -> None:
        """Accept no more, and close all connections."""
        self.is_draining = True
        self._due = self.hub.clock() + config.DRAIN_TIMEOUT / 1000
        self.watch_listener(wanted=False)
        #% if not processes
        remove_file(self.listener.getsockname())
        self.hub.log.info("draining", connections=len(self.hub.sessions))
        #% endif
        self.listener.close()
        for session in tuple(self.connections):
            session.leave()
        self.flush_touched()

    #% if processes
    def on_lifeline(self) -> None:
        """Drain when the lifeline is cut: the parent wants it, or is gone."""
        #% if tls
        if self.lifeline.recv(1):
            self.hub.credentials.reload(self.hub.log)
            return
        #% endif
        self.poller.unregister(self.lifeline.fileno())
        self.drain()

    #% endif
    #% if not processes
    def on_signals(self) -> None:
        """Drain at the first signal, end at once at the second."""
        for number in self.signals.read():
            #% if tls and windows
            if sys.platform != "win32" and number == signal.SIGHUP:
                self.hub.credentials.reload(self.hub.log)
                continue
            #% endif
            #% if tls and not windows
            if number == signal.SIGHUP:
                self.hub.credentials.reload(self.hub.log)
                continue
            #% endif
            if self.is_draining:
                os._exit(128 + number)
            self.drain()

    #% endif
    def patience(self, due: float) -> float | None:
        """Return for how long there is nothing to do but to wait, with something due by then."""
        due = min(due, self._due)
        return None if due == math.inf else max(0, due - self.hub.clock())

    def see_to_due(self, now: float) -> None:
        """Accept again after a rest; close what is still there when the time to drain is over."""
        if now < self._due:
            return
        self._due = math.inf
        if not self.is_draining:
            self.watch_listener(wanted=True)
        for connection in tuple(self.connections.values()) if self.is_draining else ():
            connection.close()
