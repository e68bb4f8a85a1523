"""Finds queries that sort rows by something in which several may be equal: their order is then left to the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Column, Table, UniqueConstraint, event
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression, UnaryExpression
from sqlalchemy.sql.visitors import iterate


@contextmanager
def watched() -> Iterator[list[str]]:
    """The queries of this process so far, as SQL, that leave the order of equals open."""
    found: list[str] = []

    def look(asked: ORMExecuteState) -> None:
        of_model = asked.is_relationship_load  # row by row; tests/services/desk/test_whole_order.py looks at the models
        if asked.is_select and not of_model and leaves_equals_open(asked.statement):
            found.append(str(asked.statement))

    event.listen(Session, "do_orm_execute", look)
    try:
        yield found
    finally:
        event.remove(Session, "do_orm_execute", look)


def leaves_equals_open(query) -> bool:
    """Whether rows that this query sorts may be equal in what it sorts them by, and still differ in what it reads."""
    ordered = [_plain(each) for each in getattr(query, "_order_by_clauses", ())]
    if not ordered:
        return False
    by = set().union(*map(_columns, ordered))
    grouped = [_columns(each) for each in getattr(query, "_group_by_clauses", ())]
    if grouped and all(columns and columns <= by for columns in grouped):
        return False
    read = [_columns(each) for each in query.selected_columns]
    if all(columns and columns <= by for columns in read):
        return False
    known = by | _fixed(query)
    return not any(key <= known for column in by for key in _keys(column.table))


def _plain(expression):
    while isinstance(expression, UnaryExpression):
        expression = expression.element
    return expression


def _columns(expression) -> set[Column]:
    """The columns of tables that an expression is made of."""
    return {base for part in iterate(expression) for base in getattr(part, "base_columns", ()) if _is_column(base)}


def _is_column(part) -> bool:
    return isinstance(part, Column) and isinstance(part.table, Table)


def _fixed(query) -> set[Column]:
    """Columns that have one value in all rows."""
    where = getattr(query, "whereclause", None)
    if where is None:
        return set()
    same = (part for part in iterate(where) if isinstance(part, BinaryExpression) and part.operator is operators.eq)
    return set().union(*(_columns(side) for part in same for side in (part.left, part.right)), set())


def _keys(table: Table) -> list[set[Column]]:
    """What no two rows of a table have in common."""
    unique = [set(each.columns) for each in table.constraints if isinstance(each, UniqueConstraint)]
    unique += [set(index.columns) for index in table.indexes if index.unique and len(index.dialect_options) == 0]
    return [set(table.primary_key.columns), *unique, *({column} for column in table.columns if column.unique)]
