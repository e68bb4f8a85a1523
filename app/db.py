"""The database: SQLite by default (one box), PostgreSQL by setting (a county). One session per unit of work."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, DateTime, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import JSON, TypeDecorator

_BUSY_SECONDS = 6  # well within the 15 s in which a carrier wants its answer
_TRIES = 3
T = TypeVar("T")


class BeginAgain(Exception):
    """A unit of work has to be begun again; what stood in its way is out of it by then."""


class UtcTime(TypeDecorator):
    """A moment in UTC. A naive one is refused, so no local time is ever stored by mistake."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value, dialect):
        return value if value is None else (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


class Base(DeclarativeBase):
    """Every table."""

    type_annotation_map = {datetime: UtcTime, dict: JSON, list: JSON}


class DanglingReferences(Exception):
    """Rows point to rows that are not there. The message names the tables and counts."""


class Database:
    """An engine and the sessions on it. `sessions` makes those that write; their changes can be listened to.

    SQLite runs with WAL, synchronous=FULL and BEGIN IMMEDIATE: a transaction that will write takes its place in the
    queue when it begins, so two webhooks never meet a lock half-way.
    """

    def __init__(self, url: str):
        self.engine = _sqlite(url) if make_url(url).get_backend_name() == "sqlite" else _server(url)
        self.sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._readers = sessionmaker(self.engine.execution_options(reading=True), expire_on_commit=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One unit of work: committed at the end, rolled back on any error."""
        with self.sessions.begin() as session:
            yield session

    def work(self, do: Callable[[Session], T]) -> T:
        """One unit of work that is begun again when another one was first to insert the same row, or when it says so
        itself."""
        for _ in range(_TRIES - 1):
            with suppress(IntegrityError, BeginAgain), self.session() as session:
                return do(session)
        with self.session() as session:
            return do(session)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A look at one moment's state that waits for no writer. What is changed in it is not kept."""
        with self._readers() as session:
            yield session

    @contextmanager
    def restructuring(self) -> Iterator[Connection]:
        """One transaction in which tables may be changed: all of it is kept, or nothing.

        SQLite changes a table by copying it and dropping the old one, to which other tables' rows still point. With
        foreign keys on, that is refused, or takes along what is deleted with its row (ON DELETE CASCADE). They can
        only be switched off outside a transaction; whether all still point somewhere is proved before the commit.

        Raises `DanglingReferences`, and keeps nothing, if rows point to rows that are not there.
        """
        on_sqlite = self.engine.dialect.name == "sqlite"
        with self.engine.connect() as connection:
            if on_sqlite:
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF").close()
            try:
                with connection.begin():
                    yield connection
                    if on_sqlite:
                        _prove_references(connection)
            finally:
                if on_sqlite:
                    connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON").close()

    def close(self) -> None:
        """Close every connection; one that a thread still uses is closed when it is given back."""
        event.listen(self.engine.pool, "checkin", lambda connection, _record: connection and connection.close())
        self.engine.dispose()


def _server(url: str) -> Engine:
    waits = {"connect_timeout": 4, "options": f"-c lock_timeout={_BUSY_SECONDS}s"}
    return create_engine(
        url,
        pool_size=20,
        max_overflow=20,
        pool_pre_ping=True,
        pool_timeout=_BUSY_SECONDS,
        connect_args=waits,
        hide_parameters=True,  # they hold telephone numbers, and errors are logged
    )


def _sqlite(url: str) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, connect_args={"timeout": _BUSY_SECONDS}, pool_size=20, max_overflow=20, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection, _record):
        connection.isolation_level = None  # transactions begin where we say so, in _begin
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection):
        reading = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _prove_references(connection: Connection) -> None:
    found = Counter((row[0], row[2]) for row in connection.exec_driver_sql("PRAGMA foreign_key_check"))
    if found:
        told = (f"{count} in {table} to {parent}" for (table, parent), count in sorted(found.items()))
        raise DanglingReferences(f"rows point to rows that are not there: {', '.join(told)}")


def now() -> datetime:
    """The one clock: this moment in UTC."""
    return datetime.now(UTC)
