"""Addresses of sockets, and how they are written."""

from __future__ import annotations

from typing import Final, NamedTuple, Union

#: A host, a port, and for IPv6 a flow and a zone.
Address = tuple[Union[str, int], ...]

_MAPPED: Final = "::ffff:"


class Peer(NamedTuple):
    """Who is at the other end."""

    address: Address
    #: The address and port, for people.
    name: str


def address_text(address: Address) -> str:
    """Return an address as text: `127.0.0.1:8080` or `[::1]:8080`."""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"


def peer_of(address: Address) -> Peer:
    """Return who sends from an address; a dual-stack socket's IPv4 peers are IPv4 peers."""
    host = str(address[0]).removeprefix(_MAPPED)
    return Peer(address, address_text((host, address[1])))
