"""Events as text: `2026-01-31T12:00:00.000Z info listening address=127.0.0.1:8080`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from server.log import Field

_NEEDS_QUOTES: Final = re.compile(r'[ "=\x00-\x1f\x7f-\x9f]')


def text_line(time: str, level: str, event: str, fields: dict[str, Field]) -> str:
    """Return one event as `time level event name=value ...`."""
    return " ".join([time, level, event, *(f"{k}={_value(v)}" for k, v in fields.items())])


def _value(value: Field) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if _NEEDS_QUOTES.search(text) else text
