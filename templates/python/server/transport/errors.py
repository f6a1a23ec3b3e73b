"""What keeps a server from starting."""

from __future__ import annotations


class ListenError(Exception):
    """The server cannot listen; the text says why and what to do."""
