"""Sheets (导出): tables as CSV and as a workbook (XLSX). What is in a cell is never taken for a formula.

A spreadsheet runs a CSV cell that begins with one of = + - @, a tab or a line end; such a word gets an apostrophe
before it (OWASP, CSV Injection). In a workbook every word is written as a word, never guessed at.
"""

import csv
import io
from collections.abc import Sequence

from xlsxwriter import Workbook

from app.services.figures.tables import Cell, Table

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_WIDEST, _LONGEST_NAME = 40, 31
_NO_GUESSING = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


def as_csv(table: Table) -> bytes:
    """One table, as UTF-8 with the mark that makes Excel read it as such."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow([_harmless(head) for head in table.heads])
    writer.writerows([_harmless(cell) for cell in row.cells] for row in table.rows)
    return written.getvalue().encode("utf-8-sig")


def as_workbook(tables: Sequence[Table]) -> bytes:
    """Every table on a page of its own."""
    written = io.BytesIO()
    with Workbook(written, _NO_GUESSING) as book:
        bold = book.add_format({"bold": True})
        for table in tables:
            page = book.add_worksheet(table.title[:_LONGEST_NAME])
            page.freeze_panes(1, 0)
            for column, head in enumerate(table.heads):
                page.write_string(0, column, head, bold)
                page.set_column(column, column, _width(table, column))
            for place, row in enumerate(table.rows, 1):
                for column, cell in enumerate(row.cells):
                    if isinstance(cell, str):
                        page.write_string(place, column, cell)
                    else:
                        page.write_number(place, column, cell)
    return written.getvalue()


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(_RUNS) else cell


def _width(table: Table, column: int) -> float:
    """Of the widest cell; a Chinese character is as wide as two letters."""
    cells = [table.heads[column], *(str(row.cells[column]) for row in table.rows)]
    return min(_WIDEST, 2 + max(sum(1 + (ord(sign) > 0x2E80) for sign in cell) for cell in cells))
