"""Addresses of sockets, and how they are written."""

from __future__ import annotations

from typing import Union

#: A socket's address as Python gives it: host, port and more, or the path of a unix socket.
Address = Union[tuple[Union[str, int], ...], str]


def address_text(address: Address) -> str:
    """Return an address as text: `127.0.0.1:8080`, `[::1]:8080` or `/path`."""
    if isinstance(address, str):
        return address
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
