"""Threads for what is slow, taken in the order of its importance: ends first, guesses last."""

import asyncio
import itertools
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")
_LEAVE = float("inf")


class Threads:
    """`count` threads. `idle`: nothing is being done, and nothing waits."""

    def __init__(self, count: int):
        self._waiting: queue.PriorityQueue = queue.PriorityQueue()
        self._order = itertools.count()
        self._going_on = 0
        self._threads = [threading.Thread(target=self._work, name=f"hearing-{n}", daemon=True) for n in range(count)]
        for thread in self._threads:
            thread.start()

    @property
    def idle(self) -> bool:
        return not self._going_on

    def do(self, rank: float, work: Callable[..., T], *values) -> "asyncio.Future[T]":
        """Have this done; the lowest `rank` first. To be called from an event loop, which gets the outcome."""
        future: Future = Future()
        self._going_on += 1
        outcome = asyncio.wrap_future(future)
        outcome.add_done_callback(self._done)
        self._waiting.put((rank, next(self._order), future, work, values))
        return outcome

    def close(self) -> None:
        for _ in self._threads:
            self._waiting.put((_LEAVE, next(self._order), None, None, ()))
        for thread in self._threads:
            thread.join()

    def _done(self, _outcome) -> None:
        self._going_on -= 1

    def _work(self) -> None:
        while True:
            _, _, future, work, values = self._waiting.get()
            if future is None:
                return
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work(*values))
            except BaseException as error:
                future.set_exception(error)
