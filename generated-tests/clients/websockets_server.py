"""The `websockets` library as an echo server: python websockets_server.py."""

import asyncio
import logging
import signal

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


async def echo(connection: ServerConnection) -> None:
    """Send every message back."""
    try:
        async for message in connection:
            await connection.send(message)
    except ConnectionClosed:
        pass


async def main() -> None:
    """Serve until SIGTERM."""
    # A peer that breaks the protocol is an error there.
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with serve(echo, "127.0.0.1", 0, max_size=None, close_timeout=1) as server:
        address = next(iter(server.sockets)).getsockname()
        print(f"listening on {address[0]}:{address[1]}", flush=True)
        await stop.wait()


asyncio.run(main())
