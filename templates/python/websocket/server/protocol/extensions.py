"""permessage-deflate: what is agreed in the handshake (RFC 7692 section 7.1)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from server import config

_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED: Final = rb'"(?:[^"\\]|\\.)*"'
_PARAMETER: Final = re.compile(
    rb"[ \t]*;[ \t]*(" + _TOKEN + rb")(?:=(" + _TOKEN + rb"|" + _QUOTED + rb"))?", re.DOTALL
)
_NAME: Final = re.compile(_TOKEN)
# An element ends at the first comma outside of quotes; quotes left open reach to the end.
_ELEMENT: Final = re.compile(rb'(?:[^,"]|"(?:[^"\\]|\\.)*(?:"|\\?\Z))+', re.DOTALL)
_ESCAPE: Final = re.compile(rb"\\(.)", re.DOTALL)
_WINDOW_BITS: Final = {str(bits).encode(): bits for bits in range(8, 16)}
_MAX_BITS: Final = 15


class Parameters(NamedTuple):
    """The agreed parameters of permessage-deflate."""

    #% if server_takeover
    server_no_context_takeover: bool
    #% endif
    #% if client_takeover
    client_no_context_takeover: bool
    #% endif
    server_max_window_bits: int
    #: The value of the Sec-WebSocket-Extensions field that says so.
    answer: str


def negotiate(field: bytes) -> Parameters | None:
    """Return the answer to the first element of `field` that can be accepted."""
    for element in _ELEMENT.findall(field):
        offer = _parse(element.strip(b" \t"))
        if offer is not None and _acceptable(offer):
            return _accept(offer)
    return None


def _parse(element: bytes) -> dict[bytes, bytes | None] | None:
    """Return the parameters of an offer of permessage-deflate; None if it is not one."""
    name = _NAME.match(element)
    if name is None or name[0] != b"permessage-deflate":
        return None
    offer: dict[bytes, bytes | None] = {}
    position = name.end()
    while position < len(element):
        parameter = _PARAMETER.match(element, position)
        if parameter is None or parameter[1] in offer:
            return None
        offer[parameter[1]] = _unquoted(parameter[2])
        position = parameter.end()
    return offer


def _unquoted(value: bytes | None) -> bytes | None:
    if value is None or not value.startswith(b'"'):
        return value
    return _ESCAPE.sub(rb"\1", value[1:-1])


def _acceptable(offer: dict[bytes, bytes | None]) -> bool:
    return all(_acceptable_parameter(name, value) for name, value in offer.items())


def _acceptable_parameter(name: bytes, value: bytes | None) -> bool:
    if name in {b"server_no_context_takeover", b"client_no_context_takeover"}:
        return value is None
    if name == b"client_max_window_bits" and value is None:
        return True
    return name in {b"server_max_window_bits", b"client_max_window_bits"} and value in _WINDOW_BITS


def _accept(offer: dict[bytes, bytes | None]) -> Parameters:
    server_bits = min(config.SERVER_MAX_WINDOW_BITS, _bits(offer, b"server_max_window_bits"))
    client_bits = min(config.CLIENT_MAX_WINDOW_BITS, _bits(offer, b"client_max_window_bits"))
    server_forgets = config.SERVER_NO_CONTEXT_TAKEOVER or b"server_no_context_takeover" in offer
    client_forgets = config.CLIENT_NO_CONTEXT_TAKEOVER or b"client_no_context_takeover" in offer
    answer = ["permessage-deflate"]
    if server_forgets:
        answer.append("server_no_context_takeover")
    if client_forgets:
        answer.append("client_no_context_takeover")
    # RFC 7692 section 7.1.2.1: a client that asked for it must find it in the answer.
    if server_bits < _MAX_BITS or b"server_max_window_bits" in offer:
        answer.append(f"server_max_window_bits={server_bits}")
    if client_bits < _MAX_BITS and b"client_max_window_bits" in offer:
        answer.append(f"client_max_window_bits={client_bits}")
    return Parameters(
        #% if server_takeover
        server_no_context_takeover=server_forgets,
        #% endif
        #% if client_takeover
        client_no_context_takeover=client_forgets,
        #% endif
        server_max_window_bits=server_bits,
        answer="; ".join(answer),
    )


def _bits(offer: dict[bytes, bytes | None], name: bytes) -> int:
    return _WINDOW_BITS.get(offer.get(name) or b"", _MAX_BITS)
