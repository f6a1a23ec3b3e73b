"""The known peers of the server."""

from __future__ import annotations

#% if reliability_ack
import heapq
import math
#% endif
import time
from collections import OrderedDict
#% if reliability_ack
from itertools import count
#% endif
from typing import (
    TYPE_CHECKING,
    #% if custom or bus
    Callable,
    #% endif
    Final,
)

from server import config
#% if metrics
from server.app.metered import Metered
#% endif
#% if reliability
from server.protocol import header
#% endif
from server.protocol.addresses import peer_of
#% if processes
from server.protocol.census import Census
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
    #% if bus
    from server.transport.bus import Bus
    #% endif

_PEER_TIMEOUT: Final = config.PEER_TIMEOUT / 1000


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
        #% if custom
        #: What the transport does when something is sent outside of any input.
        self.wake: Callable[[], None] = _ignore
        #% endif
        #% if bus
        #: What the transport has between workers.
        self.bus: Bus
        #: What the transport does to have other workers send a message to their peers.
        self.publish: Callable[[Data], None]
        #% endif
        #: Datagrams to be sent.
        self.output: list[tuple[Data, Address]] = []
        self.drops = Drops(self)
        #% if processes
        #: The known peers of all workers.
        self.census = Census(settings.workers)
        #% endif
        # The peers, those heard of last at the end.
        self._sessions: OrderedDict[Address, Session] = OrderedDict()
        #% if reliability_ack
        # Peers that are owed an acknowledgement.
        self._owing: dict[Session, None] = {}
        # Peers to look after, by the time; what a peer's `alarm` does not equal is out of date.
        self._timers: list[tuple[float, int, Session]] = []
        self._serial = count()
        #% endif

    @property
    def deadline(self) -> float:
        """When `tick` is to be called."""
        deadline = self.drops.deadline
        for oldest in self._sessions.values():
            deadline = min(deadline, oldest.heard + _PEER_TIMEOUT)
            break
        #% if reliability_ack
        if self._timers:
            deadline = min(deadline, self._timers[0][0])
        #% endif
        return deadline

    def receive(self, data: bytes, address: Address, now: float) -> None:
        """Take a datagram."""
        #% if reliability
        head = header.parse(data)
        if head is None:
            self.drops.count("malformed", now)
            return
        #% endif
        #% if reliability_ack
        if head.kind == header.ACKNOWLEDGEMENT:
            self._take_acknowledgement(head, data, address, now)
            return
        #% endif
        #% if reliability
        data = data[header.SIZE :]
        #% endif
        if len(data) > config.MAX_DATAGRAM:
            self.drops.count("too long", now)
            return
        session = self._heard(address, now)
        #% if datagram_rate
        if not session.bucket.take(now):
            self.drops.count("rate limit", now)
            return
        #% endif
        #% if reliability
        refusal = session.channel.judge(head)
        #% endif
        #% if reliability_ack
        if refusal != header.BEYOND_WINDOW:
            self._owing[session] = None
        #% endif
        #% if reliability
        if refusal is not None:
            self.drops.count(refusal, now)
            return
        #% endif
        #% if custom
        if not session.is_open:
            return
        #% endif
        try:
            self.app.on_message(session, data)
        except Exception as error:  # noqa: BLE001 - whatever an app does, the server goes on
            self._app_failed(session, error)

    def tick(self, now: float) -> None:
        """Do what is due."""
        #% if reliability_ack
        for session in self._owing:
            self.transmit(session.channel.acknowledgement(), session.address)
        self._owing.clear()
        self._tick_channels(now)
        #% endif
        silent_since = now - _PEER_TIMEOUT
        while self._sessions:
            oldest = next(iter(self._sessions.values()))
            if oldest.heard > silent_since:
                break
            self.forget(oldest)
        self.drops.tick(now)

    def leave(self) -> None:
        """End the service."""
        for session in tuple(self._sessions.values()):
            self.forget(session)
        self.drops.finish()

    def transmit(self, datagram: Data, address: Address) -> None:
        """Have a datagram sent."""
        self.output.append((datagram, address))
        #% if custom
        self.wake()
        #% endif

    #% if broadcast or custom
    def others(self, sender: Session) -> list[Session]:
        """Return all peers but one."""
        return [session for session in self._sessions.values() if session is not sender]

    #% endif
    #% if bus
    def deliver(self, message: Data) -> None:
        """Send a message of another worker to all peers."""
        for session in tuple(self._sessions.values()):
            session.send(message)

    #% endif
    def forget(self, session: Session) -> None:
        """Forget a peer."""
        if not session.is_open:
            return
        session.is_open = False
        del self._sessions[session.address]
        #% if processes
        self.census.set_known(len(self._sessions))
        #% endif
        #% if reliability_ack
        self._owing.pop(session, None)
        #% endif
        #% if custom
        try:
            self.app.on_close(session)
        except Exception as error:  # noqa: BLE001 - whatever an app does, the server goes on
            self._app_failed(session, error)
        #% endif

    #% if reliability_ack
    def watch(self, session: Session) -> None:
        """Look after a peer's channel when it is due."""
        due = session.channel.deadline
        if due < session.alarm:
            session.alarm = due
            heapq.heappush(self._timers, (due, next(self._serial), session))

    #% endif
    def _heard(self, address: Address, now: float) -> Session:
        """Return the peer that was heard of just now."""
        session = self._sessions.get(address)
        if session is None:
            return self._meet(address, now)
        session.heard = now
        self._sessions.move_to_end(address)
        return session

    def _meet(self, address: Address, now: float) -> Session:
        """Make a peer known, in the place of the most silent one if there are too many."""
        #% if processes
        if self._sessions and self.census.known() >= config.MAX_CONNECTIONS:
            self.forget(next(iter(self._sessions.values())))
        #% endif
        #% if not processes
        if len(self._sessions) >= config.MAX_CONNECTIONS:
            self.forget(next(iter(self._sessions.values())))
        #% endif
        session = self._sessions[address] = Session(self, address, now)
        #% if processes
        self.census.set_known(len(self._sessions))
        #% endif
        #% if custom
        try:
            self.app.on_open(session)
        except Exception as error:  # noqa: BLE001 - whatever an app does, the server goes on
            self._app_failed(session, error)
        #% endif
        return session

    #% if reliability_ack
    def _take_acknowledgement(
        self, head: header.Header, data: bytes, address: Address, now: float
    ) -> None:
        session = self._sessions.get(address)
        if session is None:
            self.drops.count("malformed", now)
            return
        self._heard(address, now)
        #% if datagram_rate
        if not session.bucket.take(now):
            self.drops.count("rate limit", now)
            return
        #% endif
        if session.channel.take_acknowledgement(head, header.received_bits(data)):
            session.flush(now)
        else:
            self.drops.count("malformed", now)

    def _tick_channels(self, now: float) -> None:
        """Send again what is not acknowledged; forget who never answers."""
        while self._timers and self._timers[0][0] <= now:
            due, _, session = heapq.heappop(self._timers)
            if due != session.alarm or not session.is_open:
                continue
            session.alarm = math.inf
            again = session.channel.tick(now)
            if again is None:
                self.log.info("lost", peer=peer_of(session.address).name)
                self.forget(session)
                continue
            for datagram in again:
                self.transmit(datagram, session.address)
            self.watch(session)

    #% endif
    def _app_failed(self, session: Session, error: Exception) -> None:
        name = peer_of(session.address).name
        self.log.error("handler-failed", peer=name, error=repr(error))
        self.forget(session)
#% if custom


def _ignore() -> None:
    """Do nothing: there is no transport yet."""
#% endif
