"""A session behind TLS: encrypted outside, towards the transport; plain inside."""

from __future__ import annotations

import contextlib
#% if not websocket
import math
#% endif
import ssl
from typing import TYPE_CHECKING, Final

from server import config
#% if alpn
from server.protocol.client_hello import offered_protocols
#% endif
from server.protocol.session import CLOSE_AT_ONCE, SHUT, Session

if TYPE_CHECKING:
    from server.protocol.hub import Hub
    from server.protocol.session import Peer

_FAILED: Final = "TLS handshake failed"
# What a record can hold (RFC 8446 section 5.1).
_RECORD: Final = 16_384
#% if alpn
# Record type alert, TLS 1.2 as all versions write it, two bytes: fatal, no_application_protocol
# (RFC 8446 sections 5.1 and 6, RFC 7301 section 3.2).
_NO_APPLICATION_PROTOCOL: Final = bytes((21, 3, 3, 0, 2, 2, 120))
#% endif


class SecureSession(Session):
    """What a session is for the transport, with TLS between the two."""

    def __init__(self, hub: Hub, peer: Peer) -> None:
        """Wait to be opened."""
        super().__init__(hub, peer)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        context = hub.credentials.context
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._is_established = False
        # Whether there is nothing to be read any more: the peer has ended its stream, or broken it.
        self._is_deaf = False
        # Whether our stream is ended.
        self._is_ended = False
        #% if alpn
        # What came of the client's first message, until it is judged.
        self._hello: bytearray | None = bytearray()
        #% endif

    #% if not websocket
    def open(self) -> None:
        """Wait for a TLS handshake."""
        self.deadline = self._hub.clock() + config.HANDSHAKE_TIMEOUT / 1000

    #% endif
    def receive(self, data: memoryview) -> None:
        """Take encrypted bytes from the peer."""
        if self._is_deaf:
            return
        #% if alpn
        if self._hello is not None:
            self._judge_hello(self._hello, data)
            return
        #% endif
        self._incoming.write(data)
        self._advance()

    def handle(self) -> None:
        """Handle input, and what comes behind it."""
        super().handle()
        self._end_if_handled()

    def end(self) -> None:
        """Take the end of the connection, whether or not the peer has announced it."""
        if not self._is_established and not self._is_deaf:
            self._give_up()
        super().end()

    def tick(self, now: float, *, unsent: bool) -> None:
        """Do what is due; who takes too long to shake hands is not answered."""
        if self._is_established or self._is_deaf:
            super().tick(now, unsent=unsent)
        elif now >= self.deadline:
            self._give_up()
            self.fate = CLOSE_AT_ONCE

    #% if not websocket
    def leave(self) -> None:
        """Close: the server is about to stop."""
        super().leave()
        if not self._is_established:
            self.fate = CLOSE_AT_ONCE
            self._hub.touch(self)

    #% endif
    def take_output(self) -> list[bytes | bytearray]:
        """Return what is to be written, encrypted."""
        if self._is_established:
            self._encrypt()
        encrypted = self._outgoing.read()
        return [encrypted] if encrypted else []

    #% if alpn
    def _judge_hello(self, hello: bytearray, data: memoryview) -> None:
        """See whether the client offers a protocol of ours, which OpenSSL would not insist on."""
        hello += data
        offered = offered_protocols(hello)
        if offered is None:
            return
        self._hello = None
        if offered and not any(protocol.encode() in offered for protocol in config.TLS_ALPN):
            self._outgoing.write(_NO_APPLICATION_PROTOCOL)
            self._give_up()
            return
        self._incoming.write(hello)
        self._advance()

    #% endif
    def _advance(self) -> None:
        if not self._is_established:
            self._shake_hands()
        if self._is_established:
            self._decrypt()

    def _shake_hands(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLError:
            # The alert that tells why is among what is to be written.
            self._give_up()
            return
        self._is_established = True
        #% if not websocket
        self.deadline = math.inf
        super().open()
        #% endif

    def _give_up(self) -> None:
        """End the connection: there is no TLS to be had."""
        #% if metrics
        self._hub.metrics.refused[_FAILED] += 1
        #% endif
        self._hub.log.info("refused", peer=self.peer.name, reason=_FAILED)
        self._is_deaf = True
        self._shut()

    def _decrypt(self) -> None:
        """Hand on what has come."""
        records: list[bytes] = []
        try:
            while self._incoming.pending and not self._is_deaf:
                record = self._tls.read(_RECORD)
                records.append(record)
                # Nothing is close_notify.
                self._is_deaf = not record
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            # close_notify behind our own, or what is no TLS.
            self._is_deaf = True
        # Part of a record gives nothing, but is a sign of life.
        super().receive(memoryview(b"".join(records)))
        self._end_if_handled()

    def _end_if_handled(self) -> None:
        """Take the end of the peer's stream, which comes behind all input."""
        if self._is_deaf and not self.ready:
            super().end()

    def _encrypt(self) -> None:
        """Encrypt the output, and announce the end of the stream where it ends."""
        rest = memoryview(b"".join(self._output))
        self._output.clear()
        # What is no TLS any more takes nothing.
        with contextlib.suppress(ssl.SSLError):
            while rest:
                rest = rest[self._tls.write(rest) :]
            if self.fate >= SHUT and not self._is_ended:
                self._is_ended = True
                self._tls.unwrap()
