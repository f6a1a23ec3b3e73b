"""Membership in an IPv4 multicast group (RFC 1112, ip(7))."""

from __future__ import annotations

import os
import socket
import struct
from typing import Final

from server import config
from server.transport.errors import ListenError

_ANY: Final = "0.0.0.0"  # noqa: S104 - the kernel chooses the interface
#% if processes
# Linux's number for what Python's socket module lacks (ip(7)): whether groups that other sockets
# have joined are heard.
_IP_MULTICAST_ALL: Final = 49
#% endif
_OPTIONS: Final = (
    (socket.IP_MULTICAST_TTL, config.MULTICAST_TTL),
    (socket.IP_MULTICAST_LOOP, int(config.MULTICAST_LOOPBACK)),
)


def join(sock: socket.socket) -> None:
    """Join the group, and have what is sent to it leave as the specification says."""
    _set(sock, socket.IP_ADD_MEMBERSHIP, _request())


#% if processes
def stay_out(sock: socket.socket) -> None:
    """Send to the group like a member, but leave what is sent to it to another worker."""
    _set(sock, _IP_MULTICAST_ALL, 0)


#% endif
def _set(sock: socket.socket, membership: int, value: int | bytes) -> None:
    try:
        for option, number in _OPTIONS:
            sock.setsockopt(socket.IPPROTO_IP, option, number)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, _request())
        sock.setsockopt(socket.IPPROTO_IP, membership, value)
    except OSError as error:
        what = os.strerror(error.errno) if error.errno else str(error)
        group = config.MULTICAST_GROUP
        raise ListenError(f"cannot join {group}: {what}; set udp.multicast.interface") from None


def _request() -> bytes:
    """Return a `struct ip_mreqn`: group, address and index of the interface."""
    address, index = _interface()
    group = socket.inet_aton(config.MULTICAST_GROUP)
    return struct.pack("4s4si", group, socket.inet_aton(address), index)


def _interface() -> tuple[str, int]:
    """Return the address of the interface, or its index."""
    name = config.MULTICAST_INTERFACE
    if not name:
        return _ANY, 0
    try:
        socket.inet_pton(socket.AF_INET, name)
    except OSError:
        return _ANY, socket.if_nametoindex(name)
    return name, 0
