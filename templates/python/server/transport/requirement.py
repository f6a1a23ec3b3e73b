"""What has to be installed."""

from __future__ import annotations

from importlib.util import find_spec

from server.transport.errors import ListenError


def require_uvloop() -> None:
    """See whether uvloop is there, which does not come with Python."""
    if find_spec("uvloop") is None:
        raise ListenError("cannot find uvloop; install it with `python3 -m pip install uvloop`")
