"""A listener of its own for those who watch the server, in a thread of its own."""

from __future__ import annotations

#% if not windows
import os
#% endif
import socket
import threading
import time
from typing import TYPE_CHECKING, Final

from server import config
from server.protocol.pages import PAGES
from server.protocol.request import HEAD_END, MalformedRequestError, parse_request
from server.protocol.response import response
from server.transport.errors import ListenError

if TYPE_CHECKING:
    from server.protocol.hub import Hub

_LOCAL: Final = "127.0.0.1"
_MAX_HEAD: Final = 8192
# One request is served at a time, within this many seconds.
_PATIENCE: Final = 2.0


def open_monitor(host: str) -> socket.socket:
    """Return a socket that listens where the server does, on the port of the metrics."""
    host = _LOCAL if host.startswith("unix:") else host
    port = config.METRICS_PORT
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        #% if windows
        what = error.strerror or str(error)
        #% endif
        #% if not windows
        what = os.strerror(error.errno) if error.errno else str(error)
        #% endif
        address = f"[{host}]:{port}" if family == socket.AF_INET6 else f"{host}:{port}"
        remedy = "stop the other program or change metrics.port"
        raise ListenError(f"cannot listen on {address}: {what}; {remedy}") from None


def start_monitor(listener: socket.socket, hub: Hub) -> None:
    """Answer requests from now on, until the process ends."""
    threading.Thread(target=_serve, args=(listener, hub), daemon=True).start()


def _serve(listener: socket.socket, hub: Hub) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            # It has run out of something, descriptors for one.
            time.sleep(_PATIENCE)
            continue
        with connection:
            _answer(connection, hub)


def _answer(connection: socket.socket, hub: Hub) -> None:
    """Answer one request; whoever is too slow or goes away gets no answer."""
    deadline = time.monotonic() + _PATIENCE
    try:
        head = _read_head(connection, deadline)
        connection.sendall(_response(head, hub))
        connection.shutdown(socket.SHUT_WR)
        while _read(connection, deadline):
            pass
    except OSError:
        return


def _read_head(connection: socket.socket, deadline: float) -> bytes:
    """Return a head without its last empty line; an empty one if it does not end."""
    data = b""
    while HEAD_END not in data:
        part = _read(connection, deadline)
        if not part or len(data) > _MAX_HEAD:
            return b""
        data += part
    return data.partition(HEAD_END)[0]


def _read(connection: socket.socket, deadline: float) -> bytes:
    # At least a moment: zero would be without waiting.
    connection.settimeout(max(0.001, deadline - time.monotonic()))
    return connection.recv(_MAX_HEAD)


def _response(head: bytes, hub: Hub) -> bytes:
    try:
        request = parse_request(head)
    except MalformedRequestError:
        return response(400, "malformed request")
    if request.method != b"GET":
        return response(405, "only GET is allowed", "Allow: GET")
    page = PAGES.get(request.path() or b"")
    return page(hub) if page else response(404, "no such resource")
