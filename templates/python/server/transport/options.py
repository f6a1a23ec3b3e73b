"""Socket options."""

from __future__ import annotations

import os
import socket
#% if linger and not udp
import struct
#% endif
from typing import Final, NamedTuple, Union

from server import config
from server.transport.errors import ListenError


class _Option(NamedTuple):
    name: str
    #: Its field in the specification.
    field: str
    level: int
    number: int
    value: Union[int, bytes]


#% if busy_poll
# Linux: include/uapi/asm-generic/socket.h; Python's socket module lacks it.
_SO_BUSY_POLL: Final = 46

#% endif
# On every socket; connections inherit them from their listener, but for those of unix sockets.
_OPTIONS: Final[tuple[_Option, ...]] = (
    #% if reuse_address
    _Option("SO_REUSEADDR", "reuse_address", socket.SOL_SOCKET, socket.SO_REUSEADDR, 1),
    #% endif
    #% if socket_receive_buffer
    _Option(
        "SO_RCVBUF",
        "receive_buffer",
        socket.SOL_SOCKET,
        socket.SO_RCVBUF,
        config.SOCKET_RECEIVE_BUFFER,
    ),
    #% endif
    #% if socket_send_buffer
    _Option(
        "SO_SNDBUF", "send_buffer", socket.SOL_SOCKET, socket.SO_SNDBUF, config.SOCKET_SEND_BUFFER
    ),
    #% endif
    #% if linger and not udp
    _Option(
        "SO_LINGER",
        "linger",
        socket.SOL_SOCKET,
        socket.SO_LINGER,
        struct.pack("ii", 1, config.LINGER),
    ),
    #% endif
    #% if receive_low_watermark
    _Option(
        "SO_RCVLOWAT",
        "receive_low_watermark",
        socket.SOL_SOCKET,
        socket.SO_RCVLOWAT,
        config.RECEIVE_LOW_WATERMARK,
    ),
    #% endif
)
_INTERNET_OPTIONS: Final[tuple[_Option, ...]] = (
    #% if reuse_port or several_workers
    _Option("SO_REUSEPORT", "reuse_port", socket.SOL_SOCKET, socket.SO_REUSEPORT, 1),
    #% endif
    #% if no_delay and not udp
    _Option("TCP_NODELAY", "no_delay", socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    #% endif
    #% if keep_alive and not udp
    _Option("SO_KEEPALIVE", "keep_alive", socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    _Option(
        "TCP_KEEPIDLE",
        "keep_alive",
        socket.IPPROTO_TCP,
        socket.TCP_KEEPIDLE,
        config.KEEP_ALIVE_IDLE,
    ),
    _Option(
        "TCP_KEEPINTVL",
        "keep_alive",
        socket.IPPROTO_TCP,
        socket.TCP_KEEPINTVL,
        config.KEEP_ALIVE_INTERVAL,
    ),
    _Option(
        "TCP_KEEPCNT",
        "keep_alive",
        socket.IPPROTO_TCP,
        socket.TCP_KEEPCNT,
        config.KEEP_ALIVE_COUNT,
    ),
    #% endif
    #% if fast_open and not udp
    _Option(
        "TCP_FASTOPEN",
        "fast_open",
        socket.IPPROTO_TCP,
        socket.TCP_FASTOPEN,
        config.FAST_OPEN_QUEUE,
    ),
    #% endif
    #% if defer_accept and not udp
    _Option(
        "TCP_DEFER_ACCEPT",
        "defer_accept",
        socket.IPPROTO_TCP,
        socket.TCP_DEFER_ACCEPT,
        config.DEFER_ACCEPT,
    ),
    #% endif
    #% if user_timeout and not udp
    _Option(
        "TCP_USER_TIMEOUT",
        "user_timeout",
        socket.IPPROTO_TCP,
        socket.TCP_USER_TIMEOUT,
        config.USER_TIMEOUT,
    ),
    #% endif
    #% if dscp
    # The two lower bits are those of explicit congestion notification (RFC 3168).
    _Option("IP_TOS", "dscp", socket.IPPROTO_IP, socket.IP_TOS, config.DSCP << 2),
    #% endif
    #% if busy_poll
    _Option("SO_BUSY_POLL", "busy_poll", socket.SOL_SOCKET, _SO_BUSY_POLL, config.BUSY_POLL),
    #% endif
    #% if bind_device
    _Option(
        "SO_BINDTODEVICE",
        "bind_device",
        socket.SOL_SOCKET,
        socket.SO_BINDTODEVICE,
        config.BIND_DEVICE.encode(),
    ),
    #% endif
)
_IPV6_OPTIONS: Final = (
    #% if v6_only
    _Option("IPV6_V6ONLY", "v6_only", socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1),
    #% endif
    #% if not v6_only
    # Dual stack, whatever the system's default is.
    _Option("IPV6_V6ONLY", "v6_only", socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0),
    #% endif
    #% if dscp
    _Option("IPV6_TCLASS", "dscp", socket.IPPROTO_IPV6, socket.IPV6_TCLASS, config.DSCP << 2),
    #% endif
)


def set_options(sock: socket.socket) -> None:
    """Set what the specification asks for, on a socket that is not bound yet."""
    options = _OPTIONS
    if sock.family != socket.AF_UNIX:
        options += _INTERNET_OPTIONS
    if sock.family == socket.AF_INET6:
        options += _IPV6_OPTIONS
    for option in options:
        try:
            sock.setsockopt(option.level, option.number, option.value)
        except OSError as error:
            raise _option_error(option, error) from None


#% if not udp and (socket_receive_buffer or socket_send_buffer or receive_low_watermark)
def hand_on_options(connection: socket.socket) -> None:
    """Set what the kernel does not hand on from a listener to a connection."""
    if connection.family == socket.AF_UNIX:
        set_options(connection)


#% endif
def _option_error(option: _Option, error: OSError) -> ListenError:
    what = os.strerror(error.errno) if error.errno else str(error)
    remedy = f"remove socket.{option.field} or run with the privilege it needs"
    return ListenError(f"cannot set {option.name}: {what}; {remedy}")
