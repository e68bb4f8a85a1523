"""SearchEntry (检索): the terms under which a case is found, kept beside it in whichever database there is."""

from uuid import UUID

from sqlalchemy import DDL, BigInteger, ForeignKey, Integer, Text, event
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

# SQLite has no inverted index on a column, so a full-text table stands beside this one and follows it. Nothing is
# split or folded there: the terms come ready (services/search/terms.py), with spaces between them.
FULL_TEXT = (
    "CREATE VIRTUAL TABLE search_terms USING fts5(terms, content='search_entries', content_rowid='id', detail='none',"
    " columnsize=0, tokenize='unicode61 remove_diacritics 0')",
    "CREATE TRIGGER search_entries_added AFTER INSERT ON search_entries BEGIN"
    " INSERT INTO search_terms(rowid, terms) VALUES (new.id, new.terms); END",
    "CREATE TRIGGER search_entries_removed AFTER DELETE ON search_entries BEGIN"
    " INSERT INTO search_terms(search_terms, rowid, terms) VALUES ('delete', old.id, old.terms); END",
    "CREATE TRIGGER search_entries_changed AFTER UPDATE ON search_entries BEGIN"
    " INSERT INTO search_terms(search_terms, rowid, terms) VALUES ('delete', old.id, old.terms);"
    " INSERT INTO search_terms(rowid, terms) VALUES (new.id, new.terms); END",
)
_POSTGRESQL = (
    "CREATE INDEX ix_search_entries_terms ON search_entries USING gin (terms) WITH (fastupdate = off)",  # found at once
)


class SearchEntry(Base):
    """One a case. `id` grows with each new case, so that the newest is found first.

    `terms`: on SQLite words with spaces between them, on PostgreSQL numbers (services/search/index.py). Goes with it.
    """

    __tablename__ = "search_entries"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), unique=True)
    terms: Mapped[str | list[int]] = mapped_column(Text().with_variant(ARRAY(BigInteger), "postgresql"))


for dialect, statements in (("sqlite", FULL_TEXT), ("postgresql", _POSTGRESQL)):
    for statement in statements:
        event.listen(SearchEntry.__table__, "after_create", DDL(statement).execute_if(dialect=dialect))
event.listen(
    SearchEntry.__table__, "before_drop", DDL("DROP TABLE IF EXISTS search_terms").execute_if(dialect="sqlite")
)
