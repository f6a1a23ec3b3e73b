"""One connection: its messages, its timers and its end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from server import config
from server.protocol.errors import ProtocolError
from server.protocol.framing import Reader, compose
#% if rate_limit
from server.protocol.rate import RateLimits
#% endif

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.protocol import Data
    from server.protocol.hub import Hub

# Fates: what the transport does once the output is written, each including those before it.
KEEP: Final = 0
SHUT: Final = 1  # shut down the sending side
CLOSE_WHEN_WRITTEN: Final = 2
CLOSE_AT_ONCE: Final = 3  # even if output is left

_CLOSE_TIMEOUT: Final = config.CLOSE_TIMEOUT / 1000
#% if idle_timeout
_IDLE_TIMEOUT: Final = config.IDLE_TIMEOUT / 1000
#% endif


class Peer(NamedTuple):
    """Who is at the other end."""

    address: str
    #: The address and port, for people.
    name: str


class Session:
    """The protocol's side of a connection.

    The transport calls `open` first. It hands in bytes (`receive`), the end of the stream (`end`),
    the time (`tick`) and the loss of the connection (`lost`). After each it writes what
    `take_output` returns, then sees to `fate`, calls `handle` again while the session is `ready`,
    and `tick` when `deadline` comes.
    """

    def __init__(self, hub: Hub, peer: Peer) -> None:
        """Wait to be opened."""
        self.peer = peer
        # What is to be written.
        self._output: list[Data] = []
        #: What is to be done when it is written.
        self.fate = KEEP
        #: Whether input is left that can be handled at once.
        self.ready = False
        #: Whether messages come and go.
        self.is_open = False
        #: When `tick` is to be called.
        self.deadline = math.inf
        #: Whether the hub knows of output that the connection's own input did not cause.
        self.touched = False
        #% if overflow_pause or overflow_drop
        #: Whether more is unsent than the watermark allows; the transport says so.
        self.congested = False
        #% endif
        #% if overflow_pause
        #: Whether the transport reads nothing for the time being.
        self.paused = False
        #: Whether the input has caused output for other connections.
        self.fills_others = False
        #% endif
        #% if metrics
        #: When its last bytes came.
        self.heard = hub.clock()
        #% endif
        self._hub = hub
        self._reader = Reader(hub.settings)
        # Messages that are complete, but not all handled.
        self._messages: Iterator[Data] = iter(())
        # Bytes of output that the input being handled has caused.
        self._spent = 0
        #% if idle_timeout
        self._last_read = hub.clock()
        #% endif
        #% if rate_limit
        self._limits = RateLimits(hub.clock())
        #% endif

    def open(self) -> None:
        """Begin, unless there are too many connections."""
        #% if processes
        with self._hub.census.alone():
            refusal = self._refusal()
        #% endif
        #% if not processes
        refusal = self._refusal()
        #% endif
        if refusal is not None:
            #% if metrics
            self._hub.metrics.refused[refusal] += 1
            #% endif
            self._hub.log.info("refused", peer=self.peer.name, reason=refusal)
            self.fate = CLOSE_AT_ONCE
            return
        self.is_open = True
        #% if idle_timeout
        self.deadline = self._last_read + _IDLE_TIMEOUT
        #% endif
        self._hub.log.debug("opened", peer=self.peer.name)
        outer, self._hub.current = self._hub.current, self
        try:
            self._hub.app.on_open(self)
        except Exception as error:  # noqa: BLE001 - whatever an app does, the server goes on
            self._app_failed(error)
        self._hub.current = outer

    def receive(self, data: memoryview) -> None:
        """Take bytes from the peer; they may change as soon as this returns."""
        #% if idle_timeout
        self._last_read = self._hub.clock()
        #% endif
        #% if metrics
        self.heard = self._hub.clock()
        #% endif
        if self.is_open:
            self._messages = self._reader.read(data)
            self.handle()

    def handle(self) -> None:
        """Handle messages until none is left or they have caused enough output for one write."""
        outer, self._hub.current = self._hub.current, self
        self._spent = 0
        self.ready = False
        #% if overflow_pause
        self.fills_others = False
        #% endif
        #% if rate_limit
        self._limits.now = self._hub.clock()
        #% endif
        try:
            self._handle_messages()
        except ProtocolError as error:
            self.fail(error.reason)
        except Exception as error:  # noqa: BLE001 - whatever an app does, the server goes on
            self._app_failed(error)
        self._hub.current = outer

    def end(self) -> None:
        """Take the end of the peer's stream: what is owed is written, then all is over."""
        self._finish()
        self.fate = max(self.fate, CLOSE_WHEN_WRITTEN)
        self.deadline = math.inf

    def lost(self) -> None:
        """Take leave of a connection that is no more."""
        self._finish()
        self._hub.remove(self)

    def tick(self, now: float, *, unsent: bool) -> None:
        """Do what is due; `unsent` tells whether output waits for the kernel to accept it."""
        if now < self.deadline:
            return
        #% if idle_timeout
        if self.is_open:
            self._tick_open(now)
            return
        #% endif
        if unsent:
            # The wait for the end of the peer's stream begins when all is sent.
            self.deadline = now + _CLOSE_TIMEOUT
        else:
            self.fate = max(self.fate, CLOSE_WHEN_WRITTEN)
            self.deadline = math.inf

    def take_output(self) -> list[Data]:
        """Return what is to be written; it is the transport's from now on."""
        output, self._output = self._output, []
        return output

    def leave(self) -> None:
        """Close: the server is about to stop."""
        #% if health
        self._hub.is_draining = True
        #% endif
        self.close()

    #% if overflow_close
    def too_slow(self) -> None:
        """Fail: more is unsent than the watermark allows."""
        self.fail("too slow")

    #% endif
    #% if overflow_pause
    def pause(self) -> None:
        """Note that the transport reads nothing for the time being."""
        self.paused = True

    def resume(self) -> None:
        """Note that the transport reads again; until now the peer's silence said nothing."""
        self.paused = False
        #% if idle_timeout
        self._last_read = self._hub.clock()
        #% endif

    #% endif
    def send(self, message: Data) -> None:
        """Send a message, unless the connection is closing."""
        if self._hub.current is self:
            self._spent += len(message)
        else:
            self._hub.touch(self)
        self._queue(message)

    def broadcast(self, message: Data) -> None:
        """Send a message to all other open connections."""
        self._spent += len(message)
        for session in self._hub.sessions:
            if session is not self:
                self._hub.touch(session)
                session._queue(message)  # noqa: SLF001 - of its own kind
        #% if bus
        self._hub.broadcast(0, message)

    def deliver(self, _kind: int, payload: bytes) -> None:
        """Send a message that a connection of another worker broadcasts."""
        self.send(payload)
        #% endif

    def close(self) -> None:
        """Close when all is sent; input is dropped from now on."""
        if not self.is_open:
            return
        if self._hub.current is not self:
            self._hub.touch(self)
        self._finish()
        self._shut()

    def fail(self, reason: str) -> None:
        """Close, and tell why."""
        if self.is_open:
            self._hub.log.info("failed", peer=self.peer.name, reason=reason)
            self.close()

    def _refusal(self) -> str | None:
        """Return why the connection cannot be taken, if so; else count it as open."""
        hub = self._hub
        #% if processes
        if hub.census.connections() >= config.MAX_CONNECTIONS:
            return "too many connections"
        #% endif
        #% if not processes
        if len(hub.sessions) >= config.MAX_CONNECTIONS:
            return "too many connections"
        #% endif
        #% if per_client and processes
        if hub.census.of_client(self.peer.address) >= config.MAX_CONNECTIONS_PER_CLIENT:
            return "too many connections from this address"
        #% endif
        #% if per_client and not processes
        if hub.clients[self.peer.address] >= config.MAX_CONNECTIONS_PER_CLIENT:
            return "too many connections from this address"
        #% endif
        hub.add(self)
        return None

    def _handle_messages(self) -> None:
        on_message = self._hub.app.on_message
        for message in self._messages:
            #% if rate_messages
            self._limits.take_message()
            #% endif
            #% if rate_bytes
            self._limits.take_bytes(len(message))
            #% endif
            on_message(self, message)
            if not self.is_open:
                return
            if self._spent >= config.SEND_BUFFER:
                self.ready = True
                return

    def _queue(self, message: Data) -> None:
        if not self.is_open:
            return
        #% if overflow_drop
        if self.congested:
            return
        #% endif
        #% if metrics
        self._hub.metrics.sent_messages += 1
        #% endif
        #% if framing_length
        try:
            self._output += compose(message)
        except ProtocolError as error:
            self.fail(error.reason)
        #% endif
        #% if not framing_length
        self._output += compose(message)
        #% endif

    def _shut(self) -> None:
        """End the sending side: what still comes is dropped, up to the end of the stream."""
        self.fate = max(self.fate, SHUT)
        self.deadline = self._hub.clock() + _CLOSE_TIMEOUT

    def _app_failed(self, error: Exception) -> None:
        self._hub.log.error("handler-failed", peer=self.peer.name, error=repr(error))
        self.fail("internal error")

    def _finish(self) -> None:
        """Handle no more messages."""
        if not self.is_open:
            return
        self.is_open = False
        self.ready = False
        self._messages = iter(())
        self._hub.log.debug("closed", peer=self.peer.name)
        try:
            self._hub.app.on_close(self)
        except Exception as error:  # noqa: BLE001 - whatever an app does, the server goes on
            self._hub.log.error("handler-failed", peer=self.peer.name, error=repr(error))
    #% if idle_timeout

    def _tick_open(self, now: float) -> None:
        #% if overflow_pause
        if self.paused:
            # Nobody listens, so silence says nothing.
            self._last_read = now
        #% endif
        self.deadline = self._last_read + _IDLE_TIMEOUT
        if now >= self.deadline:
            self.close()
    #% endif
