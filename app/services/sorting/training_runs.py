"""Learning to sort (学分类): overnight, from every decided case; in use only where better on cases kept apart."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.db import now
from app.local_time import local
from app.models import Case, Recording, SortingRun
from app.services.directory.practice import REAL
from app.services.sorting.classifier import Sorter
from app.services.sorting.learnt_weights import to_bytes
from app.services.sorting.ngrams import Document

if TYPE_CHECKING:
    from app.parts import Parts

log = structlog.get_logger()

MOST_CASES = 20_000  # the newest; learning takes minutes
LEAST_APART = 20  # cases kept apart, below which a comparison says nothing
NIGHT_HOUR = 2  # in the town
_APART = 5  # every fifth caller's cases are kept apart, always the same callers'
_FEW_OF_A_TOPIC = 5  # cases of a whole path below which it is not learnt
_GRAMS_OF_TOPICS = 30_000


@dataclass(frozen=True)
class Decided:
    """A case that a person has put into a category: its words, the category's path, and whether it is kept apart."""

    text: str
    topic: str
    apart: bool

    @property
    def top(self) -> str:
        return self.topic.split("/")[0]


@dataclass(frozen=True)
class Outcome:
    """What came of learning: the state and the numbers of SortingRun, and the file where it is to be used."""

    state: str
    learnt_from: int
    apart: int
    f1_before: float = 0.0
    f1_after: float = 0.0
    file: bytes = b""


# ------------------------------------------------------------------------------------------------ what sorts now


# -------------------------------------------------------------------------------------------------- learning anew


def ask(session: Session, by: str, night: str | None = None) -> SortingRun:
    """A run that is due now."""
    run = SortingRun(by=by, night=night, due_at=now())
    session.add(run)
    session.flush()
    return run


def tonight(session: Session) -> SortingRun | None:
    """The run of this night, once, where it is time for it and there is a decided case to learn from."""
    there = local(now())
    night = f"{there:%Y-%m-%d}"
    if there.hour != NIGHT_HOUR or session.scalar(select(SortingRun.id).where(SortingRun.night == night)):
        return None
    something = session.scalar(select(Case.id).where(Case.topic != "", REAL).limit(1))
    return ask(session, "hotline", night) if something else None


def decided(session: Session, most: int = MOST_CASES) -> list[Decided]:
    """The newest cases that a person has put into a category and that have words."""
    query = select(Case).where(Case.topic != "", REAL)
    query = query.order_by(Case.received_at.desc(), Case.number.desc()).limit(most)
    found = session.scalars(query.options(selectinload(Case.recordings).selectinload(Recording.transcripts)))
    words = ((case, case.words) for case in found)
    return [Decided(text, case.topic, _is_apart(case)) for case, text in words if text]


def learn(found: Sequence[Decided], current: Sorter) -> Outcome:
    """Fit to the cases that are not kept apart, and compare on those that are. Takes minutes; no session is open."""
    from app.services.sorting.training import CannotLearn, fit

    mine, apart = ([case for case in found if case.apart is kept] for kept in (False, True))
    if len(apart) < LEAST_APART:
        return Outcome("few", len(mine), len(apart))
    try:
        kept = [fit([Document(case.text) for case in mine], [case.top for case in mine])]
    except CannotLearn:
        return Outcome("few", len(mine), len(apart))
    often = _often_enough(mine)
    if len({case.topic for case in often}) > 1:
        documents = [Document(case.text) for case in often]
        kept.append(fit(documents, [case.topic for case in often], most_grams=_GRAMS_OF_TOPICS))
    before, after = _score(current, apart), _score(Sorter(*kept), apart)
    better = after > before
    file = to_bytes(kept) if better else b""
    return Outcome("on" if better else "worse", len(mine), len(apart), before, after, file)


def keep(parts: "Parts", run: SortingRun, came: Outcome) -> None:
    """Keep what came of a run: the file first, then the row that names it. The row is committed by the caller."""
    run.state, run.learnt_from, run.apart = came.state, came.learnt_from, came.apart
    run.f1_before, run.f1_after, run.finished_at = came.f1_before, came.f1_after, now()
    if came.file:
        run.sha256 = hashlib.sha256(came.file).hexdigest()
        run.key = f"sorting/{run.id}.npz"
        parts.storage.put(run.key, came.file)


def _is_apart(case: Case) -> bool:
    """By caller: one person's calls about one matter never stand on both sides."""
    return zlib.crc32(str(case.caller_id or case.id).encode()) % _APART == 0


def _often_enough(cases: list[Decided]) -> list[Decided]:
    counts: dict[str, int] = {}
    for case in cases:
        counts[case.topic] = counts.get(case.topic, 0) + 1
    return [case for case in cases if counts[case.topic] >= _FEW_OF_A_TOPIC]


def _score(sorter: Sorter, cases: list[Decided]) -> float:
    """Macro-F1 over the first levels that people chose."""
    from sklearn.metrics import f1_score

    truth = [case.top for case in cases]
    found = [sorter.sort(Document(case.text)).top for case in cases]
    return float(f1_score(truth, found, labels=sorted(set(truth)), average="macro", zero_division=0))
