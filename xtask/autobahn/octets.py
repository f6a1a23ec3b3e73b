"""Byte strings of Python 2 on Python 3, for the Autobahn test suite.

The suite was written when `str` held octets. Its sources are read as latin-1 here, so that every `str` literal has one
character an octet, and `str` stays what the cases compute with. It becomes `bytes` where it is handed to the autobahn
library, and `bytes` from the library become such a `str` where the cases compare or log them.
"""

import binascii


def encode(value):
    """The octets of a `str`; anything else as it is."""
    return value.encode("latin-1") if isinstance(value, str) else value


def decode(value):
    """A `str` for octets, also inside lists, tuples and dictionaries."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, dict):
        return {key: decode(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(decode(item) for item in value)
    return value


def b2a_hex(value):
    """In place of binascii's, for both kinds of string."""
    return binascii.hexlify(encode(value)).decode("ascii")


hexlify = b2a_hex


class OctetProtocol:
    """Stands before the autobahn library's protocol classes: strings in, octets out; and what the library changed."""

    # Attributes of the old library that the suite reads.
    debug = False
    # The library reads this before it is set and drops the error; without it Nagle's algorithm would join the
    # pieces of the cases that send octet by octet.
    tcpNoDelay = True

    def sendFrame(self, opcode, payload=b"", *args, **kwargs):
        super().sendFrame(opcode, encode(payload), *args, **kwargs)

    def sendMessage(self, payload, *args, **kwargs):
        # The old library returned silently when the connection was closing.
        if self.state == self.STATE_OPEN:
            super().sendMessage(encode(payload), *args, **kwargs)

    def sendMessageFrameData(self, payload, *args, **kwargs):
        super().sendMessageFrameData(encode(payload), *args, **kwargs)

    def sendCloseFrame(self, code=None, reasonUtf8=None, isReply=False):
        super().sendCloseFrame(code, encode(reasonUtf8), isReply)

    def onCloseFrame(self, code, reasonRaw):
        # The library reports an invalid code as 1000; the suite judges the code that came.
        result = super().onCloseFrame(code, reasonRaw)
        self.remoteCloseCode = code
        return result

    def failConnection(self):
        # Renamed in the library; it ends a case whose peer does not answer.
        self._fail_connection()
