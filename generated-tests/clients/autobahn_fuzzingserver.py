"""The Autobahn suite's fuzzing server on a free port of 127.0.0.1: python autobahn_fuzzingserver.py SPEC."""

import sys
from typing import Any

from autobahntestsuite.wstest import run
from twisted.internet import reactor

listen = reactor.listenTCP


def listen_tcp(_port: int, factory: Any, backlog: int = 50, _interface: str = "") -> Any:
    """Listen on loopback alone, and say where."""
    port = listen(0, factory, backlog, "127.0.0.1")
    print(f"listening on 127.0.0.1:{port.getHost().port}", file=sys.__stdout__, flush=True)
    return port


reactor.listenTCP = listen_tcp
# The start line is the first one.
sys.stdout = sys.stderr
sys.argv = ["wstest", "-m", "fuzzingserver", "-u", "0", "-s", sys.argv[1]]
run()
