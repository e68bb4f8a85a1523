"""The three rates (三率): 响应率, 解决率, 满意率, from the callers' own answers alone. What each counts: docs/desk.md.

Every figure is a condition on ratings, and `behind` gives exactly the rows that it counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.models import Case, Department, Rating, Village
from app.services.cases.ratings import CALLER, NO_NUMBER, NOT_REACHED, UNCONFIRMED
from app.services.directory.practice import PRACTICE_CASES

_CONTENT = (1, 2, 3)  # 很满意, 满意, 基本满意
_COUNTED = Rating.outcome != NO_NUMBER
_REAL = Rating.case_id.not_in(PRACTICE_CASES)
# A figure by its name -> what a rating must meet to be counted by it.
FIGURES: dict[str, ColumnElement[bool]] = {
    "asked": _COUNTED,
    "responded": and_(Rating.outcome == CALLER, Rating.in_time.is_(True)),
    "solved": and_(Rating.outcome == CALLER, Rating.solved.is_(True)),
    "content": and_(Rating.outcome == CALLER, Rating.grade.in_(_CONTENT)),
    "unsolved": and_(Rating.outcome == CALLER, Rating.solved.is_(False)),
    "ungraded": and_(Rating.outcome == CALLER, Rating.grade.is_(None)),
    "not_reached": Rating.outcome == NOT_REACHED,
    "unconfirmed": Rating.outcome == UNCONFIRMED,
    "no_number": Rating.outcome == NO_NUMBER,
}
GROUPS = {"town": None, "department": Rating.department_id, "village": Rating.village_id}
NOBODY = "none"  # the group of what has no department or no village


@dataclass(frozen=True)
class Period:
    """From `start` to before `end` (UTC), by when a round of asking ended."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Rate:
    """The figures of one group. `key` names it in `behind`: an id, or NOBODY; `counts` holds each of FIGURES."""

    key: str
    name: str
    counts: dict[str, int]

    def share(self, figure: str) -> float | None:
        """What part of those asked (0 to 1); None where nobody was."""
        return self.counts[figure] / self.counts["asked"] if self.counts["asked"] else None


def rates(session: Session, period: Period, by: str, *only: ColumnElement[bool]) -> list[Rate]:
    """The figures of a period, a row for each department or village (`by`, a key of GROUPS), those asked most first."""
    column = GROUPS[by]
    sums = [func.sum(case((condition, 1), else_=0)).label(name) for name, condition in FIGURES.items()]
    query = select(*([column] if column is not None else []), *sums).where(*_within(period), _REAL, *only)
    if column is None:
        row = session.execute(query).one()
        return [Rate("", "", {name: getattr(row, name) or 0 for name in FIGURES})]
    names = _names(session, by)
    found = [
        Rate(str(row[0]) if row[0] else NOBODY, names.get(row[0], ""), {name: getattr(row, name) for name in FIGURES})
        for row in session.execute(query.group_by(column))
    ]
    return sorted(found, key=lambda rate: (rate.key == NOBODY, -rate.counts["asked"], rate.name, rate.key))


def behind(figure: str, period: Period, by: str, key: str, *only: ColumnElement[bool]) -> Select[tuple[Rating]]:
    """The ratings that one figure of one group counted, newest first. Raises KeyError or ValueError."""
    conditions = [FIGURES[figure], *_within(period), _REAL, *only]
    column = GROUPS[by]
    if column is not None:
        conditions.append(column.is_(None) if key == NOBODY else column == UUID(key))
    return select(Rating).where(*conditions).order_by(Rating.at.desc(), Rating.id)


def shown(session: Session, query: Select[tuple[Rating]], first: int, size: int) -> Sequence[Rating]:
    """A page of ratings with all that a list shows."""
    loaded = joinedload(Rating.case).options(joinedload(Case.caller), joinedload(Case.village))
    loaded = loaded.options(selectinload(Case.recordings))
    with_all = query.options(
        loaded, joinedload(Rating.department), joinedload(Rating.handler), joinedload(Rating.operator)
    )
    return session.scalars(with_all.offset(first).limit(size)).unique().all()


def count(session: Session, query: Select[tuple[Rating]]) -> int:
    """How many ratings a list holds."""
    return session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


def of_department(department_id: UUID | None) -> tuple[ColumnElement[bool], ...]:
    """The condition on ratings that somebody may see: the desk (None) all, a department its own."""
    return (Rating.department_id == department_id,) if department_id else ()


def _within(period: Period) -> tuple[ColumnElement[bool], ...]:
    return (Rating.at >= period.start, Rating.at < period.end)


def _names(session: Session, by: str) -> dict[UUID, str]:
    model = {"department": Department, "village": Village}[by]
    return dict(session.execute(select(model.id, model.name)).all())
