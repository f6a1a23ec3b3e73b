"""One thread, one asyncio event loop."""

from __future__ import annotations

import asyncio
#% if not processes
import os
import signal
#% endif
from typing import TYPE_CHECKING, Any, Final

from server import config
#% if not processes
from server.protocol.addresses import address_text
#% endif
from server.transport.connection import Connection
#% if not processes
from server.transport.listener import remove_file
#% endif
#% if bus
from server.transport.seat import Seat
#% endif

if TYPE_CHECKING:
    import socket

    #% if not processes
    from server.protocol.addresses import Address
    #% endif
    from server.protocol.hub import Hub
    from server.protocol.session import Session

_MAX_SOCKETS: Final = config.MAX_CONNECTIONS + config.BACKLOG


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
        self._listening: asyncio.AbstractServer | None = None
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
        return self._listening is not None and self.hub.census.sockets() < _MAX_SOCKETS
        #% endif
        #% if not processes
        return self._listening is not None and len(self.connections) < _MAX_SOCKETS
        #% endif

    async def run(self, listener: socket.socket) -> None:
        """Accept connections until a signal comes and they are all gone."""
        self.loop.set_exception_handler(self._on_error)
        #% if not processes
        for number in (signal.SIGINT, signal.SIGTERM):
            self.loop.add_signal_handler(number, self._on_signal, number)
        #% if tls
        self.loop.add_signal_handler(signal.SIGHUP, self.hub.credentials.reload, self.hub.log)
        #% endif
        #% endif
        self._listening = await self.loop.create_server(
            lambda: Connection(self), sock=listener, backlog=config.BACKLOG
        )
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
        if self._listening is None and not self.connections:
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
    #% if not processes
    def _on_signal(self, number: int) -> None:
        if self._listening is None:
            os._exit(128 + number)
        remove_file(self._address)
        self.hub.log.info("draining", connections=len(self.hub.sessions))
        self._drain()

    #% endif
    def _drain(self) -> None:
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        for session in tuple(self.connections):
            session.leave()
        if not self.connections:
            self._stopped.set()
        self.loop.call_later(config.DRAIN_TIMEOUT / 1000, self._on_drain_timeout)

    def _on_drain_timeout(self) -> None:
        for connection in tuple(self.connections.values()):
            connection.abort()

    def _on_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # With no file descriptors left, asyncio tells so here and accepts again after a second.
        if isinstance(context.get("exception"), OSError) and "socket" in context:
            self.hub.log.error("accept-failed", error=str(context["exception"]))
        else:
            loop.default_exception_handler(context)
