"""Responses of HTTP, after each of which the connection is closed."""

from __future__ import annotations

from typing import Final

_PLAIN: Final = "text/plain; charset=utf-8"
_REASONS: Final = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    426: "Upgrade Required",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}


def response(status: int, body: str, *fields: str, content_type: str = _PLAIN) -> bytes:
    """Return a response with extra `fields`; the end of the body's last line is added."""
    content = f"{body}\n".encode()
    lines = (
        f"HTTP/1.1 {status} {_REASONS[status]}",
        "Connection: close",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(content)}",
        *fields,
        "\r\n",
    )
    return "\r\n".join(lines).encode() + content
