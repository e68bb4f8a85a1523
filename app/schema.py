"""The schema: brought up to date by numbered migrations (app/migrations), on SQLite and PostgreSQL alike.

A migration with `stop_first = True` is one that the code before it does not survive (docs/decisions/0013-upgrades.md).
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from click import ClickException
from sqlalchemy import Connection, inspect
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.exc import DBAPIError

from app.db import Base, DanglingReferences, Database

_MIGRATIONS = Path(__file__).parent / "migrations"


class CannotUpgrade(ClickException):
    """The database is as it was; the message says why, for whoever runs the command."""


def config(database: Database) -> Config:
    """What alembic's own commands need to work on this database."""
    made = Config(attributes={"database": database})
    made.set_main_option("script_location", str(_MIGRATIONS))
    return made


def must_stop(database: Database) -> str:
    """Why every process must be stopped before `upgrade`, in a sentence; empty where they may run on."""
    with database.reading() as session:
        current = _revision(session.connection())
    if current is None:
        return ""  # nothing can be running on it
    stops = [script for script in _pending(current) if getattr(script.module, "stop_first", False)]
    if not stops:
        return ""
    named = ", ".join(f"{script.revision} ({script.doc.rstrip('.')})" for script in reversed(stops))
    return f"Before this upgrade every process must be stopped (web, worker, stream), on every machine: {named}."


def upgrade(database: Database) -> None:
    """Bring the database up to this version of the service; one that is up to date is left alone.

    So is one of a later version where this version's code can work on it. All or nothing: raises `CannotUpgrade`, with
    the database as it was.
    """
    with database.reading() as session:
        current = _revision(session.connection())
        if not _knows(current) and not _fits(session.connection()):
            raise CannotUpgrade(
                f"The database was upgraded by a later version of the service ({current}), and this one cannot work "
                "on it: install the later version again, or restore the backup."
            )
    if not _pending(current):
        return
    try:
        command.upgrade(config(database), "head")
    except (DanglingReferences, DBAPIError) as error:
        raise CannotUpgrade(f"The upgrade was undone, the database is as it was: {error}") from error


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _knows(revision: str | None) -> bool:
    return revision is None or revision in {script.revision for script in _scripts().walk_revisions()}


def _pending(current: str | None) -> list[Script]:
    """The migrations that come after `current`, the newest first; none where only a later version knows it."""
    return list(_scripts().iterate_revisions("head", current or "base")) if _knows(current) else []


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_MIGRATIONS))


def _fits(connection: Connection) -> bool:
    """Whether this version's models can read and write the tables of a later version."""
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    for table in Base.metadata.sorted_tables:
        columns = {c["name"]: c for c in inspector.get_columns(table.name)} if table.name in there else {}
        added = [column for name, column in columns.items() if name not in table.c]
        if not columns.keys() >= set(table.c.keys()) or any(_must_be_given(column) for column in added):
            return False
    return True


def _must_be_given(column: ReflectedColumn) -> bool:
    return not column["nullable"] and column["default"] is None
