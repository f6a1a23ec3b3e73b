"""Membership in an IPv6 multicast group (RFC 3493 section 5.2)."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path
from typing import Callable, Final

from server import config
from server.transport.errors import ListenError

_ADDRESSES: Final = Path("/proc/net/if_inet6")
#% if processes
# Linux's number for what Python's socket module lacks (ipv6(7)): whether groups that other sockets
# have joined are heard.
_IPV6_MULTICAST_ALL: Final = 29
#% endif
_OPTIONS: Final = (
    (socket.IPV6_MULTICAST_HOPS, config.MULTICAST_TTL),
    (socket.IPV6_MULTICAST_LOOP, int(config.MULTICAST_LOOPBACK)),
)


def join(sock: socket.socket) -> None:
    """Join the group, and have what is sent to it leave as the specification says."""
    group = socket.inet_pton(socket.AF_INET6, config.MULTICAST_GROUP)
    _set(sock, socket.IPV6_JOIN_GROUP, lambda index: group + struct.pack("I", index))


#% if processes
def stay_out(sock: socket.socket) -> None:
    """Send to the group like a member, but leave what is sent to it to another worker."""
    _set(sock, _IPV6_MULTICAST_ALL, lambda _: 0)


#% endif
def _set(sock: socket.socket, membership: int, value: Callable[[int], int | bytes]) -> None:
    """Set a last option too, to a value that may depend on the interface."""
    try:
        index = _interface()
        for option, number in (*_OPTIONS, (socket.IPV6_MULTICAST_IF, index)):
            sock.setsockopt(socket.IPPROTO_IPV6, option, number)
        sock.setsockopt(socket.IPPROTO_IPV6, membership, value(index))
    except OSError as error:
        what = os.strerror(error.errno) if error.errno else str(error)
        cannot = f"cannot join {config.MULTICAST_GROUP}"
        raise ListenError(f"{cannot}: {what}; set udp.multicast.interface") from None


def _interface() -> int:
    """Return the index of the interface; 0 lets the kernel choose."""
    name = config.MULTICAST_INTERFACE
    if not name:
        return 0
    try:
        address = socket.inet_pton(socket.AF_INET6, name).hex()
    except OSError:
        return socket.if_nametoindex(name)
    # Lines of an address, the index of its interface (both hexadecimal), and more.
    for line in _ADDRESSES.read_text().splitlines():
        if line.startswith(address):
            return int(line.split()[1], 16)
    raise OSError(f"no interface has the address {name}")
