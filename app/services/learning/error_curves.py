"""Curves (错字率): how much of what was heard had to be corrected over time: the desk, each village, each dialect."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.models import Recording
from app.services.learning import lessons
from speech_models.alignment import Errors, errors
from speech_models.dialects import UNKNOWN, load_dialects

STEP = 20  # corrections of one point
_FEWEST = 5  # corrections that make a point of their own at the end


@dataclass(frozen=True)
class Point:
    """Some corrections in a row: the last one's time, how many, and the share of wrong characters in what the engine
    heard and in what the desk was shown."""

    until: datetime
    corrections: int
    heard: float
    shown: float


@dataclass(frozen=True)
class Curve:
    """The points of one village, one dialect or the whole desk, oldest first. `about`: desk, village or dialect."""

    about: str
    name: str
    points: tuple[Point, ...]

    @property
    def corrections(self) -> int:
        return sum(point.corrections for point in self.points)


def curves(session: Session) -> list[Curve]:
    """The desk's, then the villages' and the dialects', most corrected first. Empty without corrections."""
    groups: dict[tuple[str, str], list[tuple[datetime, Errors, Errors]]] = defaultdict(list)
    for recording in lessons.corrected(session):
        heard, meant = lessons.as_transcript(recording.as_heard), recording.transcript.text
        measured = (recording.made_at, errors(heard.as_heard, meant), errors(heard.text, meant))
        for group in (("desk", ""), ("village", _village(recording)), ("dialect", _dialect(recording))):
            groups[group].append(measured)
    dialects = [name for about, name in groups if about == "dialect"]
    found = [
        Curve(about, name, _points(measured))
        for (about, name), measured in groups.items()
        if (about != "dialect" or len(dialects) > 1) and (about != "village" or name)
    ]
    order = ("desk", "village", "dialect")
    return sorted(found, key=lambda curve: (order.index(curve.about), -curve.corrections, curve.name))


def _village(recording: Recording) -> str:
    case = recording.case
    village = case.village or (case.caller.village if case.caller else None)
    return village.name if village else ""


def _dialect(recording: Recording) -> str:
    known = load_dialects().get(recording.conversation.dialect)
    return known.name if known else "普通话" if recording.conversation.dialect == UNKNOWN else ""


def _points(measured: Sequence[tuple[datetime, Errors, Errors]]) -> tuple[Point, ...]:
    cuts = list(range(0, len(measured), STEP))
    if len(cuts) > 1 and len(measured) - cuts[-1] < _FEWEST:
        cuts.pop()
    points = []
    for start, end in zip(cuts, [*cuts[1:], len(measured)], strict=True):
        some = measured[start:end]
        heard = sum((one for _, one, _ in some), Errors())
        shown = sum((one for _, _, one in some), Errors())
        points.append(Point(some[-1][0], len(some), heard.cer, shown.cer))
    return tuple(points)
