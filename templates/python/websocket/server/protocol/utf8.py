"""UTF-8, refused at the first byte that makes it impossible."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from server.protocol.errors import invalid_utf8

if TYPE_CHECKING:
    from server.protocol.frames import Data


def check_utf8(text: Data) -> None:
    """Fail unless `text` is whole and valid."""
    try:
        text.decode()
    except UnicodeDecodeError:
        raise invalid_utf8() from None


def check_utf8_part(text: Data) -> bytes:
    """Fail if `text` cannot begin a valid text; return the begun character at its end."""
    try:
        _, length = codecs.utf_8_decode(text, "strict", False)  # noqa: FBT003 - takes no keyword
    except UnicodeDecodeError:
        raise invalid_utf8() from None
    begun = bytes(text[length:])
    # CPython waits for the third byte of a surrogate, though the second has already ruled it out.
    if begun[:1] == b"\xed" and begun[1:] > b"\x9f":
        raise invalid_utf8()
    return begun
