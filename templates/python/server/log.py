"""Events on standard error, one line each."""

from __future__ import annotations

import contextlib
import os
import time
from typing import Callable, Final, Union

Field = Union[str, int]
#: Writes one event as a line without its end: time, level, event, fields.
Format = Callable[[str, str, str, "dict[str, Field]"], str]

_LEVELS: Final = ("debug", "info", "warn", "error")
_STDERR: Final = 2


class Log:
    """Writes the events of a level and above."""

    def __init__(self, level: str, form: Format) -> None:
        """Write events of `level` and above in the given form."""
        self._threshold = _LEVELS.index(level)
        self._form = form

    def debug(self, event: str, **fields: Field) -> None:
        """Tell something that only a developer wants to know."""
        self._write(0, event, fields)

    def info(self, event: str, **fields: Field) -> None:
        """Tell something that is part of normal service."""
        self._write(1, event, fields)

    #% if udp
    def warning(self, event: str, **fields: Field) -> None:
        """Tell something that went wrong, as it may."""
        self._write(2, event, fields)

    #% endif
    def error(self, event: str, **fields: Field) -> None:
        """Tell something that an operator should look at."""
        self._write(3, event, fields)

    def _write(self, level: int, event: str, fields: dict[str, Field]) -> None:
        if level >= self._threshold:
            write_line(self._form(_timestamp(), _LEVELS[level], event, fields))


def write_line(line: str) -> None:
    """Write `line` to standard error at once; a closed standard error is no reason to fail."""
    with contextlib.suppress(OSError):
        os.write(_STDERR, f"{line}\n".encode(errors="backslashreplace"))


def _timestamp() -> str:
    now = time.time_ns()
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now // 1_000_000_000))
    return f"{seconds}.{now // 1_000_000 % 1000:03d}Z"
