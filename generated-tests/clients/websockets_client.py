"""The `websockets` library against a generated server: python websockets_client.py ECHO_URL BROADCAST_URL."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

LARGE = 3 << 20


async def echoes(url: str) -> None:
    """Text, binary, empty, large; compressed by default."""
    async with connect(url, max_size=None) as client:
        for message in ("Hello", "", "é🎉", "x" * LARGE, b"", b"\0\xff", os.urandom(LARGE)):
            await client.send(message)
            assert await client.recv() == message


async def uncompressed(url: str) -> None:
    """Without permessage-deflate the connection has no extension."""
    async with connect(url, compression=None, max_size=None) as client:
        assert client.response is not None
        assert "Sec-WebSocket-Extensions" not in client.response.headers
        for size in (0, 1, 125, 126, 65535, 65536, 1 << 20):
            await client.send(b"b" * size)
            assert await client.recv() == b"b" * size


async def windows(url: str) -> None:
    """Every window size that zlib can deflate with."""
    for bits in range(9, 16):
        factory = ClientPerMessageDeflateFactory(server_max_window_bits=bits, client_max_window_bits=bits)
        async with connect(url, extensions=[factory], compression=None, max_size=None) as client:
            for number in range(20):
                message = f"{number} " + "window " * 3000
                await client.send(message)
                assert await client.recv() == message


async def fragments(url: str) -> None:
    """An iterable is sent as one fragmented message."""
    async with connect(url) as client:
        await client.send(["frag", "", "mented"])
        assert await client.recv() == "fragmented"
        await client.send([b"a" * 70000, b"b" * 70000])
        assert await client.recv() == b"a" * 70000 + b"b" * 70000


async def subprotocol(url: str) -> None:
    """The server's order decides; an unknown one is not answered."""
    async with connect(url, subprotocols=["v1.chat", "v2.chat"]) as client:
        assert client.subprotocol == "v2.chat"
    async with connect(url, subprotocols=["v9.chat"]) as client:
        assert client.subprotocol is None


async def closing(url: str) -> None:
    """The client's code comes back."""
    for code in (1000, 1001, 3000, 4999):
        client = await connect(url)
        await client.close(code, "reason")
        assert client.close_code == code, client.close_code


async def pings(url: str) -> None:
    """Pongs carry the payload of their Ping."""
    async with connect(url) as client:
        for payload in (b"", b"p", b"x" * 125):
            await (await client.ping(payload))


async def refused(url: str) -> None:
    """A path that is not there."""
    try:
        async with connect(url + "nowhere"):
            pass
    except InvalidStatus as error:
        assert error.response.status_code == 404
    else:
        raise AssertionError("accepted")


async def parallel(url: str) -> None:
    """Many clients at once, each with its own messages."""

    async def one(number: int) -> None:
        async with connect(url) as client:
            for turn in range(20):
                await client.send(f"{number}/{turn}")
                assert await client.recv() == f"{number}/{turn}"

    await asyncio.gather(*(one(number) for number in range(50)))


async def broadcast(url: str) -> None:
    """Everyone but the speaker hears."""
    clients: list[ClientConnection] = [await connect(url) for _ in range(8)]
    for speaker, client in enumerate(clients):
        await client.send(f"from {speaker}")
        others = [other for other in clients if other is not client]
        heard = await asyncio.gather(*(other.recv() for other in others))
        assert set(heard) == {f"from {speaker}"}
    for client in clients:
        await client.close()
    try:
        await clients[0].recv()
    except ConnectionClosed:
        return
    raise AssertionError("heard its own message")


async def main(echo_url: str, broadcast_url: str) -> None:
    """Run everything, each with a limit."""
    checks: list[Callable[[str], Awaitable[None]]] = [
        echoes,
        uncompressed,
        windows,
        fragments,
        subprotocol,
        closing,
        pings,
        refused,
        parallel,
    ]
    for check in checks:
        print(check.__name__, flush=True)
        await asyncio.wait_for(check(echo_url), 30)
    print("broadcast", flush=True)
    await asyncio.wait_for(broadcast(broadcast_url), 30)


asyncio.run(main(sys.argv[1], sys.argv[2]))
