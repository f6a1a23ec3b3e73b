"""A connection: bytes between a non-blocking socket and a session."""

from __future__ import annotations

import math
import socket
from typing import TYPE_CHECKING, Final

from server import config
from server.log import write_line
from server.protocol.session import (
    CLOSE_AT_ONCE,
    CLOSE_WHEN_WRITTEN,
    KEEP,
    SHUT,
    #% if not tls
    Session,
    #% endif
)
#% if tls
from server.protocol.tls import SecureSession
#% endif
#% if cork or quick_ack
from server.transport.options import (
    #% if quick_ack
    acknowledge_quickly,
    #% endif
    #% if cork
    cork,
    #% endif
)
#% endif
from server.transport.poller import READ, WRITE

if TYPE_CHECKING:
    from server.protocol.session import Peer
    from server.transport.server import Server

# From this size on a payload is written from where it lies instead of being joined to the rest.
_LARGE: Final = 65_536
#% if edge
# While a connection has more to be read, others have their turn after so many reads.
_READS_IN_A_ROW: Final = 16
#% endif
#% if write_timeout
_WRITE_TIMEOUT: Final = config.WRITE_TIMEOUT / 1000
#% endif


class Connection:
    """The transport's side of a connection."""

    def __init__(self, server: Server, connected: socket.socket, peer: Peer) -> None:
        """Belong to `server`; `open` is to follow."""
        #% if not tls
        self.session = Session(server.hub, peer)
        #% endif
        #% if tls
        self.session = SecureSession(server.hub, peer)
        #% endif
        self.fd = connected.fileno()
        #% if not edge
        #: What is waited for.
        self.interest = READ
        #% endif
        #: When `expire` is to be called: not later than anything is due, but often earlier.
        self.alarm = math.inf
        self.is_closed = False
        self._server = server
        self._socket = connected
        self._fate = KEEP
        # Whether more is to be read.
        self._reads = True
        self._unsent = bytearray()
        #% if overflow_pause or overflow_close or overflow_drop
        # Whether the unsent bytes went above the watermark and have not come down to half of it.
        self._congested = False
        #% endif
        #% if write_timeout
        # When the kernel, accepting nothing, has had enough time.
        self._stalled_at = math.inf
        #% endif

    def open(self) -> None:
        """Begin."""
        self.session.open()
        self._work()

    def ready(self, events: int) -> None:
        """Do what the socket is ready for; a failure of it comes as both."""
        if events & ~READ and self._unsent:
            self._write_unsent()
        #% if edge
        if events & ~WRITE:
            self.read()
        #% endif
        #% if not edge
        if events & ~WRITE and not self.is_closed:
            if self._reads:
                self._read()
            else:
                # Nobody has asked: the connection was reset.
                self.close()
        #% endif

    #% if edge
    def read(self) -> None:
        """Read until there is no more, or it is the turn of others."""
        for _ in range(_READS_IN_A_ROW):
            if self.is_closed or not self._reads or not self._read():
                return
        self._server.unfinished.append(self)

    #% endif
    def expire(self, now: float) -> None:
        """Do what is due."""
        self.alarm = math.inf
        #% if write_timeout
        if now >= self._stalled_at:
            self.close()
            return
        #% endif
        self.session.tick(now, unsent=bool(self._unsent))
        self.flush()
        self._set_alarm()

    def flush(self) -> None:
        """Write the session's output and see to what follows from it."""
        session = self.session
        while (output := session.take_output()) and not self.is_closed:
            self._write(output)
        if session.fate != self._fate:
            self._meet_fate()
        #% if overflow_pause
        if session.paused and not session.is_open:
            self._resume()
        #% endif
        #% if write_timeout
        if min(session.deadline, self._stalled_at) < self.alarm:
            self._set_alarm()
        #% endif
        #% if not write_timeout
        if session.deadline < self.alarm:
            self._set_alarm()
        #% endif

    def close(self) -> None:
        """Close the socket at once, and end the session with it."""
        if self.is_closed:
            return
        self.is_closed = True
        self._server.forget(self)
        self._socket.close()
        self._trace("close", 0)
        self.session.lost()
        #% if overflow_pause
        self._server.resume_paused()
        #% endif

    #% if overflow_pause
    def resume_if_free(self) -> None:
        """Go on with the input if no output that it caused is in the way any more."""
        if not self._is_held_up():
            self._resume()
            self._work()

    #% endif
    def _read(self) -> bool:
        """Read once; return whether there may be more."""
        server = self._server
        try:
            count = self._socket.recv_into(server.buffer)
        except BlockingIOError:
            return False
        except OSError as error:
            self._trace("read", error)
            self.close()
            return False
        if server.socket_debug:
            self._trace("read", count)
        #% if metrics
        server.hub.metrics.received_bytes += count
        #% endif
        #% if quick_ack
        acknowledge_quickly(self._socket)
        #% endif
        if count:
            self.session.receive(server.buffer[:count])
        else:
            self._wait_for_reads(wanted=False)
            self.session.end()
        self._work()
        return bool(count)

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
            self._write_part(last)
        else:
            self._write_part(b"".join(output))
        #% if cork
        if not self.is_closed:
            cork(self._socket, 0)
        #% endif

    def _write_part(self, data: bytes | bytearray) -> None:
        if self._unsent:
            self._unsent += data
        else:
            count = self._send(data)
            if count == len(data):
                return
            self._unsent += memoryview(data)[count:]
            #% if not edge
            self._wait_for(self.interest | WRITE)
            #% endif
        #% if overflow_pause or overflow_close or overflow_drop
        if len(self._unsent) > config.HIGH_WATERMARK and not self._congested:
            self._set_congested()
        #% endif

    def _write_unsent(self) -> None:
        """Write what the kernel accepts now."""
        #% if edge
        while self._unsent and (count := self._send(self._unsent)):
            del self._unsent[:count]
        #% endif
        #% if not edge
        del self._unsent[: self._send(self._unsent)]
        #% endif
        if not self._unsent:
            #% if not edge
            self._wait_for(self.interest & ~WRITE)
            #% endif
            self._meet_fate()
        #% if overflow_pause or overflow_close or overflow_drop
        if self._congested and len(self._unsent) <= config.HIGH_WATERMARK // 2:
            self._clear_congested()
        #% endif

    def _send(self, data: bytes | bytearray) -> int:
        """Hand bytes to the kernel; return how many it took. A broken connection takes all."""
        if self.is_closed:
            return len(data)
        try:
            count = self._socket.send(data)
        except BlockingIOError:
            count = 0
        except OSError as error:
            self._trace("write", error)
            self.close()
            return len(data)
        self._trace("write", count)
        #% if metrics
        self._server.hub.metrics.sent_bytes += count
        #% endif
        #% if write_timeout
        if count:
            self._stalled_at = math.inf
        if count < len(data):
            self._stalled_at = min(self._stalled_at, self._server.hub.clock() + _WRITE_TIMEOUT)
        #% endif
        return count

    def _meet_fate(self) -> None:
        """Shut down the sending side, or close, once all is written."""
        fate = self.session.fate
        if self.is_closed or (self._unsent and fate != CLOSE_AT_ONCE):
            return
        self._fate = fate
        if fate >= CLOSE_WHEN_WRITTEN:
            self.close()
        elif fate == SHUT:
            self._shut_down()

    def _shut_down(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            self._trace("shutdown", error)
            self.close()
        else:
            self._trace("shutdown", 0)

    #% if overflow_pause or overflow_close or overflow_drop
    def _set_congested(self) -> None:
        """Note that the unsent bytes are above the watermark."""
        self._congested = True
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

    def _clear_congested(self) -> None:
        """Note that the unsent bytes are at half the watermark or less."""
        self._congested = False
        #% if overflow_pause
        self._server.congested.discard(self)
        self._server.resume_paused()
        #% endif
        #% if overflow_drop
        self.session.congested = False
        #% endif

    #% endif
    #% if overflow_pause
    def _is_held_up(self) -> bool:
        """Whether output that the input has caused is above a watermark."""
        congested = self._server.congested
        return self in congested or (self.session.fills_others and bool(congested))

    def _pause(self) -> None:
        self.session.pause()
        self._server.paused.add(self)
        self._wait_for_reads(wanted=False)

    def _resume(self) -> None:
        self.session.resume()
        self._server.paused.discard(self)
        self._wait_for_reads(wanted=True)

    #% endif
    def _wait_for_reads(self, *, wanted: bool) -> None:
        self._reads = wanted
        #% if edge
        if wanted:
            # What came meanwhile is not told again.
            self._server.unfinished.append(self)
        #% endif
        #% if not edge
        self._wait_for(self.interest | READ if wanted else self.interest & ~READ)
        #% endif

    #% if not edge
    def _wait_for(self, interest: int) -> None:
        if interest != self.interest and not self.is_closed:
            self.interest = interest
            self._server.watch(self)

    #% endif
    def _set_alarm(self) -> None:
        """Have `expire` called when the next thing is due."""
        alarm = self.session.deadline
        #% if write_timeout
        alarm = min(alarm, self._stalled_at)
        #% endif
        if alarm != self.alarm and not self.is_closed:
            self.alarm = alarm
            self._server.set_alarm(self)

    def _trace(self, operation: str, result: object) -> None:
        """Tell one socket operation and its result, if asked to."""
        if self._server.socket_debug:
            write_line(f"socket: {operation} fd={self.fd} = {result}")
