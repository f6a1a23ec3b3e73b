"""The server's certificate and key, as they are at start and after each SIGHUP."""

from __future__ import annotations

import ssl
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final

from server import config
from server.certificate import validity

if TYPE_CHECKING:
    from server.log import Log

_NAME_PEM: Final = "name a PEM file"
_CERTIFICATE: Final = ("tls.certificate", config.TLS_CERTIFICATE)
_KEY: Final = ("tls.key", config.TLS_KEY)
#% if client_certificates
_CLIENT_CA: Final = ("tls.client_ca", config.TLS_CLIENT_CA)
#% endif


class CredentialsError(Exception):
    """A file cannot be used; the text says which, why and what to do."""


class Credentials:
    """What new connections are secured with."""

    def __init__(self) -> None:
        """Read the files."""
        self.context = _read()

    def reload(self, log: Log) -> None:
        """Read the files anew; if they cannot be used, the old ones stay in use."""
        try:
            self.context = _read()
        except CredentialsError as error:
            log.error("reload-failed", error=str(error))
        else:
            log.info("reloaded")


def _read() -> ssl.SSLContext:
    _judge_certificate()
    _text(*_KEY)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    #% if tls_only_1_3
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    #% endif
    #% if not tls_only_1_3
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    #% endif
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    _load_chain(context)
    #% if client_certificates
    _load_authority(context)
    #% endif
    #% if alpn
    context.set_alpn_protocols(config.TLS_ALPN)
    #% endif
    return context


def _judge_certificate() -> None:
    """See whether the first certificate of the chain, which is the server's own, counts today."""
    text = _text(*_CERTIFICATE)
    _, begin, rest = text.partition(ssl.PEM_HEADER)
    body, end, _ = rest.partition(ssl.PEM_FOOTER)
    try:
        first, last = validity(ssl.PEM_cert_to_DER_cert(begin + body + end))
    except ValueError:
        raise _unusable(*_CERTIFICATE, "no certificate in it") from None
    now = datetime.now(timezone.utc)
    if now < first:
        raise _unusable(*_CERTIFICATE, "not yet valid", "wait, or set the clock")
    if now > last:
        raise _unusable(*_CERTIFICATE, "expired", "renew it")


def _load_chain(context: ssl.SSLContext) -> None:
    try:
        # No password: nobody is there to be asked for one.
        context.load_cert_chain(config.TLS_CERTIFICATE, config.TLS_KEY, password="")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            what, remedy = "does not belong to the certificate", "name the certificate's key"
            raise _unusable(*_KEY, what, remedy) from None
        raise _unusable(*_KEY, "no private key in it") from None
#% if client_certificates


def _load_authority(context: ssl.SSLContext) -> None:
    context.verify_mode = ssl.CERT_REQUIRED
    _text(*_CLIENT_CA)
    try:
        context.load_verify_locations(config.TLS_CLIENT_CA)
    except ssl.SSLError:
        raise _unusable(*_CLIENT_CA, "no certificate in it") from None
#% endif


def _text(field: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise _unusable(field, path, str(error.strerror)) from None


def _unusable(field: str, path: str, what: str, remedy: str = _NAME_PEM) -> CredentialsError:
    return CredentialsError(f"{field} {path}: {what}; {remedy}")
