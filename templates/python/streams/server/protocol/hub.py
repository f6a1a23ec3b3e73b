"""What the connections of a server share."""

from __future__ import annotations

import time
#% if per_client and not processes
from collections import Counter
#% endif
from typing import TYPE_CHECKING, Callable
#% if metrics or processes

#% endif
#% if metrics
from server.app.metered import Metered
#% endif
#% if processes
from server.protocol.census import Census
#% endif
#% if metrics and not processes
from server.protocol.metrics import Metrics
#% endif
#% if metrics and processes
from server.protocol.shared_metrics import SharedMetrics
#% endif

if TYPE_CHECKING:
    from server.app import App
    #% if tls
    from server.credentials import Credentials
    #% endif
    from server.environment import Settings
    from server.log import Log
    from server.protocol.session import Session
    #% if bus
    from server.transport.bus import Bus
    #% endif


class Hub:
    """The open connections, and what they need from the program around them."""

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
        #: What the transport does when a session is touched outside of any input.
        self.wake: Callable[[], None] = _ignore
        #% if tls
        #: What new connections are secured with.
        self.credentials: Credentials
        #% endif
        #% if bus
        #: What the transport has between workers.
        self.bus: Bus
        #: What the transport does to have other workers send a message to their connections.
        self.publish: Callable[[int, bytes | bytearray], None]
        #% endif
        #: The open connections, in the order in which they came.
        self.sessions: dict[Session, None] = {}
        #: The connection whose input is being handled.
        self.current: Session | None = None
        #: Connections with output that their own input did not cause.
        self.touched: list[Session] = []
        #% if processes
        #: The open connections of all workers.
        self.census = Census(settings.workers)
        #% endif
        #% if per_client and not processes
        #: Open connections by the peer's address.
        self.clients: Counter[str] = Counter()
        #% endif

    #% if metrics
    def connections(self) -> int:
        """Return how many are open."""
        #% if processes
        return self.census.connections()
        #% endif
        #% if not processes
        return len(self.sessions)
        #% endif

    #% endif
    def add(self, session: Session) -> None:
        """Count a connection as open."""
        self.sessions[session] = None
        #% if processes
        self.census.add(session.peer.address)
        #% endif
        #% if per_client and not processes
        self.clients[session.peer.address] += 1
        #% endif

    def remove(self, session: Session) -> None:
        """Forget a connection, open or not."""
        if session not in self.sessions:
            return
        del self.sessions[session]
        #% if processes
        with self.census.alone():
            self.census.remove(session.peer.address)
        #% endif
        #% if per_client and not processes
        self.clients[session.peer.address] -= 1
        if not self.clients[session.peer.address]:
            del self.clients[session.peer.address]
        #% endif

    #% if bus
    def broadcast(self, kind: int, payload: bytes | bytearray) -> None:
        """Send a message to the connections of the other workers."""
        #% if overflow_pause
        if self.current is not None:
            self.current.fills_others = True
        #% endif
        self.publish(kind, payload)

    def deliver(self, kind: int, payload: bytes) -> None:
        """Send a message of another worker to all connections."""
        for session in self.sessions:
            session.deliver(kind, payload)

    #% endif
    #% if bus and overflow_close
    def give_up(self) -> None:
        """Close all connections: messages of another worker did not get here."""
        for session in tuple(self.sessions):
            session.too_slow()

    #% endif
    def touch(self, session: Session) -> None:
        """Remember that a connection has output which its own input did not cause."""
        if not session.touched:
            session.touched = True
            self.touched.append(session)
        if self.current is None:
            self.wake()
        #% if overflow_pause
        else:
            self.current.fills_others = True
        #% endif


def _ignore() -> None:
    """Do nothing: there is no transport yet."""
