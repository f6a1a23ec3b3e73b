"""The WebSocket protocol without I/O: bytes and the time in, bytes and decisions out."""
