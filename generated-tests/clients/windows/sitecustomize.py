"""Has a program find itself on Windows, as far as Python tells: what lacks there is taken away."""

# What asks for the system as it is imported.
import asyncio
import errno
import os
import select
import selectors
import signal
import socket
import ssl  # noqa: F401
import subprocess  # noqa: F401
import sys
import tempfile  # noqa: F401
import threading  # noqa: F401
from pathlib import Path  # noqa: F401

UNIX = socket.AF_UNIX
pair = socket.socketpair
selecting = asyncio.SelectorEventLoop


def lacks(*_arguments, **_names):
    raise NotImplementedError


class SelectorEventLoop(selecting):
    """The loop that watches sockets, which is not the usual one there."""

    add_reader = selecting.add_reader


def recvfrom(self, size):
    """Fail where the datagram is longer, as Windows does."""
    data, _, flags, address = self.recvmsg(size)
    if flags & socket.MSG_TRUNC:
        raise OSError(errno.EMSGSIZE, "too long")
    return data, address


asyncio.SelectorEventLoop = SelectorEventLoop
selecting.add_reader = selecting.add_signal_handler = lacks
socket.socketpair = lambda: pair(UNIX, socket.SOCK_STREAM)
socket.socket.recvfrom = recvfrom
# Of the same number.
signal.SIGBREAK = signal.SIGTTIN
for module, names in {
    os: ("fork",),
    select: ("poll", "epoll"),
    selectors: ("PollSelector", "EpollSelector"),
    signal: ("SIGHUP",),
    socket: ("AF_UNIX", "MSG_DONTWAIT", "SO_REUSEPORT"),
}.items():
    for name in names:
        delattr(module, name)
sys.platform = "win32"
