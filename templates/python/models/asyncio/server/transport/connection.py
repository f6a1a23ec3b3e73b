"""A connection of the event loop: bytes between an asyncio transport and a session."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Final, cast

from server import config
from server.log import write_line
from server.protocol.session import CLOSE_AT_ONCE, CLOSE_WHEN_WRITTEN, KEEP, Session
#% if tls
from server.protocol.tls import SecureSession
#% endif
#% if cork or quick_ack or unix_options or not no_delay
from server.transport.options import (
    #% if quick_ack
    acknowledge_quickly,
    #% endif
    #% if cork
    cork,
    #% endif
    #% if not no_delay
    delay,
    #% endif
    #% if unix_options
    hand_on_options,
    #% endif
)
#% endif
#% if write_timeout
from server.transport.progress import Progress
#% endif

if TYPE_CHECKING:
    import socket

    from server.protocol.session import Peer
    from server.transport.loop import Server

# From this size on a payload is written from where it lies instead of being joined to the rest.
_LARGE: Final = 65_536
#% if io_uvloop
# Seconds in which uvloop has written what can be written at all.
_AT_ONCE: Final = 0.05
#% endif


class Connection(asyncio.BufferedProtocol):
    """The transport's side of a connection."""

    session: Session
    _transport: asyncio.Transport
    _socket: socket.socket

    def __init__(self, server: Server, peer: Peer) -> None:
        """Belong to `server`."""
        self._server = server
        self._peer = peer
        self._fate = KEEP
        self._timer: asyncio.TimerHandle | None = None
        # When the timer goes off: not later than anything is due, but often earlier.
        self._alarm = math.inf
        #% if write_timeout
        self._progress = Progress()
        #% endif

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin a session, unless there are too many."""
        server = self._server
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(config.HIGH_WATERMARK, config.HIGH_WATERMARK // 2)
        self._socket = transport.get_extra_info("socket")
        #% if unix_options
        hand_on_options(self._socket)
        #% endif
        #% if not no_delay
        delay(self._socket)
        #% endif
        #% if quick_ack
        acknowledge_quickly(self._socket)
        #% endif
        self.trace("accept", self._peer.name)
        #% if not tls
        self.session = Session(server.hub, self._peer)
        #% endif
        #% if tls
        self.session = SecureSession(server.hub, self._peer)
        #% endif
        takes_more = server.takes_more
        server.connections[self.session] = self
        #% if processes
        server.hub.census.set_sockets(len(server.connections))
        #% endif
        if takes_more:
            self.session.open()
            self._work()
        else:
            self.abort()
        self._set_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the session with the connection."""
        self.trace("close", exc or 0)
        if self._timer is not None:
            self._timer.cancel()
        self.session.lost()
        self._server.forget(self)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's interface
        """Return what is read into."""
        return self._server.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was read."""
        server = self._server
        if server.socket_debug:
            self.trace("read", nbytes)
        #% if metrics
        server.hub.metrics.received_bytes += nbytes
        #% endif
        #% if quick_ack
        acknowledge_quickly(self._socket)
        #% endif
        self.session.receive(server.buffer[:nbytes])
        self._work()

    def eof_received(self) -> bool:
        """Take the end of the peer's stream; the connection is closed when all is written."""
        self.trace("read", 0)
        self.session.end()
        self._work()
        return True

    def pause_writing(self) -> None:
        """Note that the unsent bytes are above the watermark."""
        #% if metrics
        self._server.hub.metrics.backpressure += 1
        #% endif
        #% if overflow_pause
        self._server.congested.add(self)
        #% if bus
        self._server.seat.watch(wanted=False)
        #% endif
        #% endif
        #% if overflow_close
        self.session.too_slow()
        #% endif
        #% if overflow_drop
        self.session.congested = True
        #% endif

    def resume_writing(self) -> None:
        """Note that the unsent bytes are at half the watermark or less."""
        #% if overflow_pause
        self._server.congested.discard(self)
        self._server.resume_paused()
        #% endif
        #% if overflow_drop
        self.session.congested = False
        #% endif

    def flush(self) -> None:
        """Write the session's output and see to what follows from it."""
        session = self.session
        while output := session.take_output():
            self._write(output)
        if session.fate != self._fate:
            self._meet_fate(session.fate)
        #% if overflow_pause
        if session.paused and not session.is_open:
            self._resume()
        #% endif
        if session.deadline < self._alarm:
            self._set_timer()

    def abort(self) -> None:
        """Close the socket at once."""
        self._transport.abort()
    #% if overflow_pause

    def resume_if_free(self) -> None:
        """Go on with the input if no output that it caused is in the way any more."""
        if not self._is_held_up():
            self._resume()
            self._work()
    #% endif

    def _work(self) -> None:
        """Write what the input has caused, and handle the rest of it."""
        session, server = self.session, self._server
        while True:
            self.flush()
            if server.hub.touched:
                server.flush_touched()
            #% if overflow_pause
            if server.congested and session.is_open and self._is_held_up():
                self._pause()
                return
            #% endif
            if not session.ready:
                return
            session.handle()

    def _write(self, output: list[bytes | bytearray]) -> None:
        #% if cork
        cork(self._socket, 1)
        #% endif
        last = output[-1]
        # A long payload ends a turn of the session, so what may be long comes last.
        if len(last) >= _LARGE:
            output.pop()
            self._write_part(b"".join(output))
            self._write_part(memoryview(last))
        else:
            self._write_part(b"".join(output))
        #% if cork
        cork(self._socket, 0)
        #% endif

    def _write_part(self, data: bytes | memoryview) -> None:
        #% if metrics
        self._server.hub.metrics.sent_bytes += len(data)
        #% endif
        self._transport.write(data)
        #% if write_timeout
        unsent = self._transport.get_write_buffer_size()
        if self._progress.wrote(len(data), unsent, self._server.loop.time):
            self._set_timer()
        #% endif
        self.trace("write", len(data))

    def _meet_fate(self, fate: int) -> None:
        """Shut down the sending side, or close, once all is written."""
        self._fate = fate
        #% if io_asyncio
        if fate == CLOSE_AT_ONCE and self._transport.get_write_buffer_size():
            self._transport.abort()
        #% endif
        #% if io_uvloop
        if fate == CLOSE_AT_ONCE:
            # uvloop writes at the end of a turn.
            self._server.loop.call_later(_AT_ONCE, self._transport.abort)
        #% endif
        if fate >= CLOSE_WHEN_WRITTEN:
            self._transport.close()
        else:
            self._shut_down()

    def _shut_down(self) -> None:
        try:
            self._transport.write_eof()
        except OSError as error:
            # The peer was gone, and its system answered what was written with a reset.
            self.trace("shutdown", error)
            self.abort()
        else:
            self.trace("shutdown", 0)

    #% if overflow_pause
    def _is_held_up(self) -> bool:
        """Whether output that the input has caused is above a watermark."""
        congested = self._server.congested
        return self in congested or (self.session.fills_others and bool(congested))

    def _pause(self) -> None:
        self.session.pause()
        self._server.paused.add(self)
        self._transport.pause_reading()

    def _resume(self) -> None:
        self.session.resume()
        self._server.paused.discard(self)
        self._transport.resume_reading()

    #% endif
    def _set_timer(self) -> None:
        """Have the timer go off when the next thing is due."""
        alarm = self.session.deadline
        #% if write_timeout
        alarm = min(alarm, self._progress.deadline)
        #% endif
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._alarm = alarm
        if alarm < math.inf:
            self._timer = self._server.loop.call_at(alarm, self._on_timer)

    def _on_timer(self) -> None:
        now = self._server.loop.time()
        unsent = self._transport.get_write_buffer_size()
        #% if write_timeout
        if now >= self._progress.deadline and self._progress.stalled(unsent, now):
            self.abort()
            return
        #% endif
        self.session.tick(now, unsent=unsent > 0)
        self.flush()
        self._set_timer()

    def trace(self, operation: str, result: object) -> None:
        """Tell one socket operation and its result, if asked to."""
        if self._server.socket_debug:
            write_line(f"socket: {operation} fd={self._socket.fileno()} = {result}")
