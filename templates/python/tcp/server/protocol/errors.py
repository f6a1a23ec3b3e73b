"""What fails a connection."""

from __future__ import annotations


class ProtocolError(Exception):
    """A rule or a limit is broken; the connection fails for a reason."""

    def __init__(self, reason: str) -> None:
        """Fail the connection for `reason`."""
        super().__init__(reason)
        self.reason = reason
#% if rate_limit


def rate_exceeded() -> ProtocolError:
    """Return the failure of a peer that sends too much in too short a time."""
    return ProtocolError("rate limit exceeded")
#% endif
#% if not framing_none


def too_big() -> ProtocolError:
    """Return the failure of a message beyond the limit."""
    return ProtocolError("message too big")
#% endif
#% if framing_length


def too_long_for_prefix() -> ProtocolError:
    """Return the failure of a message whose length its prefix cannot express."""
    return ProtocolError("message does not fit its prefix")
#% endif
