"""A certificate for the tests, made by OpenSSL's program."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import unittest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def make_certificate(folder: Path) -> None:
    """Write `certificate.pem` and `key.pem` into a folder."""
    openssl = shutil.which("openssl")
    if openssl is None:
        raise unittest.SkipTest("no openssl to make a certificate with")
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    files = ["-out", str(folder / "certificate.pem"), "-keyout", str(folder / "key.pem")]
    subprocess.run([*command, *files], check=True, capture_output=True)


def client_context(folder: Path) -> ssl.SSLContext:
    """Return what a client needs that trusts the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(folder / "certificate.pem")
    #% if client_certificates
    # It is its own authority.
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    #% endif
    return context
