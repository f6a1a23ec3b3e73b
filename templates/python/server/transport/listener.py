"""The listening socket."""

from __future__ import annotations

import errno
import os
import socket
from typing import Final

from server import config

_HINTS: Final = {
    errno.EADDRINUSE: "stop the other program or set PORT",
    errno.EACCES: "set PORT to 1024 or above",
    errno.EADDRNOTAVAIL: "set HOST to an address of this machine",
    errno.EAFNOSUPPORT: "set HOST to an address of this machine",
}


class ListenError(Exception):
    """The server cannot listen; the text says why and what to do."""


def open_listener(host: str, port: int) -> socket.socket:
    """Return a socket that listens on a numeric address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _listen_error(host, port, error) from None
    try:
        _set_options(listener, host)
        listener.bind(socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)[0][4])
        listener.listen(config.BACKLOG)
    except OSError as error:
        listener.close()
        raise _listen_error(host, port, error) from None
    listener.setblocking(False)  # noqa: FBT003 - takes no keyword
    return listener


def address_text(address: tuple[str | int, ...]) -> str:
    """Return a socket's address as text: `127.0.0.1:8080` or `[::1]:8080`."""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"


def _set_options(listener: socket.socket, host: str) -> None:
    #% if reuse_address
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    #% endif
    #% if reuse_port
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    #% endif
    if host == "::":
        # Dual stack, whatever the system's default is.
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)


def _listen_error(host: str, port: int, error: OSError) -> ListenError:
    what = os.strerror(error.errno) if error.errno else str(error)
    hint = _HINTS.get(error.errno or 0, "set HOST and PORT")
    return ListenError(f"cannot listen on {address_text((host, port))}: {what}; {hint}")
