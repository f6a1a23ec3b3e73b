"""One connection: its handshake, messages and control frames, its timers and its end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from server import config
from server.protocol import handshake
from server.protocol.closing import (
    ABORTED,
    GOING_AWAY,
    INTERNAL_ERROR,
    #% if overflow_close
    TRY_AGAIN_LATER,
    #% endif
    Status,
    close_frame,
    parse_close,
    read_close,
)
from server.protocol.composer import Composer
from server.protocol.errors import ProtocolError
from server.protocol.frames import (
    #% if not text_only
    BINARY,
    #% endif
    CLOSE,
    FIN,
    KEY_SIZE,
    MASKED,
    PING,
    PONG,
    SHORT,
    SHORT_HEADERS,
    #% if not binary_only or validate_utf8
    TEXT,
    #% endif
    control,
    unmask_short,
)
#% if heartbeat or idle_timeout
from server.protocol.keepalive import (
    #% if idle_timeout
    IDLE,
    #% endif
    #% if heartbeat
    NO_PONG,
    SEND_PING,
    #% endif
    Keepalive,
)
#% endif
#% if pages
from server.protocol.pages import PAGES
#% endif
#% if rate_limit
from server.protocol.rate import RateLimits
#% endif
from server.protocol.reader import Reader
from server.protocol.request import HEAD_END
#% if validate_utf8
from server.protocol.utf8 import check_utf8
#% endif

if TYPE_CHECKING:
    from server.protocol.frames import Data
    from server.protocol.hub import Hub
    from server.protocol.skimmer import Skimmer

# Phases: what input means.
_HANDSHAKE: Final = 0
_OPEN: Final = 1
_CLOSING: Final = 2  # our Close is sent: input is only measured
_ENDED: Final = 3  # nothing more is sent: input is dropped

# Fates: what the transport does once the output is written, each including those before it.
KEEP: Final = 0
SHUT: Final = 1  # shut down the sending side
CLOSE_WHEN_WRITTEN: Final = 2
CLOSE_AT_ONCE: Final = 3  # even if output is left

_CLOSE_TIMEOUT: Final = config.CLOSE_TIMEOUT / 1000
_CRLF: Final = b"\r\n"
_KEY_AT: Final = 2
_PAYLOAD_AT: Final = _KEY_AT + KEY_SIZE

# First bytes of whole uncompressed messages that the app takes, and their opcodes.
_WHOLE_MESSAGES: Final = {
    #% if not binary_only
    FIN | TEXT: TEXT,
    #% endif
    #% if not text_only
    FIN | BINARY: BINARY,
    #% endif
}


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
        #% if subprotocols
        self.subprotocol: str | None = None
        #% endif
        #% if metrics
        #: When it was opened, and when its last bytes came.
        self.began = self.heard = hub.clock()
        #% endif
        self._hub = hub
        self._phase = _HANDSHAKE
        self._input = b""
        # Bytes of output that the input being handled has caused.
        self._spent = 0
        #% if heartbeat or idle_timeout
        self._keepalive = Keepalive(
            hub.clock(),
            #% if heartbeat
            hub.settings.ping_interval,
            #% endif
        )
        #% endif
        # While the connection is open: what reads its frames, and composes them.
        self._reader: Reader | None = None
        self._composer: Composer
        self._plain_length = 0
        # While it is closing: what looks for the peer's Close.
        self._skimmer: Skimmer | None = None
        # Once it is known: why the connection ended.
        self._status: Status | None = None

    @property
    def is_open(self) -> bool:
        """Whether messages come and go."""
        return self._phase == _OPEN

    def open(self) -> None:
        """Wait for a request."""
        self.deadline = self._hub.clock() + config.HANDSHAKE_TIMEOUT / 1000
        #% if metrics
        self.began = self._hub.clock()
        self._hub.metrics.accepted += 1
        #% endif

    def receive(self, data: memoryview) -> None:
        """Take bytes from the peer; they may change as soon as this returns."""
        #% if heartbeat or idle_timeout
        self._keepalive.last_read = self._hub.clock()
        #% endif
        #% if metrics
        self.heard = self._hub.clock()
        #% endif
        if self._reader is not None and self._reader.left > len(data):
            self._receive_middle(self._reader, data)
            return
        self._input = b"".join((self._input, data)) if self._input else bytes(data)
        self.handle()

    def handle(self) -> None:
        """Handle input until it is used up or has caused as much output as one write may hold."""
        outer, self._hub.current = self._hub.current, self
        self._spent = 0
        self.ready = False
        #% if overflow_pause
        self.fills_others = False
        #% endif
        if self._phase == _HANDSHAKE:
            self._handle_request()
        if self._reader is not None:
            self._handle_frames(self._reader)
        if self._skimmer is not None:
            self._skim(self._skimmer)
        if self._phase == _ENDED:
            self._input = b""
        self._hub.current = outer

    def end(self) -> None:
        """Take the end of the peer's stream: what is owed is written, then all is over."""
        self._finish(ABORTED)
        self.fate = max(self.fate, CLOSE_WHEN_WRITTEN)
        self.deadline = math.inf

    def lost(self) -> None:
        """Take leave of a connection that is no more."""
        self._finish(ABORTED)
        self._hub.remove(self)

    def tick(self, now: float, *, unsent: bool) -> None:
        """Do what is due; `unsent` tells whether output waits for the kernel to accept it."""
        if now < self.deadline:
            return
        if self._phase == _HANDSHAKE:
            self._refuse(handshake.too_slow())
        #% if heartbeat or idle_timeout
        elif self._phase == _OPEN:
            self._tick_open(now)
        #% endif
        elif self._phase == _CLOSING:
            self._finish(ABORTED)
            self._shut()
        elif unsent:
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
        self.close(GOING_AWAY, "server shutting down")

    #% if overflow_close
    def too_slow(self) -> None:
        """Close: more is unsent than the watermark allows."""
        self.close(TRY_AGAIN_LATER, "too slow")

    #% endif
    #% if overflow_pause
    def pause(self) -> None:
        """Note that the transport reads nothing for the time being."""
        self.paused = True

    def resume(self) -> None:
        """Note that the transport reads again; until now the peer's silence said nothing."""
        self.paused = False
        #% if heartbeat or idle_timeout
        self._keepalive.last_read = self._hub.clock()
        #% endif

    #% endif
    def send(self, opcode: int, payload: Data) -> None:
        """Send a message, unless the connection is closing."""
        if self._hub.current is self:
            self._spent += len(payload)
        else:
            self._hub.touch(self)
        self._queue(opcode, payload)

    def broadcast(self, opcode: int, payload: Data) -> None:
        """Send a message to all other open connections."""
        self._spent += len(payload)
        for session in self._hub.sessions:
            if session is not self:
                self._hub.touch(session)
                session._queue(opcode, payload)  # noqa: SLF001 - of the same class
        #% if bus
        self._hub.broadcast(opcode, payload)

    def deliver(self, kind: int, payload: bytes) -> None:
        """Send a message that a connection of another worker broadcasts."""
        self.send(kind, payload)
        #% endif

    def close(self, code: int, reason: str) -> None:
        """Close the connection from our side (RFC 6455 section 7.1.2)."""
        if self._phase == _HANDSHAKE:
            self._phase = _ENDED
            self.fate = CLOSE_AT_ONCE
        elif self._reader is not None:
            self._output.append(close_frame(code, reason))
            self._phase = _CLOSING
            self._skimmer = self._reader.skimmer()
            self._reader = None
            self.deadline = self._hub.clock() + _CLOSE_TIMEOUT
        if self._hub.current is not self:
            self._hub.touch(self)
            self.handle()

    def _receive_middle(self, reader: Reader, payload: memoryview) -> None:
        try:
            reader.read_middle(payload)
        except ProtocolError as error:
            self._fail(error)

    def _handle_request(self) -> None:
        """Answer a request once its head is there."""
        data = self._input
        # RFC 9112 section 2.2: an empty line before the request is passed over.
        start = len(_CRLF) if data.startswith(_CRLF) else 0
        end = data.find(HEAD_END, start, config.HANDSHAKE_LIMIT)
        if end >= 0:
            self._input = data[end + len(HEAD_END) :]
            self._answer(data[start:end])
        elif len(data) >= config.HANDSHAKE_LIMIT:
            self._refuse(handshake.too_large())

    def _answer(self, head: bytes) -> None:
        try:
            #% if processes
            with self._hub.census.alone():
                acceptance = self._judge(head)
            #% endif
            #% if not processes
            acceptance = self._judge(head)
            #% endif
        except handshake.Refusal as refusal:
            self._refuse(refusal)
        #% if pages
        except handshake.PageRequest as request:
            self._output.append(PAGES[request.path](self._hub))
            self._shut()
        #% endif
        else:
            self._open(acceptance)

    def _judge(self, head: bytes) -> handshake.Acceptance:
        """Count the connection as open if its request can be accepted."""
        hub = self._hub
        #% if processes
        connections = hub.census.connections()
        #% endif
        #% if not processes
        connections = len(hub.sessions)
        #% endif
        #% if per_client and processes
        of_this_client = hub.census.of_client(self.peer.address)
        #% endif
        #% if per_client and not processes
        of_this_client = hub.clients[self.peer.address]
        #% endif
        occupancy = handshake.Occupancy(
            connections,
            #% if per_client
            of_this_client,
            #% endif
        )
        acceptance = handshake.accept(
            head,
            occupancy,
            #% if auth
            hub.settings.tokens,
            #% endif
            #% if compression
            compression=hub.settings.compression,
            #% endif
        )
        hub.add(self)
        return acceptance

    def _refuse(self, refusal: handshake.Refusal) -> None:
        #% if metrics
        self._hub.metrics.refused[refusal.text] += 1
        #% endif
        self._hub.log.info(
            "refused", peer=self.peer.name, status=refusal.status, reason=refusal.text
        )
        self._output.append(refusal.answer())
        self._shut()

    def _open(self, acceptance: handshake.Acceptance) -> None:
        self._output.append(acceptance.answer)
        self._phase = _OPEN
        self._reader = Reader(
            self._hub.settings.max_message,
            #% if compression
            acceptance.extension,
            #% endif
            #% if rate_limit
            RateLimits(self._hub.clock()),
            #% endif
        )
        #% if subprotocols
        self.subprotocol = acceptance.subprotocol
        #% endif
        #% if compression
        self._composer = Composer(acceptance.extension)
        #% endif
        #% if not compression
        self._composer = Composer()
        #% endif
        self._plain_length = self._composer.plain_length
        #% if heartbeat or idle_timeout
        self.deadline = self._keepalive.next()
        #% endif
        #% if not heartbeat and not idle_timeout
        self.deadline = math.inf
        #% endif
        self._hub.log.debug("opened", peer=self.peer.name)
        try:
            self._hub.app.on_open(self)
        except Exception as error:  # noqa: BLE001 - whatever an app does, the server goes on
            self._app_failed(error)

    def _handle_frames(self, reader: Reader) -> None:
        data, start = self._input, 0
        end = len(data)
        idle = reader.idle
        longest = MASKED | min(SHORT, self._hub.settings.max_message)
        on_message = self._hub.app.on_message
        #% if rate_limit
        reader.limits.now = self._hub.clock()
        #% endif
        try:
            while start < end and self._phase == _OPEN:
                if self._spent >= config.SEND_BUFFER:
                    self.ready = True
                    break
                payload_start = start + _PAYLOAD_AT
                # Most frames are whole short messages: these take the short way.
                if idle and payload_start <= end:
                    opcode = _WHOLE_MESSAGES.get(data[start])
                    second = data[start + 1]
                    stop = payload_start + second - MASKED
                    if opcode is not None and MASKED <= second <= longest and stop <= end:
                        #% if rate_messages
                        reader.limits.take_message()
                        #% endif
                        #% if rate_bytes
                        reader.limits.take_bytes(second - MASKED)
                        #% endif
                        key = data[start + _KEY_AT : payload_start]
                        payload = unmask_short(data[payload_start:stop], key)
                        #% if validate_utf8
                        if opcode == TEXT and not payload.isascii():
                            check_utf8(payload)
                        #% endif
                        start = stop
                        on_message(self, opcode, payload)
                        continue
                stop, event = reader.read(data, start)
                if stop == start:
                    break
                start = stop
                idle = reader.idle
                if event is not None:
                    self._handle_event(*event)
        except ProtocolError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - whatever an app does, the server goes on
            self._app_failed(error)
        self._input = data[start:]

    def _handle_event(self, opcode: int, payload: Data) -> None:
        if opcode == PING:
            self._spent += len(payload)
            self._output.append(control(PONG, payload))
        elif opcode == CLOSE:
            status = parse_close(payload)
            self._output.append(close_frame(status.code))
            self._finish(status)
            self._shut()
        elif opcode != PONG:
            self._hub.app.on_message(self, opcode, payload)

    def _queue(self, opcode: int, payload: Data) -> None:
        if self._phase != _OPEN:
            return
        #% if overflow_drop
        if self.congested:
            return
        #% endif
        #% if metrics
        self._hub.metrics.sent_messages += 1
        #% endif
        length = len(payload)
        if length <= self._plain_length:
            self._output.append(SHORT_HEADERS[opcode][length])
            self._output.append(payload)
        else:
            self._output += self._composer.compose(opcode, payload)

    def _skim(self, skimmer: Skimmer) -> None:
        """Look for the peer's Close, or for what makes it useless to go on."""
        self._input = skimmer.skim(self._input)
        if skimmer.done:
            self._finish(ABORTED if skimmer.close is None else read_close(skimmer.close))
            self._shut()

    def _fail(self, error: ProtocolError) -> None:
        """Fail the connection (RFC 6455 section 7.1.7)."""
        self._hub.log.info("failed", peer=self.peer.name, code=error.code, reason=error.reason)
        self._output.append(close_frame(error.code, error.reason))
        self._finish(Status(error.code, error.reason))
        self._shut()

    def _app_failed(self, error: Exception) -> None:
        self._hub.log.error("handler-failed", peer=self.peer.name, error=repr(error))
        self.close(INTERNAL_ERROR, "internal error")

    def _shut(self) -> None:
        """End the sending side: what still comes is dropped, up to the end of the stream."""
        self._phase = _ENDED
        self.fate = max(self.fate, SHUT)
        self.deadline = self._hub.clock() + _CLOSE_TIMEOUT

    def _finish(self, status: Status) -> None:
        """Handle no more messages; the first to say why is right."""
        self._phase = _ENDED
        self._reader = None
        self._skimmer = None
        self._input = b""
        self.ready = False
        if self._status is not None or self not in self._hub.sessions:
            return
        self._status = status
        self._hub.log.debug("closed", peer=self.peer.name, code=status.code)
        try:
            self._hub.app.on_close(self, status.code, status.reason)
        except Exception as error:  # noqa: BLE001 - whatever an app does, the server goes on
            self._hub.log.error("handler-failed", peer=self.peer.name, error=repr(error))
    #% if heartbeat or idle_timeout

    def _tick_open(self, now: float) -> None:
        #% if overflow_pause
        if self.paused:
            # Nobody listens, so silence says nothing.
            self._keepalive.last_read = now
        #% endif
        due = self._keepalive.judge(now)
        self.deadline = self._keepalive.next()
        #% if idle_timeout
        if due == IDLE:
            self.close(GOING_AWAY, "idle timeout")
        #% endif
        #% if heartbeat
        if due == SEND_PING:
            self._output.append(control(PING, b""))
        elif due == NO_PONG:
            self._fail(ProtocolError(INTERNAL_ERROR, "ping timeout"))
            self.fate = CLOSE_AT_ONCE
        #% endif
    #% endif
