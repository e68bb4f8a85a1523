"""Getting the rows of a big town (desk_town.py) into SQLite or PostgreSQL quickly: without indexes, made afterwards."""

from sqlalchemy import text

from app.db import Base, Database
from tests.bench.desk_town import TABLES, Town, rows


def load(database: Database, town: Town) -> None:
    """Write the whole town. What is looked up by is as after months of use: every index is there, statistics too."""
    (_load_sqlite if town.dialect == "sqlite" else _load_postgresql)(database, town)
    with database.session() as session:
        session.execute(text(f"UPDATE counters SET value = {1000 + town.cases} WHERE name = 'case'"))


def _columns(table: str) -> tuple[list[str], list]:
    """The columns of a table that are written: those of the town, then those that its model fills, with values."""
    named = TABLES[table].split()
    others = [column for column in Base.metadata.tables[table].columns if column.name not in named]
    filled = {c.name: c.default.arg for c in others if not c.nullable and c.default is not None and c.default.is_scalar}
    return [*named, *filled], list(filled.values())


def _load_sqlite(database: Database, town: Town) -> None:
    with database.engine.connect() as opened:
        connection = opened.connection.dbapi_connection
        for pragma in ("synchronous=OFF", "cache_size=-400000", "foreign_keys=OFF", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        kept = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        indexes = connection.execute(kept).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        for some in rows(town):
            connection.execute("BEGIN")
            for table, values in some.items():
                columns, more = _columns(table)
                marks = ", ".join("?" * len(columns))
                insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
                connection.executemany(insert, ((*row, *more) for row in values))
            connection.execute("COMMIT")
        for _, sql in indexes:
            connection.execute(sql)
        connection.execute("ANALYZE")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        opened.invalidate()  # its settings are not those of the service


def _load_postgresql(database: Database, town: Town) -> None:
    with database.engine.connect() as opened:
        connection = opened.connection.dbapi_connection
        connection.autocommit = True
        for setting in ("session_replication_role = replica", "timezone = 'UTC'", "synchronous_commit = off",
                        "maintenance_work_mem = '512MB'"):  # fmt: skip
            connection.execute(f"SET {setting}")
        kept = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY(%s) "
            "AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
        indexes = connection.execute(kept, [list(TABLES)]).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        for some in rows(town):
            for table, values in some.items():
                columns, more = _columns(table)
                with connection.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                    for row in values:
                        copy.write_row((*row, *more))
        for _, sql in indexes:
            connection.execute(sql)
        connection.execute(f"SELECT setval('search_entries_id_seq', {town.cases})")
        connection.execute("VACUUM ANALYZE")
        opened.invalidate()
