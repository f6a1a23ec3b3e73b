"""The program: settings, log, listener, and service until a signal comes."""

from __future__ import annotations

import os
import sys

#% if broadcast
from server.app.broadcast import Broadcast
#% endif
#% if custom
from server.app.custom import Custom
#% endif
#% if echo
from server.app.echo import Echo
#% endif
#% if tls
from server.credentials import Credentials, CredentialsError
#% endif
from server.environment import EnvironmentVariableError, read_settings
#% if custom
from server.handlers import Handlers
#% endif
from server.log import Log, write_line
#% if log_json
from server.log_json import json_line
#% endif
#% if log_text
from server.log_text import text_line
#% endif
from server.protocol.hub import Hub
#% if bus
from server.transport.bus import Bus
#% endif
from server.transport.errors import ListenError
from server.transport.listener import (
    #% if not processes
    open_listener,
    #% endif
    #% if processes
    open_listeners,
    #% endif
)
from server.transport.loop import serve
#% if metrics_port
from server.transport.monitor import open_monitor, start_monitor
#% endif
#% if io_uvloop
from server.transport.requirement import require_uvloop
#% endif
#% if processes
from server.transport.workers import Workers
#% endif


def main() -> int:
    """Run the server; return the exit status."""
    try:
        settings = read_settings(os.environ)
        #% if io_uvloop
        require_uvloop()
        #% endif
        #% if tls
        credentials = Credentials()
        #% endif
        #% if processes
        listeners = open_listeners(settings.host, settings.port, settings.workers)
        #% endif
        #% if not processes
        listener = open_listener(settings.host, settings.port)
        #% endif
        #% if metrics_port
        monitor = open_monitor(settings.host)
        #% endif
    #% if tls
    except CredentialsError as error:
        write_line(f"error: {error}")
        return 1
    #% endif
    except (EnvironmentVariableError, ListenError) as error:
        write_line(f"error: {error}")
        return 1
    #% if log_json
    log = Log(settings.log_level, json_line)
    #% endif
    #% if log_text
    log = Log(settings.log_level, text_line)
    #% endif
    #% if broadcast
    hub = Hub(Broadcast(), settings, log)
    #% endif
    #% if custom
    hub = Hub(Custom(Handlers()), settings, log)
    #% endif
    #% if echo
    hub = Hub(Echo(), settings, log)
    #% endif
    #% if tls
    hub.credentials = credentials
    #% endif
    #% if bus
    hub.bus = Bus(settings.workers)
    #% endif
    #% if processes
    workers = Workers(hub, listeners)
    workers.start(serve)
    #% endif
    #% if metrics_port
    start_monitor(monitor, hub)
    #% endif
    #% if processes
    return workers.run()
    #% endif
    #% if not processes
    serve(hub, listener)
    return 0
    #% endif


if __name__ == "__main__":
    sys.exit(main())
