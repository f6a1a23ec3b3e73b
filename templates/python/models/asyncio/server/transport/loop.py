"""One thread, one asyncio event loop."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any, Final

from server import config
from server.transport.connection import Connection
from server.transport.listener import address_text, remove_file

if TYPE_CHECKING:
    import socket

    from server.protocol.hub import Hub
    from server.protocol.session import Session
    from server.transport.listener import Address

_MAX_SOCKETS: Final = config.MAX_CONNECTIONS + config.BACKLOG


def serve(hub: Hub, listener: socket.socket) -> None:
    """Serve until a signal ends it."""
    #% if io_asyncio
    asyncio.run(_serve(hub, listener))
    #% endif
    #% if io_uvloop
    import uvloop  # noqa: PLC0415 - whether it is there is known by now

    uvloop.run(_serve(hub, listener))
    #% endif


async def _serve(hub: Hub, listener: socket.socket) -> None:
    await Server(hub).run(listener)


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
        self.congested: set[Connection] = set()
        #: Connections that are not read because of these.
        self.paused: set[Connection] = set()
        #% endif
        self._woken = False
        self._listening: asyncio.AbstractServer | None = None
        self._address: Address
        self._stopped = asyncio.Event()

    @property
    def takes_more(self) -> bool:
        """Whether a further socket is not closed as soon as it is accepted."""
        return self._listening is not None and len(self.connections) < _MAX_SOCKETS

    async def run(self, listener: socket.socket) -> None:
        """Accept connections until a signal comes and they are all gone."""
        self.loop.set_exception_handler(self._on_error)
        for number in (signal.SIGINT, signal.SIGTERM):
            self.loop.add_signal_handler(number, self._on_signal, number)
        self._listening = await self.loop.create_server(
            lambda: Connection(self), sock=listener, backlog=config.BACKLOG
        )
        self._address = listener.getsockname()
        address = address_text(self._address)
        print(f"listening on {address}", flush=True)  # noqa: T201 - for whoever started us
        self.hub.log.info("listening", address=address)
        await self._stopped.wait()
        self.hub.log.info("stopped")

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

    def _on_signal(self, number: int) -> None:
        if self._listening is None:
            os._exit(128 + number)
        remove_file(self._address)
        self._listening.close()
        self._listening = None
        self.hub.log.info("draining", connections=len(self.hub.sessions))
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
