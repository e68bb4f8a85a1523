"""Rows in every table of a database, whatever its tables are: what migrations are tried on.

A row's values follow from its number: they differ from row to row, texts are filled to their full length, and a foreign
key points to the row of the same number. Every second row has as little as it may have.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice, product
from uuid import UUID, uuid5

import sqlalchemy as sa

from app.db import Base

Contents = dict[str, dict[tuple, dict]]  # by table and primary key: the row's values by column

GIVEN: dict[str, list] = {}  # "table.column": values to try where a rule of the table is not met by what is tried here
_TRIED = 5000  # combinations of values, where a table has rules of its own (CHECK)
_SPEECH = "“路灯坏了三天” 𠮷家的 it''s \\ %s :x; DROP TABLE\n\t"
_BEGIN = datetime(2026, 2, 28, 23, 59, 59, 123456, tzinfo=UTC)


def tables(connection: sa.Connection) -> list[sa.Table]:
    """The tables as the database has them, parents first; not alembic's own, nor those of SQLite's full-text search."""
    names = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
    if connection.dialect.name == "sqlite":
        names &= set(connection.exec_driver_sql("SELECT name FROM pragma_table_list WHERE type = 'table'").scalars())
    metadata = sa.MetaData()
    metadata.reflect(connection, only=sorted(names))
    return metadata.sorted_tables


def fill(connection: sa.Connection, into: list[sa.Table], number: int) -> Contents:
    """Insert row `number` into each of these tables, by the columns and rules that they say they have."""
    rows: dict[str, dict] = {}
    for table in into:
        rows[table.name] = _insert(connection, table, _values(table, number, rows), number)
    return {table.name: _keyed(table, [rows[table.name]]) for table in into}


def contents(connection: sa.Connection, of: list[sa.Table]) -> Contents:
    """Every row of these tables."""
    return {table.name: _keyed(table, connection.execute(sa.select(table)).mappings()) for table in of}


def _keyed(table: sa.Table, rows) -> dict[tuple, dict]:
    return {tuple(str(row[c.name]) for c in table.primary_key): {k: _read(v) for k, v in row.items()} for row in rows}


def _read(value):
    """As a database reads it: NULL, and on SQLite no zone."""
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).replace(tzinfo=None)
    return None if isinstance(value, sa.Null) else value


def _values(table: sa.Table, number: int, rows: dict[str, dict]) -> dict:
    values = {column.name: _value(column, number) for column in table.c if column.computed is None}
    for column in table.c:
        if column.nullable and number % 2:
            values[column.name] = sa.null()
        elif column.foreign_keys:
            parent = next(iter(column.foreign_keys)).column
            known = values if parent.table is table else rows[parent.table.name]
            values[column.name] = known[parent.name]
    return values


def _insert(connection: sa.Connection, table: sa.Table, values: dict, number: int) -> dict:
    """What was inserted: these values, or such as the table's rules (CHECK) let in."""
    rules = [str(rule.sqltext) for rule in table.constraints if isinstance(rule, sa.CheckConstraint)]
    ruled = [c for c in table.c if not c.foreign_keys and any(re.search(rf"\b{c.name}\b", rule) for rule in rules)]
    if not ruled:
        connection.execute(table.insert().values(values))
        return values
    options = [_options(column, values[column.name], number, rules) for column in ruled]
    for chosen in islice(product(*options), _TRIED):
        values = values | dict(zip([column.name for column in ruled], chosen, strict=True))
        try:
            with connection.begin_nested():
                connection.execute(table.insert().values(values))
                return values
        except sa.exc.DBAPIError as error:
            refused = error
    raise AssertionError(f"row {number} of {table.name} is not taken (GIVEN in tests/filled.py helps): {refused}")


def _options(column: sa.Column, value, number: int, rules: list[str]) -> list:
    """Values to try in a column with rules: its own, those that the rules name, those of other rows."""
    named: list = [text for rule in rules for text in re.findall(r"'([^']*)'", rule)]
    if isinstance(column.type, sa.Numeric | sa.Integer):
        numbers = [int(digits) for rule in rules for digits in re.findall(r"-?\b\d+\b", rule)]
        named = [near for number in numbers for near in (number, number + 1, number - 1)]
    elif not isinstance(column.type, sa.String):
        named = []
    null = [sa.null()] if column.nullable else []
    return [*GIVEN.get(str(column), []), value, *null, *named, _value(column, number + 100)]


def _value(column: sa.Column, number: int):
    """A value of the column's kind that only this column has, and only in this row."""
    kind, own = column.type, f"{number} {column}"
    if isinstance(kind, sa.Uuid) or (isinstance(kind, sa.CHAR) and kind.length == 32):  # how SQLite keeps one
        made = uuid5(UUID(int=0), own)
        return made if isinstance(kind, sa.Uuid) else made.hex
    if isinstance(kind, sa.Enum):
        return kind.enums[number % len(kind.enums)]
    if isinstance(kind, sa.String):
        return (own + " " + _SPEECH * (kind.length or 4000))[: kind.length or 4000].ljust(kind.length or 0, "终")
    if isinstance(kind, sa.JSON):
        inside = {"key": own, "村": ["清水村", None, True, 1.5, {"": _SPEECH}]}
        return [inside] if _is_list(column) else inside
    if isinstance(kind, sa.ARRAY):
        return [number, 2**40, -1]
    if isinstance(kind, sa.LargeBinary):
        return own.encode() + bytes(range(256))
    made = {
        sa.Boolean: number % 4 < 2,
        sa.BigInteger: 2**40 + number,
        sa.SmallInteger: 2**14 + number,
        sa.Integer: 2**30 + number,
        sa.Float: number + 0.1,
        sa.Numeric: Decimal(number),
        sa.DateTime: _BEGIN + timedelta(days=number),
        sa.Date: date(2026, 2, 28) + timedelta(days=number),
        sa.Time: time(23, 59, number % 60),
        sa.Interval: timedelta(days=number),
    }
    for type_, value in made.items():
        if isinstance(kind, type_):
            return value
    raise AssertionError(f"tests/filled.py knows no value for {column}, a {kind!r}")


def _is_list(column: sa.Column) -> bool:
    """Whether today's model has a list in this column of JSON."""
    models = {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}
    model = models.get(column.table.name)
    return model is not None and "list" in str(model.__annotations__.get(column.name, ""))
