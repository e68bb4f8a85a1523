"""Time limit: how long a whole HTTP exchange may take. A client's own time-outs are for each read, so that whoever
sends a byte now and then could hold it for ever.

`within` ends what goes over connections of `HTTP`, `HTTPS` (urllib3) or a `Session` (requests) in this thread.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import requests
import urllib3
from requests.adapters import HTTPAdapter

_here = threading.local()


class TookTooLong(TimeoutError):
    """The time is over; the connection was ended."""


class _Limit:
    """Connections that are ended when the time is over, each by a handle of its own: what is above may have closed its
    socket while the answer is still being read, or be in the middle of greeting by TLS."""

    def __init__(self):
        self.over = False
        self._changing = threading.Lock()
        self._handles: list[socket.socket] = []

    def watch(self, sock: socket.socket) -> None:
        with self._changing:
            self._handles.append(socket.socket(fileno=os.dup(sock.fileno())))
        if self.over:
            self.end()

    def end(self) -> None:
        with self._changing:
            self.over = True
            for handle in self._handles:
                with suppress(OSError):  # gone by then
                    handle.shutdown(socket.SHUT_RDWR)  # whoever reads from it wakes up at once

    def forget(self) -> None:
        with self._changing:
            while self._handles:
                self._handles.pop().close()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is exchanged in this block takes no longer. Raises TookTooLong, whatever the end of the connection raised,
    and also where it only looked like the end of an answer."""
    limit, before = _Limit(), getattr(_here, "limit", None)
    timer = threading.Timer(seconds, limit.end)
    timer.daemon = True
    timer.start()
    _here.limit = limit
    try:
        yield
    except Exception as error:
        if limit.over:
            raise TookTooLong(f"the exchange was not over after {seconds:g} s") from error
        raise
    finally:
        timer.cancel()
        limit.forget()
        _here.limit = before
    if limit.over:
        raise TookTooLong(f"the exchange was not over after {seconds:g} s")


class _Watched:
    """A connection that the limit of this thread ends."""

    def _new_conn(self) -> socket.socket:
        return _watched(super()._new_conn())

    def putrequest(self, *args, **kwargs) -> None:
        if self.sock is not None:  # one that is used again
            _watched(self.sock)
        super().putrequest(*args, **kwargs)


def _watched(sock: socket.socket) -> socket.socket:
    if (limit := getattr(_here, "limit", None)) is not None:
        limit.watch(sock)
    return sock


class _HTTP(_Watched, urllib3.connection.HTTPConnection):
    pass


class _HTTPS(_Watched, urllib3.connection.HTTPSConnection):
    pass


class HTTP(urllib3.HTTPConnectionPool):
    """urllib3's pool, under the limit."""

    ConnectionCls = _HTTP


class HTTPS(urllib3.HTTPSConnectionPool):
    """urllib3's pool, under the limit."""

    ConnectionCls = _HTTPS


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args, **kwargs) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": HTTP, "https": HTTPS}

    def proxy_manager_for(self, proxy, **kwargs):
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = {"http": HTTP, "https": HTTPS}
        return manager


class Session(requests.Session):
    """requests' session, under the limit."""

    def __init__(self):
        super().__init__()
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(pool_maxsize=32))
