"""What is told to those who watch the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Final

from server import config
from server.protocol.response import response

if TYPE_CHECKING:
    from server.protocol.hub import Hub

#% if metrics

def _metrics(hub: Hub) -> bytes:
    #% if processes
    metrics = hub.shared_metrics.total()
    #% endif
    #% if not processes
    metrics = hub.metrics
    #% endif
    #% if not udp
    metrics.connections = hub.connections()
    #% endif
    return response(200, metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")

#% endif
#% if health

def _health(hub: Hub) -> bytes:
    return response(503, "draining") if hub.is_draining else response(200, "ok")

#% endif

#: By their paths: what makes the response to a GET.
PAGES: Final[dict[bytes, Callable[[Hub], bytes]]] = {
    #% if metrics
    config.METRICS_PATH.encode(): _metrics,
    #% endif
    #% if health
    config.HEALTH_PATH.encode(): _health,
    #% endif
}
