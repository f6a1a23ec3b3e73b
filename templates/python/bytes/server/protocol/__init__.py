"""The protocol without I/O: bytes and the time in, bytes and decisions out."""

from __future__ import annotations

from typing import Union

Data = Union[bytes, bytearray]
