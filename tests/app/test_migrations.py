"""Migrations on a database in use: rows in every table, from every revision, on SQLite and PostgreSQL."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.orm import lazyload

import app.models  # noqa: F401  (registers every table)
from app import schema
from app.db import Base, Database
from tests import filled

FOLDER = Path(schema.__file__).parent / "migrations"
SCRIPTS = list(reversed(list(ScriptDirectory(str(FOLDER)).walk_revisions())))
REVISIONS = [script.revision for script in SCRIPTS]
OF_THE_SEARCH = ("search_terms", "ix_search_entries_terms")  # of one database each (app/models/search.py)
ROWS = 3  # the second has as little as it may have

described: dict[str, tuple[dict, set]] = {}  # by kind of database: what `schema_of` says of the models


@pytest.fixture
def database(empty_database_url):
    database = Database(empty_database_url.replace("postgresql://", "postgresql+psycopg://"))
    yield database
    database.close()


def to(database, revision: str) -> None:
    command.upgrade(schema.config(database), revision)


def test_every_file_of_a_migration_is_in_one_line_and_is_tried():
    files = {file for file in (FOLDER / "versions").iterdir() if file.suffix == ".py"}
    assert {Path(script.path) for script in SCRIPTS} == files
    assert [script.down_revision for script in SCRIPTS] == [None, *REVISIONS[:-1]]


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_full_database_of_each_revision_is_upgraded_whole(database, revision):
    declared, defaults = schema_of_the_models(database)
    to(database, revision)
    with database.engine.begin() as connection:
        old = filled.tables(connection)
        for number in range(ROWS):
            filled.fill(connection, old, number)
        before = filled.contents(connection, old)
    schema.upgrade(database)
    with database.engine.connect() as connection:
        assert_kept(before, filled.contents(connection, filled.tables(connection)), rewritten_after(revision))
        upgraded, kept = schema_of(connection)
        assert upgraded == declared
        assert kept >= defaults
        assert_like_the_models(connection)
    assert_every_row_is_loaded(database, before)
    assert_whole(database)


def rewritten_after(revision: str) -> set[str]:
    """`table` or `table.column` whose rows or values a later migration means to change or drop."""
    later = SCRIPTS[REVISIONS.index(revision) + 1 :]
    return {name for script in later for name in getattr(script.module, "rewrites", ())}


def assert_kept(before: filled.Contents, after: filled.Contents, rewritten: set[str]) -> None:
    """No row is lost, no value changed, but where a migration's `rewrites` names it."""
    for table, rows in before.items():
        if table in rewritten:
            continue
        assert len(rows) >= ROWS
        assert after.get(table, {}).keys() >= rows.keys(), f"rows of {table} are lost"
        for key, row in rows.items():
            kept = after[table][key]
            changed = {name: (v, kept.get(name)) for name, v in row.items() if kept.get(name, ...) != v}
            changed = {name: values for name, values in changed.items() if f"{table}.{name}" not in rewritten}
            assert not changed, f"{table}: changed though no migration's `rewrites` names it: {changed}"


def schema_of_the_models(database) -> tuple[dict, set]:
    """What `schema_of` says where the models made the tables; in a database that is empty, and is so again."""
    if database.engine.dialect.name not in described:
        Base.metadata.create_all(database.engine)
        with database.engine.connect() as connection:
            described[database.engine.dialect.name] = schema_of(connection)
        Base.metadata.drop_all(database.engine)
    return described[database.engine.dialect.name]


def schema_of(connection: sa.Connection) -> tuple[dict, set]:
    """All that the tables consist of, without the names of their rules; and which columns have a value by default."""
    tables = filled.tables(connection)
    described = {table.name: described_table(table, connection.dialect) for table in tables}
    if connection.dialect.name == "sqlite":  # triggers are lost with the table, and alembic does not look at them
        others = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' OR sql LIKE 'CREATE VIRTUAL%'"
        described["others"] = dict(connection.exec_driver_sql(others).all())
    return described, {str(column) for table in tables for column in table.c if column.server_default is not None}


def described_table(table: sa.Table, dialect: sa.Dialect) -> dict:
    return {
        "columns": {c.name: (c.type.compile(dialect), c.nullable, bool(c.computed)) for c in table.c},
        "key": [c.name for c in table.primary_key],
        "references": {
            (*f.column_keys, *(e.target_fullname for e in f.elements), f.ondelete, f.onupdate, f.deferrable)
            for f in table.foreign_key_constraints
        },
        "rules": rules(table),
        "indexes": {
            (i.name, tuple(str(e) for e in i.expressions), str(i.dialect_options[dialect.name].get("where")))
            for i in table.indexes
        },
    }


