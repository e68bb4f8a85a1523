"""The index of the search: which cases have all of some terms (services/search/terms.py), the newest first.

One table (models/search.py), two ways to ask it. SQLite: a full-text table, read from its newest end. PostgreSQL: a GIN
index gives everything that fits, in no order, so a term is written together with the block of 32,768 cases in which it
is, and blocks are asked one after the other, the newest first, until there is enough.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce
from itertools import product
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.models import SearchEntry
from app.models.search import FULL_TEXT
from app.services.search.terms import Wanted

_BLOCK_BITS = 15
_CODE_BITS = 48
_MOST_WAYS = 16  # in which all words together may be meant, asked one by one
_NEWEST_FTS = text(
    "SELECT rowid FROM search_terms WHERE search_terms MATCH :wanted AND rowid < :before"
    " ORDER BY rowid DESC LIMIT :most"
)
_NEXT_ID = text("SELECT nextval('search_entries_id_seq')")
_NO_END = 2**62


def put(session: Session, cases: dict[UUID, set[str]]) -> None:
    """Keep the terms of some cases; those not kept before become the newest, in this order."""
    known = dict(
        session.execute(select(SearchEntry.case_id, SearchEntry.id).where(SearchEntry.case_id.in_(list(cases)))).all()
    )
    for case_id, terms in cases.items():
        if case_id in known:
            kept = {"terms": written(_dialect(session), known[case_id], terms)}
            session.execute(update(SearchEntry).where(SearchEntry.id == known[case_id]).values(kept))
    fresh = [case_id for case_id in cases if case_id not in known]
    if fresh:
        session.execute(insert(SearchEntry), [_new(session, case_id, cases[case_id]) for case_id in fresh])


def written(dialect: str, id: int, terms: Iterable[str]) -> str | list[int]:
    """Terms as the entry `id` keeps them in a database of this kind (`sqlite` or `postgresql`)."""
    return _codes(terms, id >> _BLOCK_BITS) if dialect == "postgresql" else " ".join(sorted(terms))


def newest(session: Session, wanted: Wanted, before: int | None, most: int) -> list[int]:
    """Ids of the entries that fit, the newest first, only those before an id. Its cost does not grow with the table."""
    ask = _newest_of_blocks if _dialect(session) == "postgresql" else _newest_of_words
    return ask(session, wanted, before or _NO_END, most)


def cases_of(session: Session, ids: Sequence[int]) -> list[UUID]:
    """The cases of some entries, in this order."""
    rows = dict(session.execute(select(SearchEntry.id, SearchEntry.case_id).where(SearchEntry.id.in_(ids))).all())
    return [rows[id] for id in ids if id in rows]


def clear(session: Session) -> None:
    """Forget every term of every case, also where what is kept of them is damaged."""
    if _dialect(session) != "sqlite":
        session.execute(delete(SearchEntry))
        return
    for trigger in ("added", "removed", "changed"):  # so that none looks for a row in what is damaged
        session.execute(text(f"DROP TRIGGER IF EXISTS search_entries_{trigger}"))
    session.execute(delete(SearchEntry))
    session.execute(text(FULL_TEXT[0].replace("search_terms", "search_empty")))
    for part in ("data", "idx", "config"):  # a damaged full-text table cannot even be dropped, an empty one can
        session.execute(text(f"DELETE FROM search_terms_{part}"))
        session.execute(text(f"INSERT INTO search_terms_{part} SELECT * FROM search_empty_{part}"))
    for table in ("search_empty", "search_terms"):
        session.execute(text(f"DROP TABLE {table}"))
    for statement in FULL_TEXT:
        session.execute(text(statement))


def _new(session: Session, case_id: UUID, terms: set[str]) -> dict:
    if _dialect(session) == "sqlite":
        return {"case_id": case_id, "terms": written("sqlite", 0, terms)}
    id = session.scalar(_NEXT_ID)
    return {"id": id, "case_id": case_id, "terms": written("postgresql", id, terms)}


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


# ---------------------------------------------------------------- SQLite


def _newest_of_words(session: Session, wanted: Wanted, before: int, most: int) -> list[int]:
    words = ("(" + " OR ".join(_all_of(way) for way in word) + ")" for word in wanted.words)
    asked = {"wanted": " AND ".join(words), "before": before, "most": most}
    return list(session.scalars(_NEWEST_FTS, asked))


def _all_of(way: frozenset[str]) -> str:
    return "(" + " AND ".join(f'"{term}"' for term in sorted(way)) + ")"


# ---------------------------------------------------------------- PostgreSQL


def _newest_of_blocks(session: Session, wanted: Wanted, before: int, most: int) -> list[int]:
    last = session.scalar(select(func.max(SearchEntry.id))) or 0
    ways = [reduce(frozenset.union, ways) for ways in product(*wanted.words)][:_MOST_WAYS]
    block, size = min(last, before - 1) >> _BLOCK_BITS, 1
    found: list[int] = []
    while block >= 0 and len(found) < most:
        blocks = range(block, max(block - size, -1), -1)
        found += session.scalars(_of_blocks(ways, blocks, before, most - len(found)))
        block, size = blocks[-1] - 1, size * 4
    return found


def _of_blocks(ways: list[frozenset[str]], blocks: Sequence[int], before: int, most: int):
    has = [
        SearchEntry.terms.op("@>", is_comparison=True)(bindparam(None, _codes(way, block), ARRAY(BigInteger)))
        for block in blocks
        for way in ways
    ]
    # materialized: read by the index of the terms, and only then put into order
    fits = select(SearchEntry.id.label("id")).where(reduce(lambda a, b: a | b, has)).cte().prefix_with("MATERIALIZED")
    return select(fits.c.id).where(fits.c.id < before).order_by(fits.c.id.desc()).limit(most)


def _codes(terms: Iterable[str], block: int) -> list[int]:
    return sorted(block << _CODE_BITS | _code(term) for term in terms)


@lru_cache(maxsize=65536)
def _code(term: str) -> int:
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=_CODE_BITS // 8).digest())
