"""What fails a connection: close codes (RFC 6455 section 7.4.1) and reasons."""

from __future__ import annotations

from typing import Final

_BROKEN_RULE: Final = 1002
#% if text_only or binary_only
_UNWANTED_KIND: Final = 1003
#% endif
_INVALID_PAYLOAD: Final = 1007
#% if rate_limit
_BROKEN_POLICY: Final = 1008
#% endif
_TOO_BIG: Final = 1009


class ProtocolError(Exception):
    """The peer broke a rule or a limit; the connection fails with a close code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        """Fail the connection with `code` and `reason`."""
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


def broken_rule(reason: str) -> ProtocolError:
    """Return the failure of a peer that breaks the protocol."""
    return ProtocolError(_BROKEN_RULE, reason)


#% if text_only or binary_only
def unwanted_kind(reason: str) -> ProtocolError:
    """Return the failure of a peer that sends what the app does not take."""
    return ProtocolError(_UNWANTED_KIND, reason)


#% endif
def invalid_utf8() -> ProtocolError:
    """Return the failure of a text that is not UTF-8."""
    return ProtocolError(_INVALID_PAYLOAD, "invalid UTF-8")


#% if compression
def invalid_deflate() -> ProtocolError:
    """Return the failure of a compressed message that is not DEFLATE."""
    return ProtocolError(_INVALID_PAYLOAD, "invalid compressed data")


#% endif
#% if rate_limit
def rate_exceeded() -> ProtocolError:
    """Return the failure of a peer that sends too much in too short a time."""
    return ProtocolError(_BROKEN_POLICY, "rate limit exceeded")


#% endif
def too_big() -> ProtocolError:
    """Return the failure of a message beyond the limit."""
    return ProtocolError(_TOO_BIG, "message too big")
