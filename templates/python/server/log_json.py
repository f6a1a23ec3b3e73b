"""Events as JSON, one object a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.log import Field


def json_line(time: str, level: str, event: str, fields: dict[str, Field]) -> str:
    """Return one event as a JSON object."""
    record = {"time": time, "level": level, "event": event, **fields}
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))
