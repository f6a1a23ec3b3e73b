"""Signals as something to be waited for."""

from __future__ import annotations

import signal
import socket
#% if windows
import sys
#% endif
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import FrameType

#% if windows
if sys.platform == "win32":
    _TAKEN: Final = (signal.SIGINT, signal.SIGBREAK)
else:
    _TAKEN: Final = (
        signal.SIGINT,
        signal.SIGTERM,
        #% if tls
        signal.SIGHUP,
        #% endif
    )
#% endif
#% if not windows
_NUMBERS: Final = (
    signal.SIGINT,
    signal.SIGTERM,
    #% if tls
    signal.SIGHUP,
    #% endif
)
#% endif


class Signals:
    """A descriptor that can be read when a signal has come; opened in the main thread."""

    def __init__(self) -> None:
        """Have signals written to a socket from now on."""
        self._receiver, self._sender = socket.socketpair()
        self._receiver.setblocking(False)  # noqa: FBT003 - takes no keyword
        self._sender.setblocking(False)  # noqa: FBT003 - takes no keyword
        signal.set_wakeup_fd(self._sender.fileno())
        #% if not windows
        for number in _NUMBERS:
            signal.signal(number, _ignore)
        #% endif
        #% if windows
        for number in _TAKEN:
            signal.signal(number, _ignore)
        #% endif

    def fileno(self) -> int:
        """Return what to wait for."""
        return self._receiver.fileno()

    def read(self) -> bytes:
        """Return the numbers of the signals that have come."""
        return self._receiver.recv(16)

    def close(self) -> None:
        """Release the descriptors."""
        signal.set_wakeup_fd(-1)
        self._receiver.close()
        self._sender.close()


def _ignore(number: int, frame: FrameType | None) -> None:
    """Do nothing: the number is in the socket already."""
