"""Upgrades as whoever runs the service meets them: all or nothing, and said when every process must be stopped."""

import shutil
import subprocess
from contextlib import nullcontext

import pytest
import sqlalchemy as sa
from alembic import command

from app import schema
from app.cli import start
from app.db import Database
from app.service import create_app, make_parts
from app.settings import Settings
from tests import filled

LAST_THAT_MUST_STOP = "0015"
BEFORE_IT = "0014"
NEXT = '''"""{what}"""

import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = "{after}"
stop_first = {stop_first}


def upgrade() -> None:
    {does}
'''


@pytest.fixture
def settings(empty_database_url, tmp_path):
    """Those of a service whose database has this version's tables, which a test may change."""
    found = Settings(
        _env_file=None, data=tmp_path / "data", database_url=empty_database_url, recogniser="scripted", speaker="tones"
    )
    database = Database(found.database)
    schema.upgrade(database)
    database.close()
    return found


@pytest.fixture
def database(settings):
    database = Database(settings.database)
    yield database
    database.close()


@pytest.fixture
def full(database):
    """A database of this version with rows in every table."""
    with database.engine.begin() as connection:
        for number in range(2):
            filled.fill(connection, filled.tables(connection), number)
    return database


@pytest.fixture
def following(tmp_path, monkeypatch):
    """`following(does, …)`: the next version of the service has one more migration for each."""

    def add(*steps: str, stop_first: bool = False) -> None:
        folder = tmp_path / "migrations"
        shutil.copytree(schema._MIGRATIONS, folder)
        after = schema._scripts().get_current_head()
        for number, does in enumerate(steps):
            text = NEXT.format(
                what=f"Step {number}.", number=f"next{number}", after=after, stop_first=stop_first, does=does
            )
            (folder / "versions" / f"next{number}.py").write_text(text, encoding="utf-8")
            after = f"next{number}"
        monkeypatch.setattr(schema, "_MIGRATIONS", folder)

    return add


def everything(database) -> tuple:
    """All that is in the database, and the tables as they are."""
    with database.engine.connect() as connection:
        tables = filled.tables(connection)
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return version, filled.contents(connection, tables), [(t.name, list(t.c.keys())) for t in tables]


BROKEN = {
    "rows of another table lose what they point to": "op.execute('DELETE FROM villages')",
    "a column without a value for the rows that are there": (
        "op.add_column('cases', sa.Column('colour', sa.String(8), nullable=False))"
    ),
    "a statement that is none": "op.execute('UPDATE nothing SET x = 1')",
}


@pytest.mark.parametrize("does", BROKEN.values(), ids=BROKEN.keys())
def test_an_upgrade_that_fails_at_its_second_step_leaves_the_database_as_it_was(full, following, does):
    before = everything(full)
    following("op.add_column('cases', sa.Column('shade', sa.String(8)))", does)
    with pytest.raises(schema.CannotUpgrade, match="the database is as it was"):
        schema.upgrade(full)
    assert everything(full) == before
    with pytest.raises(sa.exc.IntegrityError), full.session() as session:  # references are watched again
        session.execute(sa.text("DELETE FROM villages"))


def test_what_points_nowhere_is_named(full, following):
    following("op.execute('DELETE FROM villages')")
    with pytest.raises(schema.CannotUpgrade, match=r"villages"):
        schema.upgrade(full)


def test_what_goes_with_a_case_stays_when_its_table_is_made_anew(full, following):
    following("with op.batch_alter_table('cases') as cases: cases.alter_column('place', type_=sa.String(200))")
    before = everything(full)
    schema.upgrade(full)
    assert everything(full)[1] == before[1]


def run(settings, *args: str):
    parts = make_parts(settings)
    try:
        return create_app(settings, parts).test_cli_runner().invoke(args=list(args))
    finally:
        parts.database.close()


def test_an_upgrade_that_needs_everything_stopped_says_so_and_waits_for_the_word(settings, database):
    command.downgrade(schema.config(database), BEFORE_IT)
    refused = run(settings, "database", "upgrade")
    assert refused.exit_code == 1
    assert "every process must be stopped" in refused.output
    assert f"{LAST_THAT_MUST_STOP} (The town's lists have a history" in refused.output
    assert "database upgrade --stopped" in refused.output
    assert version(database) == BEFORE_IT
    assert run(settings, "database", "upgrade", "--stopped").exit_code == 0
    assert version(database) == schema._scripts().get_current_head()
    assert run(settings, "database", "upgrade").exit_code == 0, "there is nothing left to upgrade"


def test_a_first_installation_needs_nothing_stopped(empty_database_url):
    database = Database(Settings(_env_file=None, database_url=empty_database_url).database)
    assert schema.must_stop(database) == ""
    database.close()


def version(database) -> str:
    return everything(database)[0]


def test_an_upgrade_that_the_code_before_survives_needs_no_word(settings, full, following):
    following("op.add_column('cases', sa.Column('shade', sa.String(8)))")
    assert run(settings, "database", "upgrade").exit_code == 0
    assert version(full) == "next0"


def test_a_start_says_that_everything_must_be_stopped_and_goes_on(settings, database, monkeypatch):
    command.downgrade(schema.config(database), BEFORE_IT)
    monkeypatch.setattr(start, "_taken_ports", lambda parts: [])
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **kwargs: None)
    monkeypatch.setattr(start.os, "execve", lambda *args: None)
    started = run(settings, "start")
    assert started.exit_code == 0, started.output
    assert "every process must be stopped" in started.output
    assert version(database) == schema._scripts().get_current_head()


LATER = {
    "a column that may be left out": ("op.add_column('cases', sa.Column('shade', sa.String(8)))", True),
    "a column with a value of its own": (
        "op.add_column('cases', sa.Column('shade', sa.String(8), nullable=False, server_default=''))",
        True,
    ),
    "another table": ("op.create_table('shades', sa.Column('id', sa.Integer, primary_key=True))", True),
    "a table less": ("op.drop_table('live_words')", False),
    "a column less": ("op.drop_column('cases', 'place')", False),
    "a column that must be given": (
        "with op.batch_alter_table('villages') as table:\n"
        "        table.add_column(sa.Column('shade', sa.String(8), nullable=False))",
        False,
    ),
}


@pytest.mark.parametrize(("does", "runs"), LATER.values(), ids=LATER.keys())
def test_the_version_before_leaves_a_later_database_alone_and_starts_where_it_can_work_on_it(
    database, following, monkeypatch, does, runs
):
    following(does)
    schema.upgrade(database)
    monkeypatch.undo()
    before = everything(database)
    with (
        nullcontext() if runs else pytest.raises(schema.CannotUpgrade, match=r"later version of the service \(next0\)")
    ):
        schema.upgrade(database)
    assert everything(database) == before
