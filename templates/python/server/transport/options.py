"""Socket options."""

from __future__ import annotations

#% if not windows
import os
#% endif
import socket
#% if linger
import struct
#% endif
#% if windows or macos and (keep_alive or fast_open or linger) or portable and dscp or freebsd and cork
import sys
#% endif
from typing import Final

#% if options_with_values
from server import config
#% endif
from server.transport.errors import ListenError

_LEVELS: Final = {
    "SO": socket.SOL_SOCKET,
    "IP": socket.IPPROTO_IP,
    "IPV6": socket.IPPROTO_IPV6,
    "TCP": socket.IPPROTO_TCP,
}
#% if own_numbers
# What Python's socket module may lack, and the numbers of the systems that have it.
_NUMBERS: Final = {
    #% if busy_poll
    "SO_BUSY_POLL": 46,
    #% endif
    #% if macos and linger
    "SO_LINGER_SEC": 0x1080,
    #% endif
    #% if macos and keep_alive
    "TCP_KEEPALIVE": 0x10,
    #% endif
}
#% endif
#% if macos and keep_alive
_KEEP_IDLE: Final = "TCP_KEEPALIVE" if sys.platform == "darwin" else "TCP_KEEPIDLE"
#% endif
#% if macos and linger
# What macOS calls SO_LINGER counts ticks of its clock.
_LINGER: Final = "SO_LINGER_SEC" if sys.platform == "darwin" else "SO_LINGER"
#% endif
#% if freebsd and cork
# FreeBSD has it as TCP_NOPUSH, tcp(4).
_CORK: Final = socket.TCP_CORK if sys.platform == "linux" else 4
#% endif


def set_options(sock: socket.socket) -> None:
    """Set what the specification asks for on a socket that is not bound yet.

    Connections inherit it from their listener, but for those of unix sockets.
    """
    #% if reuse_address and windows
    # On Windows it would let others take the port.
    if sys.platform != "win32":
        _set(sock, "reuse_address", "SO_REUSEADDR", 1)
    #% endif
    #% if reuse_address and not windows
    _set(sock, "reuse_address", "SO_REUSEADDR", 1)
    #% endif
    #% if socket_receive_buffer
    _set(sock, "receive_buffer", "SO_RCVBUF", config.SOCKET_RECEIVE_BUFFER)
    #% endif
    #% if socket_send_buffer
    _set(sock, "send_buffer", "SO_SNDBUF", config.SOCKET_SEND_BUFFER)
    #% endif
    #% if receive_low_watermark
    _set(sock, "receive_low_watermark", "SO_RCVLOWAT", config.RECEIVE_LOW_WATERMARK)
    #% endif
    #% if windows
    is_unix = sys.platform != "win32" and sock.family == socket.AF_UNIX
    #% endif
    #% if not windows
    is_unix = sock.family == socket.AF_UNIX
    #% endif
    if is_unix:
        return
    #% if reuse_port or processes
    _set(sock, "reuse_port", "SO_REUSEPORT", 1)
    #% endif
    #% if busy_poll
    _set(sock, "busy_poll", "SO_BUSY_POLL", config.BUSY_POLL)
    #% endif
    #% if bind_device
    _set(sock, "bind_device", "SO_BINDTODEVICE", config.BIND_DEVICE.encode())
    #% endif
    #% if dscp
    # The two lower bits are those of explicit congestion notification (RFC 3168).
    #% if portable
    # Only Linux has it on a socket that may be dual stack.
    if sock.family == socket.AF_INET or sys.platform == "linux":
        _set(sock, "dscp", "IP_TOS", config.DSCP << 2)
    #% endif
    #% if not portable
    _set(sock, "dscp", "IP_TOS", config.DSCP << 2)
    #% endif
    #% endif
    #% if tcp_options
    _set_tcp_options(sock)
    #% endif
    if sock.family == socket.AF_INET6:
        #% if v6_only
        _set(sock, "v6_only", "IPV6_V6ONLY", 1)
        #% endif
        #% if not v6_only
        # Dual stack, whatever the system's default is.
        _set(sock, "v6_only", "IPV6_V6ONLY", 0)
        #% endif
        #% if dscp
        _set(sock, "dscp", "IPV6_TCLASS", config.DSCP << 2)
        #% endif


