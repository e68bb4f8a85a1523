"""Day counts (日汇总): what is counted of each day, kept in a table so that no figure reads every case.

One function counts, `count`: for the table, and at once for today and for days that changed since they were counted.
So a figure is right at every moment, and the table is only ever a faster way to the same number.
"""

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from functools import cache
from math import ceil
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import NullType

from app.local_time import local, zone
from app.models import Case, Clock, Conversation, Message, Recording, Transcript
from app.services.directory.practice import PRACTICE_CASES, REAL, REAL_CALL, practice_callers

UNDECIDED = ""  # the key of what nobody has decided yet
DAY = timedelta(days=1)


@dataclass
class Amounts:
    """What is counted; the columns of DayCount say what each is. Amounts add up."""

    received: int = 0
    again: int = 0
    hidden: int = 0
    texts: int = 0
    heard: int = 0
    corrected: int = 0
    answered: int = 0
    answered_late: int = 0
    minutes_in: int = 0
    minutes_out: int = 0
    parts_in: int = 0
    parts_out: int = 0

    def add(self, other: "Amounts") -> None:
        for name in NAMES:
            setattr(self, name, getattr(self, name) + getattr(other, name))


NAMES = tuple(each.name for each in fields(Amounts))
Counts = dict[tuple[str, str], Amounts]  # (by, key) -> amounts


def midnight(day: date) -> datetime:
    """The moment at which a day of the town's begins."""
    return datetime.combine(day, time(), zone())


def day_of(at: datetime) -> date:
    """The day of the town's that a moment belongs to."""
    return local(at).date()


def monday(day: date) -> date:
    """The first day of a day's week."""
    return day - timedelta(days=day.weekday())


def had_one_before():
    """The condition that a case's caller had an earlier case."""
    earlier = aliased(Case)
    before = or_(
        earlier.received_at < Case.received_at, and_(earlier.received_at == Case.received_at, earlier.id < Case.id)
    )
    return exists().where(earlier.caller_id == Case.caller_id, before)


def was_corrected():
    """The condition that a person corrected what was heard in a case."""
    mine = aliased(Recording)
    by_a_person = Transcript.recording_id == mine.id, Transcript.operator_id.is_not(None)
    return exists().where(mine.case_id == Case.id, *by_a_person)


# ------------------------------------------------------------------------------------------------------- counting


def count(session: Session, start: datetime, end: datetime, *, brief: bool = False) -> Counts:
    """Everything that is counted of the time from `start` until before `end`, from the cases themselves.

    `brief`: only what is compared with the week after: neither speech nor minutes and parts.
    """
    found: Counts = defaultdict(Amounts)
    _count_cases(session, found, start, end)
    whole = found[("all", "")]
    stopped = select(func.count(), func.count().filter(Clock.stopped_at > Clock.answer_by))
    whole.answered, whole.answered_late = session.execute(
        stopped.where(_within(Clock.stopped_at, start, end), Clock.case_id.not_in(PRACTICE_CASES))
    ).one()
    if not brief:
        _count_corrections(session, found, start, end)
        _count_minutes(session, whole, start, end)
        _count_parts(session, whole, start, end)
    return found


def _within(moment, start: datetime, end: datetime):
    return and_(moment >= start, moment < end)


def _count_cases(session: Session, found: Counts, start: datetime, end: datetime) -> None:
    kinds = _plain(Case.village_id), Case.topic, Case.channel == "sms", Case.caller_id.is_(None), had_one_before()
    name = cache(_name)
    for village, topic, text, hidden, again in session.execute(
        select(*kinds).where(_within(Case.received_at, start, end), REAL)
    ):
        place = name(village)
        for key in (("all", ""), ("village", place), ("topic", topic)):
            amounts = found[key]
            amounts.received += 1
            amounts.texts += bool(text)
            amounts.hidden += bool(hidden)
            amounts.again += bool(again)
        if place and topic:
            found[("cell", f"{place} {topic}")].received += 1


def _count_corrections(session: Session, found: Counts, start: datetime, end: datetime) -> None:
    spoken = (
        select(_plain(Case.id), _plain(Case.village_id), Conversation.dialect, was_corrected())
        .join(Recording, Recording.case_id == Case.id)
        .join(Conversation, Recording.conversation_id == Conversation.id)
        .where(_within(Case.received_at, start, end), REAL)
    )
    cases_of: dict[tuple[str, str], dict] = defaultdict(dict)
    name = cache(_name)
    for one, village, dialect, corrected in session.execute(spoken):
        for key in (("all", ""), ("village", name(village)), ("dialect", dialect)):
            cases_of[key][one] = corrected
    for key, corrected in cases_of.items():
        found[key].heard, found[key].corrected = len(corrected), sum(map(bool, corrected.values()))


def _plain(id):
    """An id as the database holds it: making a UUID of each would take longer than reading it."""
    return type_coerce(id, NullType())


def _name(plain: object) -> str:
    """The key of a village, from its id as the database holds it."""
    return str(UUID(str(plain))) if plain else UNDECIDED


def _count_minutes(session: Session, whole: Amounts, start: datetime, end: datetime) -> None:
    calls = select(Conversation.outgoing, Conversation.started_at, Conversation.ended_at).where(
        Conversation.channel == "voice",
        Conversation.ended_at.is_not(None),
        _within(Conversation.started_at, start, end),
        REAL_CALL,
    )
    for outgoing, began, ended in session.execute(calls):
        minutes = ceil(max(0.0, (ended - began).total_seconds()) / 60)
        if outgoing:
            whole.minutes_out += minutes
        else:
            whole.minutes_in += minutes


def _count_parts(session: Session, whole: Amounts, start: datetime, end: datetime) -> None:
    charged = or_(~Message.outgoing, Message.carrier_id.is_not(None))
    real = or_(Message.caller_id.is_(None), Message.caller_id.not_in(practice_callers(session)))
    parts = select(Message.outgoing, func.sum(Message.parts)).where(charged, real, _within(Message.at, start, end))
    for outgoing, sum_of in session.execute(parts.group_by(Message.outgoing)):
        setattr(whole, "parts_out" if outgoing else "parts_in", int(sum_of))


# -------------------------------------------------------------------------------------------------------- reading


# ------------------------------------------------------------------------------------------- keeping the table right
