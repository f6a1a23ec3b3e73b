"""What happens to datagrams: no peer is known, so memory does not depend on their number."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from server import config
#% if metrics
from server.app.metered import Metered
#% endif
from server.protocol.drops import Drops
#% if metrics and not processes
from server.protocol.metrics import Metrics
#% endif
from server.protocol.session import Session
#% if metrics and processes
from server.protocol.shared_metrics import SharedMetrics
#% endif

if TYPE_CHECKING:
    from server.app import App
    from server.environment import Settings
    from server.log import Log
    from server.protocol import Data
    from server.protocol.addresses import Address


class Hub:
    """The protocol's side of the socket.

    The transport hands in datagrams (`receive`), and the time (`tick`) after each turn and when
    `deadline` comes. After each it sends `output`. At the end it calls `leave`.
    """

    def __init__(self, app: App, settings: Settings, log: Log) -> None:
        """Serve `app`."""
        #% if metrics
        #% if not processes
        self.metrics = Metrics()
        #% endif
        #% if processes
        #: The metrics of all workers, of which one's own are what is added to.
        self.shared_metrics = SharedMetrics(settings.workers)
        self.metrics = self.shared_metrics
        #% endif
        self.app: App = Metered(app, self)
        #% endif
        #% if not metrics
        self.app = app
        #% endif
        #% if health
        #: Whether the server is about to stop.
        self.is_draining = False
        #% endif
        self.settings = settings
        self.log = log
        #: The seconds that the transport's timers go by.
        self.clock = time.monotonic
        #: Datagrams to be sent.
        self.output: list[tuple[Data, Address]] = []
        self.drops = Drops(self)
        self._sender = Session(self)

    @property
    def deadline(self) -> float:
        """When `tick` is to be called."""
        return self.drops.deadline

    def receive(self, data: bytes, address: Address, now: float) -> None:
        """Take a datagram."""
        if len(data) > config.MAX_DATAGRAM:
            self.drops.count("too long", now)
            return
        self._sender.address = address
        #% if metrics
        self._sender.heard = now
        #% endif
        self.app.on_message(self._sender, data)

    def tick(self, now: float) -> None:
        """Do what is due."""
        self.drops.tick(now)

    def leave(self) -> None:
        """End the service."""
        self.drops.finish()