#% if unix_options
def hand_on_options(connection: socket.socket) -> None:
    """Set what the kernel does not hand on from a listener to a connection."""
    #% if windows
    if sys.platform != "win32" and connection.family == socket.AF_UNIX:
        set_options(connection)
    #% endif
    #% if not windows
    if connection.family == socket.AF_UNIX:
        set_options(connection)
    #% endif


#% endif
#% if cork and not udp
def cork(connection: socket.socket, value: int) -> None:
    """Have the kernel hold back what fills no segment, or send it."""
    if connection.family != socket.AF_UNIX:
        #% if freebsd
        connection.setsockopt(socket.IPPROTO_TCP, _CORK, value)
        #% endif
        #% if not freebsd
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, value)
        #% endif


#% endif
#% if quick_ack and not udp
def acknowledge_quickly(connection: socket.socket) -> None:
    """Have the kernel acknowledge at once, which it forgets now and then."""
    if connection.family != socket.AF_UNIX:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


#% endif
#% if not no_delay and not udp
def delay(connection: socket.socket) -> None:
    """Switch Nagle's algorithm on, which asyncio switches off for every connection."""
    #% if windows
    if sys.platform == "win32" or connection.family != socket.AF_UNIX:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
    #% endif
    #% if not windows
    if connection.family != socket.AF_UNIX:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
    #% endif


#% endif
#% if tcp_options
def _set_tcp_options(sock: socket.socket) -> None:
    #% if no_delay
    _set(sock, "no_delay", "TCP_NODELAY", 1)
    #% endif
    #% if keep_alive
    _set(sock, "keep_alive", "SO_KEEPALIVE", 1)
    #% if macos
    _set(sock, "keep_alive", _KEEP_IDLE, config.KEEP_ALIVE_IDLE)
    #% endif
    #% if not macos
    _set(sock, "keep_alive", "TCP_KEEPIDLE", config.KEEP_ALIVE_IDLE)
    #% endif
    _set(sock, "keep_alive", "TCP_KEEPINTVL", config.KEEP_ALIVE_INTERVAL)
    _set(sock, "keep_alive", "TCP_KEEPCNT", config.KEEP_ALIVE_COUNT)
    #% endif
    #% if linger and windows
    seconds = struct.pack("HH" if sys.platform == "win32" else "ii", 1, config.LINGER)
    #% endif
    #% if linger and windows and macos
    _set(sock, "linger", _LINGER, seconds)
    #% endif
    #% if linger and windows and not macos
    _set(sock, "linger", "SO_LINGER", seconds)
    #% endif
    #% if linger and macos and not windows
    _set(sock, "linger", _LINGER, struct.pack("ii", 1, config.LINGER))
    #% endif
    #% if linger and not macos and not windows
    _set(sock, "linger", "SO_LINGER", struct.pack("ii", 1, config.LINGER))
    #% endif
    #% if fast_open
    #% if macos
    # macOS only takes that it is wanted, and has a queue of its own length.
    queue = 1 if sys.platform == "darwin" else config.FAST_OPEN_QUEUE
    _set(sock, "fast_open", "TCP_FASTOPEN", queue)
    #% endif
    #% if not macos
    _set(sock, "fast_open", "TCP_FASTOPEN", config.FAST_OPEN_QUEUE)
    #% endif
    #% endif
    #% if defer_accept
    _set(sock, "defer_accept", "TCP_DEFER_ACCEPT", config.DEFER_ACCEPT)
    #% endif
    #% if user_timeout
    _set(sock, "user_timeout", "TCP_USER_TIMEOUT", config.USER_TIMEOUT)
    #% endif


#% endif
def _set(sock: socket.socket, field: str, name: str, value: int | bytes) -> None:
    """Set one option, which the specification calls `field`."""
    level = _LEVELS[name.partition("_")[0]]
    #% if own_numbers
    number = _NUMBERS[name] if name in _NUMBERS else getattr(socket, name)
    #% endif
    #% if not own_numbers
    number = getattr(socket, name)
    #% endif
    try:
        sock.setsockopt(level, number, value)
    except OSError as error:
        #% if windows
        what = error.strerror or str(error)
        #% endif
        #% if not windows
        what = os.strerror(error.errno) if error.errno else str(error)
        #% endif
        remedy = f"remove socket.{field} or run with the privilege it needs"
        raise ListenError(f"cannot set {name}: {what}; {remedy}") from None
