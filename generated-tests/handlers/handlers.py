"""Tells whether a handler was ever called while another one ran."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.app.custom import Connection


class Handlers:
    """One object serves all connections."""

    def __init__(self) -> None:
        self.is_inside = False
        self.has_overlapped = False

    def stay(self) -> None:
        """Run for a while in which other threads run too."""
        self.has_overlapped = self.has_overlapped or self.is_inside
        self.is_inside = True
        time.sleep(0.002)
        self.is_inside = False

    def on_open(self, conn: Connection) -> None:
        """Begin."""
        self.stay()

    def on_message(self, conn: Connection, message: bytes) -> None:
        """Tell."""
        self.stay()
        conn.send(b"overlapped" if self.has_overlapped else b"alone")

    def on_close(self, conn: Connection) -> None:
        """End."""
        self.stay()
