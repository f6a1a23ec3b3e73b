"""Bearer tokens (RFC 6750): where a request carries one, and whether it is known."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.protocol.request import Request

_BEARER: Final = re.compile(rb"bearer +(.*)", re.IGNORECASE)
_PARAMETER: Final = b"token="


class Carried(NamedTuple):
    """What a request carries."""

    token: bytes
    #: Whether it stands where the first subprotocol would.
    as_subprotocol: bool


class Tokens:
    """The tokens that are known."""

    def __init__(self, tokens: Iterable[str]) -> None:
        """Know these tokens."""
        self._digests = [_digest(token.encode(errors="surrogateescape")) for token in tokens]

    def know(self, token: bytes) -> bool:
        """Whether a token is known; the time that this takes says nothing about tokens."""
        digest = _digest(token)
        return sum(hmac.compare_digest(digest, known) for known in self._digests) > 0


def carried(request: Request) -> Carried:
    """Return the token of a request, from the first place that there is for it."""
    fields = request.values(b"authorization")
    if fields:
        match = _BEARER.fullmatch(fields[0])
        return Carried(match[1] if match and len(fields) == 1 else b"", as_subprotocol=False)
    for parameter in request.query().split(b"&"):
        if parameter.startswith(_PARAMETER):
            token = unquote_to_bytes(parameter[len(_PARAMETER) :])
            return Carried(token, as_subprotocol=False)
    protocols = request.elements(b"sec-websocket-protocol")
    return Carried(protocols[0] if protocols else b"", as_subprotocol=True)


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
