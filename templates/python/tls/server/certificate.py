"""When a certificate is valid (RFC 5280 section 4.1.2.5), which Python's ssl does not tell."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Final

_VERSION: Final = 0xA0
_UTC_TIME: Final = 0x17
# Lengths from here on stand in as many bytes as their lower bits say (X.690 section 8.1.3.5).
_LONG: Final = 0x80


def validity(der: bytes) -> tuple[datetime, datetime]:
    """Return the first and the last moment; raise ValueError if this is no certificate."""
    try:
        certificate = _Element(der, 0)
        signed = _Element(der, certificate.start)
        field = _Element(der, signed.start)
        # Version (which may be left out), serial number, algorithm, issuer.
        for _ in range(4 if field.tag == _VERSION else 3):
            field = _Element(der, field.end)
        first = _Element(der, field.start)
        return _time(der, first), _time(der, _Element(der, first.end))
    except IndexError:
        raise ValueError("the certificate is cut off") from None


class _Element:
    """An element of DER: its tag, and where its content starts and ends."""

    def __init__(self, der: bytes, at: int) -> None:
        self.tag = der[at]
        self.start = at + 2
        length = der[at + 1]
        if length >= _LONG:
            self.start += length - _LONG
            length = int.from_bytes(der[at + 2 : self.start], "big")
        self.end = self.start + length


def _time(der: bytes, element: _Element) -> datetime:
    form = "%y%m%d%H%M%SZ" if element.tag == _UTC_TIME else "%Y%m%d%H%M%SZ"
    text = der[element.start : element.end].decode("ascii")
    return datetime.strptime(text, form).replace(tzinfo=timezone.utc)
