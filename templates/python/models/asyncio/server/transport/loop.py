"""One thread, one asyncio event loop."""

from __future__ import annotations

import asyncio
import errno
import os
#% if not processes
import signal
#% endif
#% if windows
import sys
#% endif
from typing import TYPE_CHECKING, Final

from server import config
#% if not processes
from server.protocol.addresses import address_text
#% endif
from server.transport.connection import Connection
from server.transport.listener import (
    peer_of,
    #% if not processes
    remove_file,
    #% endif
)
#% if bus
from server.transport.seat import Seat
#% endif

if TYPE_CHECKING:
    import socket
    #% if windows and not processes
    from types import FrameType
    #% endif

    #% if not processes
    from server.protocol.addresses import Address
    #% endif
    from server.protocol.hub import Hub
    from server.protocol.session import Peer, Session

_MAX_SOCKETS: Final = config.MAX_CONNECTIONS + config.BACKLOG
# Seconds without accepting when something has run out.
_REST: Final = 1.0
# Nothing to accept, or somebody who has gone again.
_NOBODY: Final = {errno.EAGAIN, errno.ECONNABORTED, errno.EINTR}


def serve(
    hub: Hub,
    listener: socket.socket,
    #% if processes
    lifeline: socket.socket,
    #% endif
) -> None:
    """Serve until it is time to end."""
    service = _serve(
        hub,
        listener,
        #% if processes
        lifeline,
        #% endif
    )
    #% if io_asyncio
    asyncio.run(service)
    #% endif
    #% if io_uvloop
    import uvloop  # noqa: PLC0415 - whether it is there is known by now

    uvloop.run(service)
    #% endif


async def _serve(
    hub: Hub,
    listener: socket.socket,
    #% if processes
    lifeline: socket.socket,
    #% endif
) -> None:
    server = Server(hub)
    #% if processes
    server.obey(lifeline)
    #% endif
    #% if bus
    server.seat = Seat(server)
    #% endif
    await server.run(listener)


