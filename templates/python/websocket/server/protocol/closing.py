"""Close frames (RFC 6455 sections 5.5.1 and 7.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from server.protocol import errors
from server.protocol.frames import CLOSE, SHORT, control

if TYPE_CHECKING:
    from server.protocol.frames import Data

GOING_AWAY: Final = 1001
NO_STATUS: Final = 1005
_ABNORMAL: Final = 1006
INTERNAL_ERROR: Final = 1011
#% if overflow_close
TRY_AGAIN_LATER: Final = 1013
#% endif

_CODE_SIZE: Final = 2
_STANDARD: Final = frozenset({*range(1000, 1004), *range(1007, 1015)})
_PRIVATE: Final = range(3000, 5000)


class Status(NamedTuple):
    """Why a connection ends."""

    code: int
    reason: str


#: How a connection ends without a Close.
ABORTED: Final = Status(_ABNORMAL, "")


def parse_close(payload: Data) -> Status:
    """Return the status of a peer's Close; fail if it must not be sent."""
    if not payload:
        return Status(NO_STATUS, "")
    if len(payload) < _CODE_SIZE:
        raise errors.broken_rule("invalid close frame")
    code = int.from_bytes(payload[:_CODE_SIZE], "big")
    if not is_sendable(code):
        raise errors.broken_rule("invalid close code")
    try:
        return Status(code, payload[_CODE_SIZE:].decode())
    except UnicodeDecodeError:
        raise errors.invalid_utf8() from None


def read_close(payload: bytes) -> Status:
    """Return the status of a Close that nobody judges any more."""
    if len(payload) < _CODE_SIZE:
        return Status(NO_STATUS, "")
    code = int.from_bytes(payload[:_CODE_SIZE], "big")
    return Status(code, payload[_CODE_SIZE:].decode(errors="replace"))


def is_sendable(code: int) -> bool:
    """Whether a Close may carry `code` (RFC 6455 section 7.4, IANA's registry)."""
    return code in _STANDARD or code in _PRIVATE


def close_frame(code: int, reason: str = "") -> bytes:
    """Return a Close frame; one for `NO_STATUS` is empty."""
    if code == NO_STATUS:
        return control(CLOSE, b"")
    payload = code.to_bytes(_CODE_SIZE, "big") + reason.encode()
    if len(payload) > SHORT:
        raise ValueError(f"a close reason has at most {SHORT - _CODE_SIZE} bytes: {reason!r}")
    return control(CLOSE, payload)
