"""The head of an HTTP request (RFC 9112), as bytes."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

HEAD_END: Final = b"\r\n\r\n"

_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE: Final = re.compile(rb"(" + _TOKEN + rb") ([\x21-\x7e]+) HTTP/([0-9])\.([0-9])")
_FIELD_LINE: Final = re.compile(rb"(" + _TOKEN + rb"):([\t\x20-\x7e\x80-\xff]*)")
_ABSOLUTE_FORM: Final = re.compile(rb"(?:http|ws)s?://[^/?]*", re.IGNORECASE)


class MalformedRequestError(Exception):
    """The head is not that of an HTTP request."""


class Request(NamedTuple):
    """A request; field names are in lower case, values in the order in which they came."""

    method: bytes
    target: bytes
    version: tuple[int, int]
    fields: dict[bytes, list[bytes]]

    def values(self, name: bytes) -> list[bytes]:
        """Return the values of all fields of that name."""
        return self.fields.get(name, [])

    def elements(self, name: bytes) -> list[bytes]:
        """Return the elements of a list-valued field (RFC 9110 section 5.6.1)."""
        joined = b",".join(self.values(name))
        return [element for part in joined.split(b",") if (element := part.strip(b" \t"))]

    def path(self) -> bytes | None:
        """Return the path of the target; None if it has none to serve."""
        target = self.target
        authority = _ABSOLUTE_FORM.match(target)
        if authority is not None:
            target = target[authority.end() :]
        elif not target.startswith(b"/"):
            return None
        return target.partition(b"?")[0] or b"/"
    #% if auth

    def query(self) -> bytes:
        """Return the query of the target, without the question mark."""
        return self.target.partition(b"?")[2]
    #% endif


def parse_request(head: bytes) -> Request:
    """Parse a head without the empty line that ends it."""
    request_line, *field_lines = head.split(b"\r\n")
    match = _REQUEST_LINE.fullmatch(request_line)
    if match is None:
        raise MalformedRequestError
    fields: dict[bytes, list[bytes]] = {}
    for line in field_lines:
        field = _FIELD_LINE.fullmatch(line)
        if field is None:
            raise MalformedRequestError
        fields.setdefault(field[1].lower(), []).append(field[2].strip(b" \t"))
    return Request(match[1], match[2], (int(match[3]), int(match[4])), fields)
