"""A WebSocket server on asyncio, made of the standard library alone."""
