"""One thread, one asyncio event loop."""

from __future__ import annotations

import asyncio
#% if io_asyncio and windows
import contextlib
#% endif
import math
#% if not processes
import os
#% endif
#% if not processes and not windows
import signal
#% endif
from typing import TYPE_CHECKING

#% if not processes
from server.protocol.addresses import address_text
#% endif
from server.transport.datagrams import Datagrams
#% if bus
from server.transport.seat import Seat
#% endif
#% if windows and not processes
from server.transport.signals import Signals
#% endif

if TYPE_CHECKING:
    import socket

    from server.protocol.hub import Hub


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
    #% if io_asyncio and windows
    # The loop that Windows has by default does not tell when a socket can be read.
    with contextlib.closing(asyncio.SelectorEventLoop()) as loop:
        loop.run_until_complete(service)
    #% endif
    #% if io_asyncio and not windows
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
    with listener:
        server = Server(hub, listener)
        #% if processes
        server.obey(lifeline)
        #% endif
        await server.run()


class Server:
    """The socket of an event loop.

    It is read by ourselves: asyncio's datagram protocol reads one datagram a turn of the loop.
    """

    def __init__(self, hub: Hub, listener: socket.socket) -> None:
        """Serve on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._hub = hub
        self._listener = listener
        self._datagrams = Datagrams(hub, listener)
        hub.clock = self._loop.time
        #% if custom
        hub.wake = self._wake
        self._in_turn = False
        self._woken = False
        #% endif
        self._timer: asyncio.TimerHandle | None = None
        # When the timer goes off: not later than anything is due, but often earlier.
        self._alarm = math.inf
        self._stopped = asyncio.Event()
        #% if processes
        self._lifeline: socket.socket
        #% endif
        #% if windows and not processes
        self._signals = Signals()
        #% endif
        #% if bus
        self._seat = Seat(hub)
        #% endif

    async def run(self) -> None:
        """Serve until it is time to end."""
        #% if windows and not processes
        self._loop.add_reader(self._signals, self._on_signals)
        #% endif
        #% if not processes and not windows
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(number, self._on_signal, number)
        #% endif
        #% if bus
        self._loop.add_reader(self._seat, self._on_broadcast)
        #% endif
        self._loop.add_reader(self._listener, self._on_readable)
        #% if processes
        self._lifeline.send(b"\0")
        #% endif
        #% if not processes
        address = address_text(self._listener.getsockname())
        print(f"listening on {address}", flush=True)  # noqa: T201 - for whoever started us
        self._hub.log.info("listening", address=address)
        #% endif
        await self._stopped.wait()
        self._loop.remove_reader(self._listener)
        self._hub.leave()
        self._datagrams.flush(self._loop.time())
        #% if windows and not processes
        self._signals.close()
        #% endif
        #% if not processes
        self._hub.log.info("stopped")
        #% endif

    #% if processes
    def obey(self, lifeline: socket.socket) -> None:
        """End when the lifeline is cut: the parent wants it, or is gone."""
        self._lifeline = lifeline
        self._loop.add_reader(lifeline, self._on_cut)

    def _on_cut(self) -> None:
        self._loop.remove_reader(self._lifeline)
        self._stopped.set()

    #% endif
    #% if bus
    def _on_broadcast(self) -> None:
        self._seat.read()
        self._datagrams.flush(self._loop.time())
        self._set_timer()

    #% endif
    def _on_readable(self) -> None:
        #% if custom
        self._in_turn = True
        #% endif
        self._datagrams.turn()
        #% if custom
        self._in_turn = False
        #% endif
        self._set_timer()

    #% if windows and not processes
    def _on_signals(self) -> None:
        for number in self._signals.read():
            self._on_signal(number)

    #% endif
    #% if not processes
    def _on_signal(self, number: int) -> None:
        if self._stopped.is_set():
            os._exit(128 + number)
        self._stopped.set()

    #% endif
    def _set_timer(self) -> None:
        """Have the timer go off when the next thing is due."""
        deadline = self._hub.deadline
        if deadline >= self._alarm:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._alarm = deadline
        self._timer = self._loop.call_at(deadline, self._on_timer)

    #% if custom
    def _wake(self) -> None:
        if not self._in_turn and not self._woken:
            self._woken = True
            self._loop.call_soon(self._on_wake)

    def _on_wake(self) -> None:
        self._woken = False
        self._datagrams.flush(self._loop.time())
        self._set_timer()

    #% endif
    def _on_timer(self) -> None:
        self._alarm = math.inf
        self._datagrams.tick(self._loop.time())
        self._set_timer()
