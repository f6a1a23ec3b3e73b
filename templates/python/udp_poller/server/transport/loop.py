"""One thread: it waits for datagrams, for signals, and until something is due."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from server.protocol.addresses import address_text
from server.transport.datagrams import Datagrams
from server.transport.poller import READ, Poller
from server.transport.signals import Signals

if TYPE_CHECKING:
    import socket

    from server.protocol.hub import Hub


def serve(hub: Hub, listener: socket.socket) -> None:
    """Serve until a signal ends it."""
    with listener:
        Loop(hub, listener).run()


class Loop:
    """The socket, and what else is waited for."""

    def __init__(self, hub: Hub, listener: socket.socket) -> None:
        """Wait for nothing yet."""
        self._hub = hub
        self._listener = listener
        self._datagrams = Datagrams(hub, listener)
        self._poller = Poller()
        self._signals = Signals()
        # Whether the last turn may have left datagrams.
        self._unfinished = False

    def run(self) -> None:
        """Serve until a signal comes."""
        hub = self._hub
        self._poller.register(self._signals.fileno(), READ)
        #% if edge
        self._poller.register_edges(self._listener.fileno())
        #% endif
        #% if not edge
        self._poller.register(self._listener.fileno(), READ)
        #% endif
        address = address_text(self._listener.getsockname())
        print(f"listening on {address}", flush=True)  # noqa: T201 - for whoever started us
        hub.log.info("listening", address=address)
        while self._turn():
            pass
        hub.leave()
        self._datagrams.flush(hub.clock())
        self._poller.close()
        self._signals.close()
        hub.log.info("stopped")

    def _turn(self) -> bool:
        """Wait, and do what is to be done; return whether to go on."""
        ready = {fd for fd, _ in self._poller.wait(self._patience())}
        if self._listener.fileno() in ready or self._unfinished:
            self._unfinished = self._datagrams.turn()
        else:
            self._datagrams.tick(self._hub.clock())
        return self._signals.fileno() not in ready

    def _patience(self) -> float | None:
        """Return for how long there is nothing to do but to wait."""
        if self._unfinished:
            return 0
        deadline = self._hub.deadline
        return None if deadline == math.inf else max(0, deadline - self._hub.clock())
