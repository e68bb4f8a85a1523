"""Nudges: where huey keeps what waits to be worked on. It is opened late and may be lost, since the rows are the truth:
a file that cannot be read or written is put aside and made new.
"""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import structlog
from huey.storage import PostgresStorage, SqliteStorage

from app.db import now

KEPT_ASIDE = 3  # damaged files that are kept, the newest ones
_BUSY_SECONDS = 2  # a webhook waits no longer to nudge
_DAMAGED = {  # sqlite.org/rescode.html
    sqlite3.SQLITE_ERROR,  # not our tables
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_SCHEMA,
    sqlite3.SQLITE_NOTADB,
}
_BESIDE = ("-wal", "-shm", "-journal")

log = structlog.get_logger()


class _OpenedLate:
    """A store that is opened, and gets its tables, when it is first used."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, create_tables=False, **kwargs)

    def _create_connection(self):
        connection = super()._create_connection()
        for table in self.ddl:
            connection.execute(table)
        return connection


class InPostgres(_OpenedLate, PostgresStorage):
    """Tables of a PostgreSQL server, which may be away."""


class InFile(_OpenedLate, SqliteStorage):
    """A SQLite file. What fails because the file is damaged, gone or something else raises; the next use has a new one.

    Safe for threads and processes: each goes by the file that is at its path now.
    """

    def __init__(self, *args, **kwargs):
        self._opened: int | None = None  # the inode of the file that the connection is of
        super().__init__(*args, timeout=_BUSY_SECONDS, **kwargs)

    @contextmanager
    def db(self, commit: bool = False, close: bool = False) -> Iterator[sqlite3.Cursor]:
        if self._conn is not None and self._opened != _inode(self._path):
            self._leave()
        try:
            with super().db(commit, close) as cursor:
                yield cursor
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
                self._leave()
                _put_aside(self._path, str(error))
            raise

    @property
    def _path(self) -> Path:
        return Path(self.filename)

    def _create_connection(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = super()._create_connection()
        self._opened = _inode(self._path)
        return connection

    def _leave(self) -> None:
        """Close the connection, whatever it is of."""
        with self.lock, suppress(sqlite3.Error):
            connection, self._conn = self._conn, None
            if connection is not None:
                connection.close()


def _put_aside(path: Path, why: str) -> None:
    """Rename a file that does not work, so that the next use makes a new one. One process at a time does it."""
    try:
        with path.with_name(f"{path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _works(path):  # another process was first
                return
            aside = path.with_name(f"{path.name}.damaged-{now():%Y%m%dT%H%M%S%f}")
            path.rename(aside)
            for end in _BESIDE:
                with suppress(FileNotFoundError):
                    path.with_name(path.name + end).rename(aside.with_name(aside.name + end))
            _forget_old(path)
    except OSError as error:  # a full or read-only disk: the sweep works on the rows all the same
        log.error("the queue's file is damaged and cannot be put aside", file=path.name, why=why, error=str(error))
        return
    log.error("the queue's file was damaged: put aside and made new", aside=aside.name, why=why)


def _works(path: Path) -> bool:
    """Whether a file can be opened, read whole and written to; one that is locked just now counts."""
    try:
        with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
            if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                return False
            connection.execute("BEGIN IMMEDIATE")
            for table in SqliteStorage.ddl:
                connection.execute(table)
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return True


def _forget_old(path: Path) -> None:
    """Remove all but the newest files that were put aside. A folder that somebody put there is left alone."""
    aside = sorted(p for p in path.parent.glob(f"{path.name}.damaged-*") if not p.name.endswith(_BESIDE))
    for old in aside[:-KEPT_ASIDE]:
        for end in ("", *_BESIDE):
            with suppress(OSError):
                old.with_name(old.name + end).unlink()


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None
