"""Runs a server with a kqueue where there is none: as much of it as servers use, on top of epoll."""

from __future__ import annotations

import errno
import os
import runpy
import select
import sys

READ, WRITE = -1, -2
ADD, DELETE, CLEAR, EOF = 0x1, 0x2, 0x20, 0x8000


class Kevent:
    """A change, or an event."""

    def __init__(self, ident, filter=READ, flags=ADD, fflags=0, data=0, udata=0):
        self.ident, self.filter, self.flags = ident, filter, flags
        self.fflags, self.data, self.udata = fflags, data, udata


class Kqueue:
    """Filters by descriptors; one epoll entry a descriptor stands for all of them."""

    def __init__(self):
        self._epoll = select.epoll()
        self._filters = {}

    def fileno(self):
        return self._epoll.fileno()

    def close(self):
        self._epoll.close()

    def control(self, changes, max_events, timeout=None):
        for change in changes or ():
            self._apply(change)
        if not max_events:
            return []
        events = []
        for fd, ready in self._epoll.poll(-1 if timeout is None else timeout):
            events += self._events(fd, ready)
        return events[:max_events]

    def _apply(self, change):
        filters = self._filters.setdefault(change.ident, {})
        known = bool(filters)
        if change.flags & DELETE:
            if filters.pop(change.filter, None) is None:
                raise OSError(errno.ENOENT, "no such filter")
        elif change.flags & ADD:
            filters[change.filter] = change.flags
        else:
            raise OSError(errno.EINVAL, "neither added nor deleted")
        if not filters:
            del self._filters[change.ident]
            self._epoll.unregister(change.ident)
        elif known:
            self._epoll.modify(change.ident, _mask(filters))
        else:
            self._epoll.register(change.ident, _mask(filters))

    def _events(self, fd, ready):
        filters = self._filters.get(fd, {})
        over = ready & (select.EPOLLHUP | select.EPOLLERR)
        for filter, bit in ((READ, select.EPOLLIN), (WRITE, select.EPOLLOUT)):
            if filter in filters and (ready & bit or over):
                yield Kevent(fd, filter, EOF if over else 0)


def _mask(filters):
    mask = select.EPOLLIN if READ in filters else 0
    mask |= select.EPOLLOUT if WRITE in filters else 0
    return mask | (select.EPOLLET if any(flags & CLEAR for flags in filters.values()) else 0)


select.kqueue, select.kevent = Kqueue, Kevent
select.KQ_FILTER_READ, select.KQ_FILTER_WRITE = READ, WRITE
select.KQ_EV_ADD, select.KQ_EV_DELETE, select.KQ_EV_CLEAR, select.KQ_EV_EOF = ADD, DELETE, CLEAR, EOF

# What follows is what `python -m server` does.
sys.path[0] = os.getcwd()
runpy.run_module("server", run_name="__main__", alter_sys=True)