def rules(table: sa.Table) -> set[tuple]:
    """What a row must keep to: the kind of rule, the columns that it is about, and what it says of them."""
    unique = [rule for rule in table.constraints if isinstance(rule, sa.UniqueConstraint)]
    unique += [index for index in table.indexes if index.unique]
    checks = [str(rule.sqltext) for rule in table.constraints if isinstance(rule, sa.CheckConstraint)]
    about = lambda text: frozenset(c.name for c in table.c if re.search(rf"\b{c.name}\b", text))  # noqa: E731
    return {
        *(("unique", frozenset(c.name for c in rule.columns), "") for rule in unique),
        *(("check", about(text), text) for text in checks),
        *(("reference", frozenset(f.column_keys), f.referred_table.name) for f in table.foreign_key_constraints),
    }


def assert_like_the_models(connection: sa.Connection) -> None:
    own = lambda name, _kind, _parents: not (name or "").startswith(OF_THE_SEARCH)  # noqa: E731
    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": own})
    assert compare_metadata(context, Base.metadata) == []


def assert_every_row_is_loaded(database, before: filled.Contents) -> None:
    """By the model of its table."""
    with database.reading() as session:
        for mapper in Base.registry.mappers:
            loaded = session.scalars(sa.select(mapper.class_).options(lazyload("*"))).all()
            assert len(loaded) >= len(before.get(mapper.local_table.name, ())), mapper.local_table.name


def assert_whole(database) -> None:
    """SQLite's own proofs; and foreign keys are watched again."""
    if database.engine.dialect.name != "sqlite":
        return
    with database.engine.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        full_text = "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'"
        for name in connection.exec_driver_sql(full_text).scalars().all():
            connection.exec_driver_sql(f"INSERT INTO {name}({name}, rank) VALUES ('integrity-check', 1)")


def test_the_code_before_a_migration_runs_on_its_schema_unless_it_is_marked_stop_first(database):
    before: list[
        tuple[str, list[sa.Table]]
    ] = []  # revisions since the last stop, and the tables as their code has them
    number = 0
    for script in SCRIPTS:
        to(database, script.revision)
        if getattr(script.module, "stop_first", False):
            before.clear()
        with database.engine.begin() as connection:
            now = filled.tables(connection)
            for revision, tables in before:
                mark = f"{script.revision} needs `stop_first = True`: the code of {revision} does not run on it"
                assert not met_unawares(tables, now), mark
                for _ in range(2):  # as much as it may write, and as little
                    number += 1
                    assert_written_and_read(connection, tables, number, mark)
            before.append((script.revision, now))


def met_unawares(tables: list[sa.Table], now: list[sa.Table]) -> set:
    """What code that knows these tables does not know of them as they are now: what is gone, empty or ruled anew."""
    there, found = {table.name: table for table in now}, set()
    for table in tables:
        if table.name not in there:
            found.add(table.name)
            continue
        new, known = there[table.name], set(table.c.keys())
        found |= {rule for rule in rules(new) - rules(table) if rule[1] & known}
        found |= {f"{table.name}.{name}" for name in known - set(new.c.keys())}
        found |= {str(c) for c in table.c if not c.nullable and c.name in new.c and new.c[c.name].nullable}
    return found


def assert_written_and_read(connection: sa.Connection, tables: list[sa.Table], number: int, mark: str) -> None:
    try:
        written = filled.fill(connection, tables, number)
        read = filled.contents(connection, tables)
    except (sa.exc.DBAPIError, AssertionError) as error:
        pytest.fail(f"{mark}: {error}")
    for table, rows in written.items():
        assert {key: read[table].get(key) for key in rows} == rows, mark


def test_new_columns_are_filled_from_what_is_there(database):
    to(database, "0001")
    fill(database, 0, "UPDATE callers SET dialect = 'mandarin'", "UPDATE cases SET state = 'closed'")
    to(database, "0009")
    fill(database, 2, "UPDATE clocks SET stopped_at = NULL, unknown = (1 = 0)")
    to(database, "0011")
    fill(database, 4)
    schema.upgrade(database)

    def found(columns: str, where: str = "1 = 1") -> list[tuple]:
        with database.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(f"SELECT {columns} WHERE {where}")]

    assert ("",) in found("dialect FROM callers")
    assert ("closed", "unconfirmed") in found("state, closed_as FROM cases")
    first = found("e.number, e.hash, c.events_count, c.events_head FROM case_events e JOIN cases c ON c.id = e.case_id")
    assert first[0][:2] == first[0][2:]
    roles = found("department_id IS NOT NULL, head, role FROM operators")
    assert sorted(roles) == [(False, False, "operator"), (True, False, "department"), (True, True, "admin")]
    assert found("name FROM villages", "found_as <> name") == []
    assert found("case_id FROM clocks", "stopped_at IS NULL")
    assert found("case_id FROM clocks", "stopped_at IS NULL AND (due_at IS NULL OR due_at <> answer_by)") == []


def fill(database, number: int, *changes: str) -> None:
    with database.engine.begin() as connection:
        filled.fill(connection, filled.tables(connection), number)
        for change in changes:
            connection.exec_driver_sql(change)
