"""The opening handshake: judging and answering a request (RFC 6455 section 4.2)."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from server import config
#% if compression
from server.protocol.extensions import negotiate
#% endif
#% if pages
from server.protocol.pages import PAGES
#% endif
from server.protocol.request import MalformedRequestError, parse_request
from server.protocol.response import response
#% if auth
from server.protocol.tokens import carried
#% endif

if TYPE_CHECKING:
    #% if compression
    from server.protocol.extensions import Parameters
    #% endif
    from server.protocol.request import Request
    #% if auth
    from server.protocol.tokens import Tokens
    #% endif

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_HOST: Final = re.compile(rb"[A-Za-z0-9\-._~!$&'()*+,;=:\[\]%]*")
_KEY: Final = re.compile(rb"[A-Za-z0-9+/]{22}==")


class Refusal(Exception):  # noqa: N818 - an answer rather than an error
    """A request is refused with a status and one line of text."""

    def __init__(self, status: int, text: str, *fields: str) -> None:
        """Refuse with `status`, extra `fields` and `text` as the body."""
        super().__init__(status, text)
        self.status = status
        self.text = text
        self._fields = fields

    def answer(self) -> bytes:
        """Return the response."""
        return response(self.status, self.text, *self._fields)


#% if pages
class PageRequest(Exception):  # noqa: N818 - a wish rather than an error
    """A page is asked for, and no upgrade."""

    def __init__(self, path: bytes) -> None:
        """Ask for what is at `path`."""
        super().__init__(path)
        self.path = path


#% endif
class Occupancy(NamedTuple):
    """How many connections are open."""

    connections: int
    #% if per_client
    of_this_client: int
    #% endif


class Acceptance(NamedTuple):
    """What is agreed with a client, and the response that tells so."""

    answer: bytes
    #% if subprotocols
    subprotocol: str | None
    #% endif
    #% if compression
    extension: Parameters | None
    #% endif


def too_slow() -> Refusal:
    """Return the answer to a head that takes too long."""
    return Refusal(408, "handshake took too long")


def too_large() -> Refusal:
    """Return the answer to a head beyond the limit."""
    return Refusal(431, "request head too large")


def accept(
    head: bytes,
    occupancy: Occupancy,
    #% if auth
    tokens: Tokens,
    #% endif
    #% if compression
    *,
    compression: bool,
    #% endif
) -> Acceptance:
    """Judge a head without its last empty line; the first rule that it breaks refuses it."""
    try:
        request = parse_request(head)
    except MalformedRequestError:
        raise Refusal(400, "malformed request") from None
    _judge_http(request)
    _judge_upgrade(request)
    #% if origins
    _judge_origin(request)
    #% endif
    #% if auth
    _judge_token(request, tokens)
    #% endif
    _judge_occupancy(occupancy)
    #% if subprotocols
    subprotocol = _choose_subprotocol(request)
    #% endif
    #% if compression
    offers = b",".join(request.values(b"sec-websocket-extensions"))
    extension = negotiate(offers) if compression else None
    #% endif
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {_accept_value(request.values(b'sec-websocket-key')[0])}",
    ]
    #% if subprotocols
    if subprotocol is not None:
        lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    #% endif
    #% if compression
    if extension is not None:
        lines.append(f"Sec-WebSocket-Extensions: {extension.answer}")
    #% endif
    return Acceptance(
        answer="\r\n".join([*lines, "", ""]).encode(),
        #% if subprotocols
        subprotocol=subprotocol,
        #% endif
        #% if compression
        extension=extension,
        #% endif
    )


def _judge_http(request: Request) -> None:
    """Judge what any HTTP request must get right (RFC 9110 section 7.2, RFC 9112 section 6)."""
    major, _ = request.version
    if major > 1:
        raise Refusal(505, "HTTP/1.1 required")
    if request.version < (1, 1):
        raise Refusal(400, "HTTP/1.1 required")
    hosts = request.values(b"host")
    if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
        raise Refusal(400, "one valid Host field required")
    lengths = request.values(b"content-length")
    if request.values(b"transfer-encoding") or any(length != b"0" for length in lengths):
        raise Refusal(400, "request body not allowed")
    if request.method != b"GET":
        raise Refusal(405, "only GET is allowed", "Allow: GET")
    #% if pages
    path = request.path()
    if path in PAGES and not _has_element(request, b"upgrade", b"websocket"):
        raise PageRequest(path)
    #% endif
    _judge_path(request.path())


def _judge_path(path: bytes | None) -> None:
    #% if any_path
    if path is None:
        raise Refusal(404, "no such resource")
    #% endif
    #% if not any_path
    if path != config.PATH.encode():
        raise Refusal(404, "no such resource")
    #% endif


def _judge_upgrade(request: Request) -> None:
    """Judge the request to upgrade (RFC 6455 section 4.2.1)."""
    if not (
        _has_element(request, b"upgrade", b"websocket")
        and _has_element(request, b"connection", b"upgrade")
    ):
        raise Refusal(426, "websocket upgrade required", "Upgrade: websocket")
    if b", ".join(request.values(b"sec-websocket-version")) != b"13":
        raise Refusal(
            426, "websocket version 13 required", "Upgrade: websocket", "Sec-WebSocket-Version: 13"
        )
    keys = request.values(b"sec-websocket-key")
    if len(keys) != 1 or not _KEY.fullmatch(keys[0]):
        raise Refusal(400, "invalid Sec-WebSocket-Key")


def _has_element(request: Request, name: bytes, wanted: bytes) -> bool:
    return any(element.lower() == wanted for element in request.elements(name))


#% if origins
def _judge_origin(request: Request) -> None:
    """Judge where a browser's request comes from (RFC 6455 section 10.2)."""
    origins = request.values(b"origin")
    allowed = (origin.encode() for origin in config.ORIGINS)
    if len(origins) > 1 or (origins and origins[0] not in allowed):
        raise Refusal(403, "origin not allowed")


#% endif
#% if auth
def _judge_token(request: Request, tokens: Tokens) -> None:
    if not tokens.know(carried(request).token):
        raise Refusal(401, "token required", "WWW-Authenticate: Bearer")


#% endif
def _judge_occupancy(occupancy: Occupancy) -> None:
    if occupancy.connections >= config.MAX_CONNECTIONS:
        raise Refusal(503, "too many connections", "Retry-After: 5")
    #% if per_client
    if occupancy.of_this_client >= config.MAX_CONNECTIONS_PER_CLIENT:
        raise Refusal(429, "too many connections from this address")
    #% endif


#% if subprotocols
def _choose_subprotocol(request: Request) -> str | None:
    """Return the first subprotocol, in our order, that the client knows."""
    offered = request.elements(b"sec-websocket-protocol")
    #% if auth
    if carried(request).as_subprotocol:
        del offered[0]
    #% endif
    for subprotocol in config.SUBPROTOCOLS:
        if subprotocol.encode() in offered:
            return subprotocol
    #% if require_subprotocol
    raise Refusal(400, "no common subprotocol")
    #% endif
    #% if not require_subprotocol
    return None
    #% endif


#% endif
def _accept_value(key: bytes) -> str:
    # RFC 6455 section 4.2.2: SHA-1 is no protection here, only a sign of understanding.
    digest = hashlib.sha1(key + _GUID, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()
