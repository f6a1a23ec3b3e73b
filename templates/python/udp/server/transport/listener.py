"""The socket that datagrams come to."""

from __future__ import annotations

import errno
#% if not windows
import os
#% endif
import socket
from typing import Final

from server.protocol.addresses import address_text
from server.transport.errors import ListenError
#% if multicast and not processes
from server.transport.multicast import join
#% endif
#% if multicast and processes
from server.transport.multicast import join, stay_out
#% endif
from server.transport.options import set_options

_HINTS: Final = {
    errno.EADDRINUSE: "stop the other program or set PORT",
    errno.EACCES: "set PORT to 1024 or above",
    errno.EADDRNOTAVAIL: "set HOST to an address of this machine",
    errno.EAFNOSUPPORT: "set HOST to an address of this machine",
}


#% if not processes
def open_listener(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to a numeric address."""
    #% if multicast
    listener = _bound(host, port)
    join(listener)
    return listener
    #% endif
    #% if not multicast
    return _bound(host, port)
    #% endif


#% endif
#% if processes
def open_listeners(host: str, port: int, count: int) -> list[socket.socket]:
    """Return a socket for each worker; the kernel gives all that a peer sends to the same one."""
    first = _bound(host, port)
    port = first.getsockname()[1]
    others = [_bound(host, port) for _ in range(1, count)]
    #% if multicast
    join(first)
    for other in others:
        stay_out(other)
    #% endif
    return [first, *others]


#% endif
def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.socket(family, socket.SOCK_DGRAM)
    except OSError as error:
        raise _listen_error(host, port, error) from None
    try:
        set_options(listener)
        #% if udp_broadcast
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        #% endif
        listener.bind(socket.getaddrinfo(host, port, family, socket.SOCK_DGRAM)[0][4])
    except OSError as error:
        listener.close()
        raise _listen_error(host, port, error) from None
    except ListenError:
        listener.close()
        raise
    #% if windows
    listener.setblocking(False)  # noqa: FBT003 - takes no keyword
    #% endif
    return listener


def _listen_error(host: str, port: int, error: OSError) -> ListenError:
    #% if windows
    what = error.strerror or str(error)
    #% endif
    #% if not windows
    what = os.strerror(error.errno) if error.errno else str(error)
    #% endif
    hint = _HINTS.get(error.errno or 0, "set HOST and PORT")
    return ListenError(f"cannot listen on {address_text((host, port))}: {what}; {hint}")
