"""Worker processes that share the port. The process that was started only looks after them."""

from __future__ import annotations

import os
import select
import signal
import socket
import traceback
from typing import TYPE_CHECKING, Callable, NamedTuple

from server.protocol.addresses import address_text
#% if not udp
from server.transport.listener import remove_file
#% endif
from server.transport.signals import Signals

if TYPE_CHECKING:
    from server.protocol.hub import Hub

#: Serves one listener, until the other end of the lifeline is closed.
Serve = Callable[["Hub", socket.socket, socket.socket], None]


class _Worker(NamedTuple):
    pid: int
    #: The worker tells on it that it accepts; it ends with either process.
    lifeline: socket.socket


class Workers:
    """The processes, one for each listener."""

    def __init__(self, hub: Hub, listeners: list[socket.socket]) -> None:
        """Begin with none."""
        self._hub = hub
        self._listeners = listeners
        self._address = listeners[0].getsockname()
        self._workers: dict[int, _Worker] = {}
        self._silent = len(listeners)
        self._is_draining = False
        self._status = 0
        self._poll = select.poll()

    def start(self, serve: Serve) -> None:
        """Start the workers."""
        for listener in self._listeners:
            self._start(listener, serve)

    def run(self) -> int:
        """Wait for the workers' end; return the exit status."""
        signals = Signals()
        self._poll.register(signals.fileno(), select.POLLIN)
        for listener in self._listeners:
            listener.close()
        while self._workers:
            for fd, _ in self._poll.poll():
                if fd == signals.fileno():
                    self._on_signals(signals.read())
                else:
                    self._on_word(self._workers[fd])
        signals.close()
        #% if not udp
        self._hub.census.close()
        #% endif
        #% if bus
        self._hub.bus.close()
        #% endif
        self._hub.log.info("stopped")
        return self._status

    def _start(self, listener: socket.socket, serve: Serve) -> None:
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid:
            theirs.close()
            self._workers[ours.fileno()] = _Worker(pid, ours)
            self._poll.register(ours.fileno(), select.POLLIN)
            return
        status = 1
        try:
            ours.close()
            self._become_worker(listener)
            serve(self._hub, listener, theirs)
            status = 0
        except BaseException:  # noqa: BLE001 - it must not get into the parent's code
            traceback.print_exc()
        finally:
            os._exit(status)

    def _become_worker(self, listener: socket.socket) -> None:
        """Keep of the parent's only what a worker needs."""
        # A terminal's signals go to all its processes: the parent sees to them.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        #% if tls
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        #% endif
        for other in self._listeners:
            if other is not listener:
                other.close()
        for worker in self._workers.values():
            worker.lifeline.close()
        #% if metrics or not udp or peers
        # As many as were started before have the numbers below.
        #% endif
        #% if metrics
        self._hub.shared_metrics.count_as(len(self._workers))
        #% endif
        #% if not udp or peers
        self._hub.census.worker = len(self._workers)
        #% endif

    def _on_word(self, worker: _Worker) -> None:
        """Take a worker's word that it accepts, or its end."""
        if not worker.lifeline.recv(1):
            self._bury(worker)
            return
        self._silent -= 1
        if self._silent == 0:
            address = address_text(self._address)
            print(f"listening on {address}", flush=True)  # noqa: T201 - for whoever started us
            self._hub.log.info("listening", address=address)

    def _bury(self, worker: _Worker) -> None:
        del self._workers[worker.lifeline.fileno()]
        self._poll.unregister(worker.lifeline.fileno())
        worker.lifeline.close()
        status = os.waitstatus_to_exitcode(os.waitpid(worker.pid, 0)[1])
        if status or not self._is_draining:
            self._hub.log.error("worker-failed", pid=worker.pid, status=status)
            self._status = 1
            self._drain()

    def _on_signals(self, numbers: bytes) -> None:
        for number in numbers:
            #% if tls
            if number == signal.SIGHUP:
                self._reload()
                continue
            #% endif
            if self._is_draining:
                self._kill()
                os._exit(128 + number)
            self._drain()

    #% if tls
    def _reload(self) -> None:
        """Have the workers read the files of TLS anew."""
        for worker in self._workers.values():
            worker.lifeline.send(b"\0")

    #% endif
    def _kill(self) -> None:
        for worker in self._workers.values():
            os.kill(worker.pid, signal.SIGKILL)
            os.waitpid(worker.pid, 0)

    def _drain(self) -> None:
        if self._is_draining:
            return
        self._is_draining = True
        #% if health
        self._hub.is_draining = True
        #% endif
        #% if not udp
        remove_file(self._address)
        self._hub.log.info("draining", connections=self._hub.census.connections())
        #% endif
        for worker in self._workers.values():
            worker.lifeline.shutdown(socket.SHUT_WR)
