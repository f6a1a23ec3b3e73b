"""The tokens that clients may show, as they are at start."""

from __future__ import annotations

#% if tokens_variable
import os
#% endif
#% if tokens_file
from pathlib import Path
#% endif

from server import config


class TokensError(Exception):
    """There are no tokens; the text says where they were looked for and what to do."""


def read_tokens() -> list[str]:
    """Return the tokens; there is at least one."""
    tokens = [
        #% if tokens_file
        *_file_tokens(),
        #% endif
        #% if tokens_variable
        *_variable_tokens(),
        #% endif
    ]
    if not tokens:
        raise TokensError(f"{config.TOKENS_SOURCE}: there is no token; name at least one")
    return tokens
#% if tokens_file


def _file_tokens() -> list[str]:
    """Return the lines of the file that are neither empty nor comments."""
    path = config.TOKENS_FILE
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise _unusable(path, str(error.strerror)) from None
    except UnicodeDecodeError:
        raise _unusable(path, "not UTF-8") from None
    lines = (line.strip() for line in text.split("\n"))
    return [line for line in lines if line and not line.startswith("#")]


def _unusable(path: str, what: str) -> TokensError:
    return TokensError(f"auth.tokens_file {path}: {what}; name a file of tokens")
#% endif
#% if tokens_variable


def _variable_tokens() -> list[str]:
    """Return what stands between the variable's commas."""
    value = os.environ.get(config.TOKENS_VARIABLE, "")
    return [token for token in value.split(",") if token]
#% endif
