"""Datagrams between the socket and the hub."""

from __future__ import annotations

#% if windows
import errno
#% endif
#% if not windows
import socket
#% endif
from typing import TYPE_CHECKING

from server import config
from server.log import write_line

if TYPE_CHECKING:
    #% if windows
    import socket

    #% endif
    from server.protocol import Data
    from server.protocol.addresses import Address
    from server.protocol.hub import Hub


class Datagrams:
    """The transport's side of the socket."""

    def __init__(self, hub: Hub, sock: socket.socket) -> None:
        """Serve `hub` on a bound socket."""
        self._hub = hub
        self._socket = sock
        self._debug = hub.settings.socket_debug

    def turn(self) -> bool:
        """Handle what has come, up to one batch; return whether there may be more."""
        hub, receive = self._hub, self._socket.recvfrom
        now = hub.clock()
        for _ in range(config.BATCH):
            try:
                #% if windows
                data, address = receive(config.READ_SIZE)
                #% endif
                #% if not windows
                data, address = receive(config.READ_SIZE, socket.MSG_DONTWAIT)
                #% endif
            except BlockingIOError:
                break
            except OSError as error:
                # What an answer provoked: it says nothing about the next datagram.
                self._trace("read", error)
                #% if windows
                if error.errno == errno.EMSGSIZE:
                    self._drop_cut(now)
                #% endif
                continue
            self._trace("read", len(data))
            #% if metrics
            hub.metrics.received_bytes += len(data)
            #% endif
            hub.receive(data, address, now)
            if hub.output:
                self.flush(now)
        else:
            self.tick(now)
            return True
        self.tick(now)
        return False

    #% if windows
    def _drop_cut(self, now: float) -> None:
        """Count a datagram that Windows has cut."""
        #% if metrics
        self._hub.metrics.received_bytes += config.READ_SIZE
        #% endif
        self._hub.drops.count("too long", now)

    #% endif
    def tick(self, now: float) -> None:
        """Do what is due."""
        self._hub.tick(now)
        self.flush(now)

    def flush(self, now: float) -> None:
        """Send what the hub has to send."""
        output = self._hub.output
        for data, address in output:
            self._send(data, address, now)
        output.clear()

    def _send(self, data: Data, address: Address, now: float) -> None:
        try:
            #% if windows
            sent = self._socket.sendto(data, address)
            #% endif
            #% if not windows
            sent = self._socket.sendto(data, socket.MSG_DONTWAIT, address)
            #% endif
        except OSError as error:
            self._trace("write", error)
            self._hub.drops.count("not sent", now)
        else:
            self._trace("write", sent)
            #% if metrics
            self._hub.metrics.sent_bytes += sent
            #% endif

    def _trace(self, operation: str, result: object) -> None:
        """Tell one socket operation and its result, if asked to."""
        if self._debug:
            write_line(f"socket: {operation} fd={self._socket.fileno()} = {result}")