class Server:
    """The connections of an event loop."""

    def __init__(self, hub: Hub) -> None:
        """Serve on the running event loop."""
        self.loop = asyncio.get_running_loop()
        self.hub = hub
        hub.clock = self.loop.time
        hub.wake = self._wake
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
        #% if bus
        #: The place among the other workers.
        self.seat: Seat
        #% endif
        self._woken = False
        # Until it is time to end.
        self._listener: socket.socket | None = None
        #% if windows
        self._accepting: asyncio.Task[None]
        #% endif
        # What makes connections of accepted sockets.
        self._arrivals: set[asyncio.Task[tuple[asyncio.Transport, Connection]]] = set()
        #% if not processes
        self._address: Address
        #% endif
        #% if processes
        self._lifeline: socket.socket
        #% endif
        self._stopped = asyncio.Event()

    @property
    def takes_more(self) -> bool:
        """Whether a further socket is not closed as soon as it is accepted."""
        #% if processes
        return self._listener is not None and self.hub.census.sockets() < _MAX_SOCKETS
        #% endif
        #% if not processes
        return self._listener is not None and len(self.connections) < _MAX_SOCKETS
        #% endif

    async def run(self, listener: socket.socket) -> None:
        """Accept connections until a signal comes and they are all gone."""
        #% if windows and not processes
        self._take_signals()
        #% endif
        #% if not processes and not windows
        for number in (signal.SIGINT, signal.SIGTERM):
            self.loop.add_signal_handler(number, self._on_signal, number)
        #% if tls
        self.loop.add_signal_handler(signal.SIGHUP, self.hub.credentials.reload, self.hub.log)
        #% endif
        #% endif
        self._listener = listener
        #% if windows
        self._keep_accepting()
        #% endif
        #% if not windows
        self._accept_again()
        #% endif
        #% if processes
        self._lifeline.send(b"\0")
        await self._stopped.wait()
        #% endif
        #% if not processes
        self._address = listener.getsockname()
        address = address_text(self._address)
        print(f"listening on {address}", flush=True)  # noqa: T201 - for whoever started us
        self.hub.log.info("listening", address=address)
        await self._stopped.wait()
        self.hub.log.info("stopped")
        #% endif

    #% if processes
    def obey(self, lifeline: socket.socket) -> None:
        """Drain when the lifeline is cut: the parent wants it, or is gone."""
        self._lifeline = lifeline
        self.loop.add_reader(lifeline, self._on_lifeline)

    #% endif
    def flush_touched(self) -> None:
        """Write what the connections have to send that their own input did not cause."""
        touched = self.hub.touched
        while touched:
            session = touched.pop()
            session.touched = False
            if session in self.connections:
                self.connections[session].flush()

    def forget(self, connection: Connection) -> None:
        """Forget a connection that is gone."""
        del self.connections[connection.session]
        #% if processes
        self.hub.census.set_sockets(len(self.connections))
        #% endif
        #% if overflow_pause
        self.paused.discard(connection)
        self.congested.discard(connection)
        self.resume_paused()
        #% endif
        if self._listener is None and not self.connections:
            self._stopped.set()

    #% if overflow_pause
    def resume_paused(self) -> None:
        """Go on with the input of connections that nothing holds up any more."""
        #% if bus
        self.seat.watch(wanted=not any(isinstance(one, Connection) for one in self.congested))
        #% endif
        for connection in tuple(self.paused):
            connection.resume_if_free()

    #% endif
    #% if windows
    # asyncio would go on accepting without a descriptor to be had.
    def _keep_accepting(self) -> None:
        if self._listener is not None:
            self._accepting = self.loop.create_task(self._accept_all(self._listener))

    async def _accept_all(self, listener: socket.socket) -> None:
        try:
            while True:
                connected, address = await self.loop.sock_accept(listener)
                self._receive(connected, peer_of(address))
        except OSError as error:
            if error.errno in _NOBODY:
                self._keep_accepting()
            else:
                self.hub.log.error("accept-failed", error=error.strerror or str(error))
                self.loop.call_later(_REST, self._keep_accepting)

    #% endif
    #% if not windows
    # asyncio would go on accepting without a descriptor to be had, and uvloop turns peers away.
    def _accept_again(self) -> None:
        if self._listener is not None:
            self.loop.add_reader(self._listener, self._accept, self._listener)

    def _accept(self, listener: socket.socket) -> None:
        try:
            for _ in range(config.BACKLOG):
                connected, address = listener.accept()
                connected.setblocking(False)  # noqa: FBT003 - takes no keyword
                self._receive(connected, peer_of(address))
        except OSError as error:
            if error.errno not in _NOBODY:
                self.hub.log.error("accept-failed", error=os.strerror(error.errno or 0))
                self.loop.remove_reader(listener)
                self.loop.call_later(_REST, self._accept_again)

    #% endif
    def _receive(self, connected: socket.socket, peer: Peer) -> None:
        """Have a socket become a connection."""
        arrival = self.loop.create_task(
            self.loop.connect_accepted_socket(lambda: Connection(self, peer), connected)
        )
        self._arrivals.add(arrival)
        arrival.add_done_callback(self._arrivals.discard)

    def _wake(self) -> None:
        if not self._woken:
            self._woken = True
            self.loop.call_soon(self._on_wake)

    def _on_wake(self) -> None:
        self._woken = False
        self.flush_touched()

    #% if processes
    def _on_lifeline(self) -> None:
        #% if tls
        if self._lifeline.recv(1):
            self.hub.credentials.reload(self.hub.log)
            return
        #% endif
        self.loop.remove_reader(self._lifeline)
        self._drain()

    #% endif
    #% if windows and not processes
    def _take_signals(self) -> None:
        """Have signals handled by the loop."""

        def on_signal(number: int, _frame: FrameType | None) -> None:
            self.loop.call_soon_threadsafe(self._on_signal, number)

        if sys.platform == "win32":
            signal.signal(signal.SIGINT, on_signal)
            signal.signal(signal.SIGBREAK, on_signal)
        else:
            signal.signal(signal.SIGINT, on_signal)
            signal.signal(signal.SIGTERM, on_signal)
            #% if tls
            reload = self.hub.credentials.reload
            self.loop.add_signal_handler(signal.SIGHUP, reload, self.hub.log)
            #% endif

    #% endif
    #% if not processes
    def _on_signal(self, number: int) -> None:
        if self._listener is None:
            os._exit(128 + number)
        remove_file(self._address)
        self.hub.log.info("draining", connections=len(self.hub.sessions))
        self._drain()

    #% endif
    def _drain(self) -> None:
        if self._listener is not None:
            #% if windows
            self._accepting.cancel()
            #% endif
            #% if not windows
            self.loop.remove_reader(self._listener)
            #% endif
            self._listener.close()
            self._listener = None
        for session in tuple(self.connections):
            session.leave()
        if not self.connections:
            self._stopped.set()
        self.loop.call_later(config.DRAIN_TIMEOUT / 1000, self._on_drain_timeout)

    def _on_drain_timeout(self) -> None:
        for connection in tuple(self.connections.values()):
            connection.abort()
