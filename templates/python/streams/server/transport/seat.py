"""Broadcasts between workers: each reads records from a socket of its own that the others write."""

from __future__ import annotations

import struct
from collections import deque
from typing import TYPE_CHECKING, Callable, Final, Protocol

from server import config

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from server.protocol.hub import Hub

# The worker that sends, the kind of the message, and whether the record is its last.
_HEAD: Final = struct.Struct("!HB?")
# Payload bytes of a record: some of them have to fit into the kernel's buffer.
_RECORD: Final = 32_768
#% if overflow_close
# The kind of a record that stands for messages for which there was no room.
_LOST: Final = 0xFF
#% endif
# Records read in a row while others wait.
_READS: Final = 16


class Loop(Protocol):
    """What waits for sockets."""

    def add_reader(self, end: socket.socket, callback: Callable[[], None], /) -> object:
        """Call back when there is something to read."""

    def remove_reader(self, end: socket.socket, /) -> object:
        """Leave what is to be read to the kernel."""

    def add_writer(self, end: socket.socket, callback: Callable[[], None], /) -> object:
        """Call back when something can be written."""

    def remove_writer(self, end: socket.socket, /) -> object:
        """Write nothing for the time being."""


class Server(Protocol):
    """The connections of the worker."""

    @property
    def hub(self) -> Hub:
        """What they share."""
        ...

    @property
    def loop(self) -> Loop:
        """What waits for them."""
        ...

    #% if overflow_pause
    @property
    def congested(self) -> set[object]:
        """Who has more unsent than the watermark allows."""
        ...

    def resume_paused(self) -> None:
        """Go on with the input of connections that nothing holds up any more."""

    #% endif
    def flush_touched(self) -> None:
        """Write what the connections have to send that their own input did not cause."""


class Seat:
    """A worker's place on the bus."""

    def __init__(self, server: Server) -> None:
        """Exchange broadcasts with the other workers from now on."""
        self._server = server
        self._worker = worker = server.hub.census.worker
        self._inbox = server.hub.bus.inbox(worker)
        self._outboxes = [Outbox(server, end) for end in server.hub.bus.outboxes(worker)]
        # Messages of which there is more to come, by the workers that send them.
        self._begun: dict[int, bytearray] = {}
        server.hub.publish = self.publish
        server.loop.add_reader(self._inbox, self._read)

    def publish(self, kind: int, payload: bytes | bytearray) -> None:
        """Have the other workers send a message to all their connections."""
        records = tuple(self._records(kind, memoryview(payload)))
        for outbox in self._outboxes:
            outbox.send(records)

    #% if overflow_pause
    def watch(self, *, wanted: bool) -> None:
        """Take broadcasts, or leave them to the kernel while connections here are congested."""
        if wanted:
            self._server.loop.add_reader(self._inbox, self._read)
        else:
            self._server.loop.remove_reader(self._inbox)

    #% endif
    def _records(self, kind: int, payload: memoryview) -> Iterator[bytes]:
        for start in range(0, max(1, len(payload)), _RECORD):
            part = payload[start : start + _RECORD]
            head = _HEAD.pack(self._worker, kind, start + _RECORD >= len(payload))
            yield b"".join((head, part))

    def _read(self) -> None:
        for _ in range(_READS):
            try:
                record = self._inbox.recv(_HEAD.size + _RECORD)
            except BlockingIOError:
                break
            worker, kind, is_last = _HEAD.unpack_from(record)
            #% if overflow_close
            if kind == _LOST:
                self._server.hub.give_up()
                continue
            #% endif
            message = self._begun.setdefault(worker, bytearray())
            message += record[_HEAD.size :]
            if is_last:
                del self._begun[worker]
                self._server.hub.deliver(kind, bytes(message))
        self._server.flush_touched()


class Outbox:
    """What waits until a worker takes it."""

    def __init__(self, server: Server, end: socket.socket) -> None:
        """Begin with nothing."""
        self._server = server
        self._end = end
        self._records: deque[bytes] = deque()
        self._size = 0
        #% if overflow_close
        self._is_flooded = False
        #% endif

    def send(self, message: tuple[bytes, ...]) -> None:
        """Send a message's records behind those that wait."""
        #% if overflow_drop
        if self._size > config.HIGH_WATERMARK:
            return
        #% endif
        #% if overflow_close
        if self._size > config.HIGH_WATERMARK:
            if not self._is_flooded:
                self._is_flooded = True
                self._put(_HEAD.pack(0, _LOST, True))  # noqa: FBT003 - takes no keyword
            return
        #% endif
        for record in message:
            self._put(record)
        #% if overflow_pause
        if self._size > config.HIGH_WATERMARK:
            self._server.congested.add(self)
        #% endif

    def _put(self, record: bytes) -> None:
        if not self._records and self._is_taken(record):
            return
        if not self._records:
            self._server.loop.add_writer(self._end, self._send_waiting)
        self._records.append(record)
        self._size += len(record)

    def _send_waiting(self) -> None:
        while self._records and self._is_taken(self._records[0]):
            self._size -= len(self._records.popleft())
        #% if overflow_close
        self._is_flooded = self._is_flooded and self._size > config.HIGH_WATERMARK
        #% endif
        #% if overflow_pause
        if self in self._server.congested and self._size <= config.HIGH_WATERMARK // 2:
            self._server.congested.discard(self)
            self._server.resume_paused()
        #% endif
        if not self._records:
            self._server.loop.remove_writer(self._end)

    def _is_taken(self, record: bytes) -> bool:
        try:
            self._end.send(record)
        except BlockingIOError:
            return False
        except OSError:
            # The worker is gone, and with it who could hear.
            return True
        return True
