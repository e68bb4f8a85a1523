"""What one process has in force: the editions and learnt weights it has read, and which data files it goes by.

Sixteen threads share it: values are swapped whole, behind a lock, and of each kind only so many are kept.
"""

from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any, TypeVar

from cachetools import LRUCache

T = TypeVar("T")
_EDITIONS = 16  # a call is seldom older
_SORTERS = 2  # the one in use, and the one before it while a switch is under way


class InForce:
    """Empty at first; whoever needs something that is not there reads it from the database and keeps it here."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._switching = Lock()
        self._kept: dict[str, LRUCache] = {"edition": LRUCache(_EDITIONS), "sorter": LRUCache(_SORTERS)}
        self._data_edition = -1
        self.set_aside: Mapping[str, list[Exception]] = {}  # of the data files, by document, what cannot be used

    def edition(self, key: Hashable, read: Callable[[], T]) -> T:
        """The edition of this key, read with `read` where it is not kept."""
        return self._get("edition", key, read)

    def sorter(self, key: Hashable, read: Callable[[], T]) -> T:
        """The sorter of this key (the sha256 of its weights), read with `read` where it is not kept."""
        return self._get("sorter", key, read)

    def switch_data(self, number: int, put_in_force: Callable[[], Mapping[str, list[Exception]]]) -> None:
        """Go by the data files of this edition from now on, once: `put_in_force` swaps them where another one held, and
        returns what of them must be left out (`set_aside`).

        A thread that still sees an older edition than the one in force changes nothing.
        """
        if number <= self._data_edition:
            return
        with self._switching:
            if number > self._data_edition:
                self.set_aside = put_in_force()
                self._data_edition = number

    def forget(self) -> None:
        """Read everything again when it is next needed."""
        with self._lock:
            for kept in self._kept.values():
                kept.clear()
        self._data_edition = -1

    def _get(self, kind: str, key: Hashable, read: Callable[[], Any]) -> Any:
        with self._lock:
            if key in self._kept[kind]:
                return self._kept[kind][key]
        value = read()  # outside the lock: it takes a while, and two that read the same do no harm
        with self._lock:
            return self._kept[kind].setdefault(key, value)
