"""The `websockets` library before a fuzzing server: python websockets_fuzzed.py URL [AGENT]."""

import asyncio
import logging
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException


async def visit(address: str, *, echo: bool) -> str | bytes:
    """Open an address, echo, and give the last message once the connection has ended, however that was."""
    last: str | bytes = ""
    try:
        async with connect(address, max_size=None, ping_interval=None) as connection:
            async for message in connection:
                last = message
                if echo:
                    await connection.send(message)
    except (WebSocketException, OSError, EOFError):
        # What is refused, or breaks the protocol, ends here.
        pass
    return last


async def main(url: str, agent: str) -> None:
    """Run every case."""
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    count = int(await visit(f"{url}/getCaseCount", echo=False))
    for number in range(1, count + 1):
        await visit(f"{url}/runCase?case={number}&agent={agent}", echo=True)
    await visit(f"{url}/updateReports?agent={agent}", echo=False)


asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "websockets"))
