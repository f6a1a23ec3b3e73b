"""The listening socket, and who connects to it."""

from __future__ import annotations

import errno
#% if not windows
import os
#% endif
import socket
#% if windows or portable and processes and not io_blocking
import sys
#% endif
from pathlib import Path
from typing import TYPE_CHECKING, Final

from server import config
from server.protocol.addresses import address_text
from server.protocol.session import Peer
from server.transport.errors import ListenError
from server.transport.options import set_options

if TYPE_CHECKING:
    from server.protocol.addresses import Address

_UNIX: Final = "unix:"
_MAPPED: Final = "::ffff:"
_HINTS: Final = {
    errno.EADDRINUSE: "stop the other program or set PORT",
    errno.EACCES: "set PORT to 1024 or above",
    errno.EADDRNOTAVAIL: "set HOST to an address of this machine",
    errno.EAFNOSUPPORT: "set HOST to an address of this machine",
}
_UNIX_HINTS: Final = {
    errno.EADDRINUSE: "stop the other program or set HOST",
    errno.EACCES: "set HOST to a path that may be written",
    errno.ENOENT: "create the folder or set HOST",
}


def open_listener(host: str, port: int) -> socket.socket:
    """Return a socket that listens on a numeric address, or on `unix:/path`."""
    #% if windows
    if sys.platform != "win32" and host.startswith(_UNIX):
        return _listen(socket.AF_UNIX, host.removeprefix(_UNIX))
    #% endif
    #% if not windows
    if host.startswith(_UNIX):
        return _listen(socket.AF_UNIX, host.removeprefix(_UNIX))
    #% endif
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return _listen(family, (host, port))


#% if processes
def open_listeners(host: str, port: int, count: int) -> list[socket.socket]:
    """Return a listener for each worker."""
    first = open_listener(host, port)
    #% if io_blocking
    # A connection is to find whoever is free, so all accept from one queue.
    return [first] * count
    #% endif
    #% if not io_blocking
    #% if portable
    # Other systems than Linux do not spread connections over listeners of one port.
    if first.family == socket.AF_UNIX or sys.platform != "linux":
        return [first] * count
    #% endif
    #% if not portable
    if first.family == socket.AF_UNIX:
        return [first] * count
    #% endif
    port = first.getsockname()[1]
    return [first, *(open_listener(host, port) for _ in range(1, count))]
    #% endif


#% endif
def remove_file(address: Address) -> None:
    """Remove the file of a unix socket that is about to be closed."""
    if isinstance(address, str):
        Path(address).unlink(missing_ok=True)


def peer_of(address: Address) -> Peer:
    """Return who connected from an address; a dual-stack socket's IPv4 peers are IPv4 peers."""
    if isinstance(address, str):
        return Peer("unix", "unix")
    host = str(address[0]).removeprefix(_MAPPED)
    return Peer(host, address_text((host, address[1])))


def _listen(family: socket.AddressFamily, address: tuple[str, int] | str) -> socket.socket:
    try:
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _listen_error(address, error) from None
    try:
        set_options(listener)
        _bind(listener, address)
        listener.listen(config.BACKLOG)
    except OSError as error:
        listener.close()
        raise _listen_error(address, error) from None
    except ListenError:
        listener.close()
        raise
    listener.setblocking(False)  # noqa: FBT003 - takes no keyword
    return listener


def _bind(listener: socket.socket, address: tuple[str, int] | str) -> None:
    if isinstance(address, str):
        if _is_abandoned(address):
            Path(address).unlink()
        listener.bind(address)
    else:
        found = socket.getaddrinfo(*address, listener.family, socket.SOCK_STREAM)
        listener.bind(found[0][4])


def _is_abandoned(path: str) -> bool:
    """Whether nobody listens any more on the socket at a path."""
    if not Path(path).is_socket():
        return False
    #% if windows
    if sys.platform == "win32":
        return False
    #% endif
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(path) == errno.ECONNREFUSED


def _listen_error(address: tuple[str, int] | str, error: OSError) -> ListenError:
    #% if windows
    what = error.strerror or str(error)
    #% endif
    #% if not windows
    what = os.strerror(error.errno) if error.errno else str(error)
    #% endif
    hints = _UNIX_HINTS if isinstance(address, str) else _HINTS
    hint = hints.get(error.errno or 0, "set HOST and PORT")
    return ListenError(f"cannot listen on {address_text(address)}: {what}; {hint}")
