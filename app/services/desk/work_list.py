"""The work list: what needs somebody now, in one order. Emergencies, what is due, new cases, callers' words, the rest.

Reads only. Every group is read by an index of its own that holds open cases alone, so what is closed costs nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, TextClause, and_, func, literal, or_, select, text, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from app.db import now
from app.local_time import local, zone
from app.models import Case, Clock
from app.models.case import CALLER_SPOKE, EMERGENCY, NEW, OPEN_STATES, REST, STATES
from app.services.desk import case_queries

GROUPS = ("emergency", "due", "new", "spoke", "rest")
FURTHER = "further"  # cases that no group has: closed ones, or every state together
ALL = "all"
COUNTED = 100  # more are not counted
_Last = aliased(Case)  # the last case of the page before


@dataclass(frozen=True)
class Filters:
    """Which cases to show; what is empty filters nothing. `state`: one of a case's, or `all` with the closed ones.

    `handled_by`: the operator who did the last thing about it. `late`: past a term, of answering or, while nobody has
    signed, of signing.
    """

    state: str = ""
    village: UUID | None = None
    category: str = ""
    department: UUID | None = None
    channel: str = ""
    handled_by: str = ""
    late: bool = False

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    @property
    def in_groups(self) -> bool:
        """Whether the cases are shown in the order of what is to be done."""
        return self.state not in (ALL, *STATES) or self.state in OPEN_STATES


@dataclass(frozen=True)
class Mark:
    """A place in the list: the last case before it. Text form: `new_2026-11-23T09:00:00+00:00_<uuid>`."""

    group: str
    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{self.group}_{self.at.isoformat()}_{self.id}"

    @classmethod
    def read(cls, written: str) -> "Mark | None":
        """The place that `str` wrote; None for anything else."""
        group, _, place = written.partition("_")
        at = case_queries.Place.read(place)
        return cls(group, at.received_at, at.id) if at and group in (*GROUPS, FURTHER) else None


@dataclass(frozen=True)
class WorkList:
    """One page. `groups`: group -> its cases on this page; `next`: where the following page begins, None on the last.

    `counts`: group -> how many cases it has (101: more than 100); empty on further pages. `not_sent`: ids of cases
    with an answer that failed for good.
    """

    groups: dict[str, list[Case]]
    next: Mark | None
    counts: dict[str, int] = field(default_factory=dict)
    not_sent: frozenset[UUID] = frozenset()

    @property
    def cases(self) -> list[Case]:
        return [case for group in self.groups.values() for case in group]


def work_list(
    session: Session, filters: Filters, after: Mark | None = None, *only, size: int = case_queries.PAGE
) -> WorkList:
    """A page of what is to be done, from `after` on. `only`: conditions that every case must meet (desk.seen_by)."""
    conditions = (*only, *_filtered(filters))
    names = _names(filters)
    start = names.index(after.group) if after and after.group in names else 0
    parts = [
        _Group.of(name).rows(name, after if after and after.group == name else None).where(*conditions).limit(size + 1)
        for name in names[start:]
    ]
    several = union_all(*(select(part.subquery()) for part in parts))  # one question for all groups
    rows = sorted((Mark(*row) for row in session.execute(several)), key=lambda row: names.index(row.group))
    shown, more = rows[:size], len(rows) > size
    found = {case.id: case for case in case_queries.listed(session, Case.id.in_([row.id for row in shown]))}
    groups: dict[str, list[Case]] = {}
    for row in shown:
        groups.setdefault(row.group, []).append(found[row.id])
    counts = {} if after else _counts(session, names, conditions)
    return WorkList(groups, shown[-1] if more else None, counts, case_queries.not_sent(session, list(found)))


def _names(filters: Filters) -> tuple[str, ...]:
    if not filters.in_groups:
        return (FURTHER,)
    if filters.late:
        return GROUPS[:2]  # what is late is an emergency or due, and nothing else
    if filters.state in STATES:
        return tuple(name for name in GROUPS if name in GROUPS[:2] or (name == "new") == (filters.state == "received"))
    return GROUPS


def _counts(session: Session, names: Sequence[str], conditions: tuple) -> dict[str, int]:
    # in their order, so that they are counted by the same indexes by which they are read
    some = [_Group.of(name).rows(name, None).where(*conditions).limit(COUNTED + 1).subquery() for name in names]
    counted = (select(func.count()).select_from(of_group).scalar_subquery() for of_group in some)
    return dict(zip(names, session.execute(select(*counted)).one(), strict=True))


def _filtered(filters: Filters) -> tuple:
    conditions = {
        "state": Case.state == filters.state,
        "village": Case.village_id == filters.village,
        "category": Case.category == filters.category,
        "department": case_queries.held_by(filters.department),
        "channel": Case.channel == filters.channel,
        "handled_by": Case.handled_by == filters.handled_by,
        "late": _has_clock((Clock.stopped_at.is_(None), Clock.due_at <= now(), _past_a_term())),
    }
    if filters.state not in STATES:
        del conditions["state"]
    return tuple(condition for name, condition in conditions.items() if getattr(filters, name))


@dataclass(frozen=True)
class _Group:
    """How the cases of a group are found, and by which moment they are ordered; equals by receipt, then by number."""

    where: tuple
    by: ColumnElement
    oldest_first: bool = False
    on_clock: bool = False

    @classmethod
    def of(cls, name: str) -> "_Group":
        is_due = _due()
        no_emergency, not_due = _not(EMERGENCY), ~_has_clock(is_due)
        return {
            "emergency": cls(_texts(EMERGENCY), Case.received_at),
            "due": cls((*is_due, *_texts(_OPEN), no_emergency), Clock.due_at, oldest_first=True, on_clock=True),
            "new": cls((*_texts(NEW), no_emergency, not_due), Case.received_at),
            "spoke": cls(
                (*_texts(CALLER_SPOKE), Case.state != "received", no_emergency, not_due), Case.caller_spoke_at
            ),
            "rest": cls((*_texts(REST), _not(CALLER_SPOKE), no_emergency, not_due), Case.received_at),
            FURTHER: cls((), Case.received_at),
        }[name]

    @property
    def id(self) -> ColumnElement:
        return Clock.case_id if self.on_clock else Case.id

    def rows(self, name: str, after: Mark | None) -> Select:
        query = select(literal(name), self.by, self.id).select_from(Case).where(*self.where)
        if self.on_clock:
            query = query.join(Clock, Clock.case_id == Case.id)
        equals = tuple_(Case.received_at, Case.number)
        last = select(_Last.received_at, _Last.number).where(_Last.id == after.id).scalar_subquery() if after else None
        if self.oldest_first:
            if after:
                later = or_(self.by > after.at, and_(self.by == after.at, equals > last))
                query = query.where(self.by >= after.at, later)
            return query.order_by(self.by, Case.received_at, Case.number)
        if after:
            earlier = or_(self.by < after.at, and_(self.by == after.at, equals < last))
            query = query.where(self.by <= after.at, earlier)
        return query.order_by(self.by.desc(), Case.received_at.desc(), Case.number.desc())


_OPEN = "state NOT IN ('closed', 'archived')"


def _texts(condition: str) -> tuple:
    """A condition of a partial index, written as the index writes it: only then is the index used."""
    parts = condition.split(" AND ")
    return tuple(text(f"cases.{part}") for part in parts)


def _not(condition: str) -> TextClause:
    return text(f"NOT ({' AND '.join(f'cases.{part}' for part in condition.split(' AND '))})")


def _due() -> tuple:
    today = local(now()).date()
    tomorrow = datetime.combine(today + timedelta(days=1), time(), zone())
    return Clock.stopped_at.is_(None), Clock.due_at < tomorrow


def _past_a_term() -> ColumnElement:
    """Of a case without any known term `due_at` is its receipt; that is no term, and nobody is late with it."""
    return or_(Clock.answer_by <= now(), and_(Clock.signed_at.is_(None), Clock.sign_by <= now()))


def _has_clock(conditions: tuple) -> ColumnElement:
    """Whether a case has such a clock. Not as a join: PostgreSQL would read every clock that is due for each case."""
    return (
        select(Clock.case_id)
        .where(Clock.case_id == Case.id, *conditions)
        .correlate(Case)
        .scalar_subquery()
        .is_not(None)
    )
