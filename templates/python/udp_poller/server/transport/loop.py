"""One thread: it waits for datagrams, for signals, and until something is due."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

#% if not processes
from server.protocol.addresses import address_text
#% endif
from server.transport.datagrams import Datagrams
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


def serve(
    hub: Hub,
    listener: socket.socket,
    #% if processes
    lifeline: socket.socket,
    #% endif
) -> None:
    """Serve until it is time to end."""
    with listener:
        loop = Loop(
            hub,
            listener,
            #% if processes
            lifeline,
            #% endif
        )
        loop.run()


class Loop:
    """The socket, and what else is waited for."""

    def __init__(
        self,
        hub: Hub,
        listener: socket.socket,
        #% if processes
        lifeline: socket.socket,
        #% endif
    ) -> None:
        """Wait for nothing yet."""
        self._hub = hub
        self._listener = listener
        self._datagrams = Datagrams(hub, listener)
        self._poller = Poller()
        #% if processes
        # It is cut when it is time to end.
        self._end = lifeline
        #% endif
        #% if not processes
        # A signal is all that is read from it.
        self._end = Signals()
        #% endif
        #% if bus
        self._seat = Seat(hub)
        #% endif
        # Whether the last turn may have left datagrams.
        self._unfinished = False

    def run(self) -> None:
        """Serve until a signal comes."""
        hub = self._hub
        self._poller.register(self._end.fileno(), READ)
        #% if bus
        self._poller.register(self._seat.fileno(), READ)
        #% endif
        #% if edge
        self._poller.register_edges(self._listener.fileno())
        #% endif
        #% if not edge
        self._poller.register(self._listener.fileno(), READ)
        #% endif
        #% if processes
        self._end.send(b"\0")
        #% endif
        #% if not processes
        address = address_text(self._listener.getsockname())
        print(f"listening on {address}", flush=True)  # noqa: T201 - for whoever started us
        hub.log.info("listening", address=address)
        #% endif
        while self._turn():
            pass
        hub.leave()
        self._datagrams.flush(hub.clock())
        self._poller.close()
        #% if not processes
        self._end.close()
        hub.log.info("stopped")
        #% endif

    def _turn(self) -> bool:
        """Wait, and do what is to be done; return whether to go on."""
        ready = {fd for fd, _ in self._poller.wait(self._patience())}
        #% if bus
        if self._seat.fileno() in ready:
            self._seat.read()
        #% endif
        if self._listener.fileno() in ready or self._unfinished:
            self._unfinished = self._datagrams.turn()
        else:
            self._datagrams.tick(self._hub.clock())
        return self._end.fileno() not in ready

    def _patience(self) -> float | None:
        """Return for how long there is nothing to do but to wait."""
        if self._unfinished:
            return 0
        deadline = self._hub.deadline
        return None if deadline == math.inf else max(0, deadline - self._hub.clock())
