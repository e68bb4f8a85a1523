"""Finding cases by what an operator has at hand: a number, the end of a telephone number, a place, words, their sound.

Reads only. Its cost does not grow with the cases.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from app.models import Case
from app.services.cases import lookup
from app.services.desk import case_queries
from app.services.desk.department_view import PHONE, WORDS, where_seen
from app.services.search import index, indexing
from app.services.search.terms import contains, of_department, wanted

COUNTED = 100  # more are not counted
_BEFORE = 18  # characters of a passage before the word
_PASSAGE = 90


@dataclass(frozen=True)
class Hit:
    """A case that was found. `passage`: where the words stand in it, if not at its beginning; empty: there.

    `alike`: the words only sound like those that were sought.
    """

    case: Case
    passage: str
    alike: bool


@dataclass(frozen=True)
class Found:
    """What a search led to: one `case` by its number; else `hits`, the newest first, and where they go on (`next`).

    `count` is 101 where there are more than 100, None on a further page. `unusable`: nothing can be sought by this.
    `broken`: the index is damaged; the worker makes it again.
    """

    case: Case | None = None
    hits: Sequence[Hit] = ()
    next: int | None = None
    count: int | None = None
    unusable: bool = False
    broken: bool = False


def find(
    session: Session,
    typed: str,
    region: str,
    after: int | None = None,
    *,
    department_id: UUID | None = None,
    as_written: bool = False,
) -> Found:
    """The cases that have everything that was typed.

    `region`: the country whose telephone numbers need no country code. `department_id`: only what is in its hands.
    `as_written`: words as they are written, not as they sound.
    """
    mine = case_queries.seen_by(department_id)
    number = typed.strip()
    case = lookup.find(session, number) if number.isdecimal() and number.isascii() else None
    if case and session.scalar(select(Case.id).where(Case.id == case.id, *mine)):
        return Found(case=case)
    sought = wanted(typed, region, as_written=as_written)
    if sought is None:
        return Found(unusable=True)
    if department_id:
        sought = sought.also(of_department(str(department_id)))
    try:
        ids = index.newest(session, sought, after, COUNTED + 1 if after is None else case_queries.PAGE + 1)
    except DatabaseError as error:
        if not indexing.is_damage(error):
            raise
        return Found(broken=True)
    shown = ids[: case_queries.PAGE]
    more = shown[-1] if len(ids) > case_queries.PAGE else None
    by = WORDS if any(sign.isalpha() for sign in typed) else PHONE
    hits = _hits(session, index.cases_of(session, shown), typed, mine + where_seen(by, department_id))
    count = len(hits) if department_id else len(ids)  # how many there are of what it may not see is not its business
    return Found(hits=hits, next=more, count=count if after is None else None)


def _hits(session: Session, ids: list[UUID], typed: str, mine: tuple) -> list[Hit]:
    shown = {case.id: case for case in case_queries.listed(session, Case.id.in_(ids), *mine)}
    texts = indexing.texts_of_cases(session, ids)
    if not any(sign.isalpha() for sign in typed):
        return [Hit(shown[id], "", alike=False) for id in ids if id in shown]
    return [_hit(shown[id], texts[id], typed) for id in ids if id in shown]


def _hit(case: Case, texts: list[str], typed: str) -> Hit:
    words = typed.split()
    here = next((text for text in texts if contains(text, words[0])), "")
    at = here.find(words[0])
    alike = not all(any(contains(text, word) for text in texts) for word in words)
    if not here or at < 0 or case.words.startswith(here[: at + len(words[0])]) and at < _PASSAGE:
        return Hit(case, "", alike)
    start = max(at - _BEFORE, 0)
    return Hit(case, f"{'…' if start else ''}{here[start : start + _PASSAGE]}", alike)
