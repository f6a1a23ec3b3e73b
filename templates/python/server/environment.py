"""The environment of the process: what may differ from `config` without generating again."""

from __future__ import annotations

import ipaddress
import json
#% if processes
import os
#% endif
import re
#% if windows and not udp
import sys
#% endif
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from server import config
#% if auth
from server.protocol.tokens import Tokens
from server.tokens import TokensError, read_tokens
#% endif

if TYPE_CHECKING:
    from collections.abc import Mapping

#% if not udp
_UNIX_PATH: Final = "unix:/"
#% endif
_NUMBER: Final = re.compile(r"[0-9]{1,10}")
_LEVELS: Final = ("debug", "info", "warn", "error")


class EnvironmentVariableError(Exception):
    """A variable has a value that cannot be used; the text names both."""


@dataclass(frozen=True)
class Settings:
    """The settings of one run; times are in seconds, sizes in bytes."""

    host: str
    port: int
    #% if not udp
    max_message: int
    #% endif
    #% if heartbeat
    ping_interval: float
    #% endif
    #% if compression
    compression: bool
    #% endif
    #% if auth
    tokens: Tokens
    #% endif
    socket_debug: bool
    log_level: str
    #% if processes
    workers: int
    #% endif


def read_settings(variables: Mapping[str, str]) -> Settings:
    """Return the settings from `config` and `variables`; an empty variable counts as unset."""
    given = _Variables(variables)
    #% if not heartbeat
    given.refuse_all_but("WS_PING_INTERVAL", "0", "0 (this server sends no pings)")
    #% endif
    #% if not compression
    given.refuse_all_but("WS_COMPRESSION", "false", "false (this server has no compression)")
    #% endif
    return Settings(
        host=given.address("HOST", config.HOST),
        port=given.number("PORT", config.PORT, 0, 65_535, "a port"),
        #% if not udp
        max_message=given.number(
            "WS_MAX_PAYLOAD", config.MAX_MESSAGE, 1, 2_147_483_648, "a number of bytes"
        ),
        #% endif
        #% if heartbeat
        ping_interval=given.number(
            "WS_PING_INTERVAL", config.PING_INTERVAL, 0, 86_400_000, "a number of milliseconds"
        )
        / 1000,
        #% endif
        #% if compression
        compression=given.boolean("WS_COMPRESSION", default=True),
        #% endif
        #% if auth
        tokens=_tokens(),
        #% endif
        socket_debug=given.boolean("SOCKET_DEBUG", default=False),
        log_level=given.level("LOG_LEVEL", config.LOG_LEVEL),
        #% if processes
        workers=config.WORKERS or _cores(),
        #% endif
    )


#% if processes
def _cores() -> int:
    """Return how many cores the process may use."""
    #% if portable
    return os.cpu_count() or 1
    #% endif
    #% if not portable
    return len(os.sched_getaffinity(0))
    #% endif


#% endif
#% if auth
def _tokens() -> Tokens:
    try:
        return Tokens(read_tokens())
    except TokensError as error:
        raise EnvironmentVariableError(str(error)) from None


#% endif
class _Variables:
    """Environment variables, each judged as it is read."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def address(self, name: str, default: str) -> str:
        value = self._variables.get(name) or default
        #% if windows and not udp
        has_unix = sys.platform != "win32"
        if has_unix and value.startswith(_UNIX_PATH) and value != _UNIX_PATH:
            return value
        #% endif
        #% if not windows and not udp
        if value.startswith(_UNIX_PATH) and value != _UNIX_PATH:
            return value
        #% endif
        try:
            ipaddress.ip_address(value)
        except ValueError:
            raise _unusable(name, value, "an IPv4 or IPv6 address") from None
        return value

    def number(self, name: str, default: int, low: int, high: int, kind: str) -> int:
        value = self._variables.get(name)
        if not value:
            return default
        if _NUMBER.fullmatch(value) and low <= int(value) <= high:
            return int(value)
        raise _unusable(name, value, f"{kind} ({low}\N{EN DASH}{high})")

    #% if not compression or not heartbeat
    def refuse_all_but(self, name: str, only: str, kind: str) -> None:
        value = self._variables.get(name)
        if value and value != only:
            raise _unusable(name, value, kind)

    #% endif
    def boolean(self, name: str, *, default: bool) -> bool:
        value = self._variables.get(name)
        if not value:
            return default
        if value in {"true", "false"}:
            return value == "true"
        raise _unusable(name, value, "true or false")

    def level(self, name: str, default: str) -> str:
        value = self._variables.get(name) or default
        if value in _LEVELS:
            return value
        raise _unusable(name, value, "debug, info, warn or error")


def _unusable(name: str, value: str, kind: str) -> EnvironmentVariableError:
    return EnvironmentVariableError(
        f"{name}: {json.dumps(value, ensure_ascii=False)} is not {kind}"
    )
