"""Figure cases (数据里的事项): the cases behind a figure, by the words that its link carries. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from app.db import now
from app.models import Assignment, Case, Clock, Conversation, Department, Message, Recording, Village
from app.services.desk import case_queries
from app.services.directory.practice import REAL
from app.services.figures.day_counts import DAY, had_one_before, midnight, was_corrected
from app.services.figures.unheard import dialect_name
from app.services.figures.week import NONE, Week, matter_name

PAGE = 50
_MOST_WEEKS = 53
_CHOICES = {
    "channel": {"voice": "打电话来的", "sms": "发短信来的"},
    "caller": {"first": "第一次来电的", "again": "以前来反映过的", "hidden": "号码没有显示的"},
    "clock": {"late": "现在超期的", "near": "快到期的", "answered": "答复了的", "answered_late": "超期才答复的"},
    "speech": {"heard": "有录音的", "corrected": "改正过听写的"},
    "use": {
        "calls_in": "打进来的电话",
        "calls_out": "打出去的电话",
        "texts_in": "收到的短信",
        "texts_out": "发出的短信",
    },
}
_OTHERS = {"week", "weeks", "until", "days", "village", "matter", "dialect", "spoken", "department"}


class NotAsked(Exception):
    """The address asks for something that there is not."""


@dataclass(frozen=True)
class Found:
    """One page of cases, how many there are in all, and in words what they have in common."""

    cases: Sequence[Case]
    next: case_queries.Place | None
    count: int
    told: tuple[str, ...]


def find(session: Session, asked: Mapping[str, str], after: case_queries.Place | None = None, *only) -> Found:
    """The cases that a figure counts, newest first. Raises NotAsked. `only`: what else they must meet."""
    conditions, told = _conditions(session, {key: value for key, value in asked.items() if value})
    count = session.scalar(select(func.count()).select_from(Case).where(*conditions, *only)) or 0
    places = _places(session, after, *conditions, *only)
    shown = {case.id: case for case in case_queries.listed(session, Case.id.in_([place.id for place in places[:PAGE]]))}
    cases = [shown[place.id] for place in places[:PAGE]]
    return Found(cases, places[PAGE - 1] if len(places) > PAGE else None, count, tuple(told))


def _places(session: Session, after: case_queries.Place | None, *conditions) -> list[case_queries.Place]:
    """A page of cases and one more, by when they were received, newest first."""
    query = select(Case.received_at, Case.id).where(*conditions)
    if after:
        same_moment = and_(Case.received_at == after.received_at, Case.id < after.id)
        query = query.where(Case.received_at <= after.received_at)
        query = query.where(or_(Case.received_at < after.received_at, same_moment))
    rows = session.execute(query.order_by(Case.received_at.desc(), Case.id.desc()).limit(PAGE + 1))
    return [case_queries.Place(*row) for row in rows]


def _conditions(session: Session, asked: dict[str, str]) -> tuple[list, list[str]]:
    if unknown := set(asked) - set(_CHOICES) - _OTHERS:
        raise NotAsked(", ".join(sorted(unknown)))
    for key in asked.keys() & _CHOICES.keys():
        if asked[key] not in _CHOICES[key]:
            raise NotAsked(key)
    span, told = _span(asked)
    conditions = [REAL, _moment(asked, span), *_who(asked)]
    told += [_CHOICES[key][asked[key]] for key in _CHOICES if key in asked]
    for key, read in (("village", _village), ("dialect", _dialect), ("matter", _matter), ("department", _department)):
        if key in asked:
            condition, words = read(session, asked[key])
            conditions.append(condition)
            told.append(words)
    if spoken := asked.get("spoken"):
        mine = exists().where(Recording.case_id == Case.id, Recording.conversation_id == Conversation.id)
        conditions.append(mine.where(Conversation.dialect == spoken))
        told.append(f"电话里说{dialect_name(spoken)}的")
    return [condition for condition in conditions if condition is not None], told


def _span(asked: Mapping[str, str]) -> tuple[tuple[datetime, datetime] | None, list[str]]:
    """The time that is asked for, and in words."""
    if "week" in asked:
        week, weeks = Week.read(asked["week"]), _number(asked.get("weeks", "1"), _MOST_WEEKS)
        if week is None:
            raise NotAsked("week")
        first = week.later(1 - weeks)
        return (first.start, week.end), [told_days(first.monday, week.monday + 6 * DAY)]
    if "until" in asked:
        try:
            last = date.fromisoformat(asked["until"])
        except ValueError as error:
            raise NotAsked("until") from error
        first = last - timedelta(days=_number(asked.get("days", "1"), 7 * _MOST_WEEKS) - 1)
        return (midnight(first), midnight(last + DAY)), [told_days(first, last)]
    return None, []


def told_days(first: date, last: date) -> str:
    """Days in words: 11月16日到22日."""
    year = f"{first.year}年"
    end = f"{last.day}日" if last.month == first.month else f"{last.month}月{last.day}日"
    return f"{year}{first.month}月{first.day}日到{'' if last.year == first.year else f'{last.year}年'}{end}"


def _moment(asked: Mapping[str, str], span: tuple[datetime, datetime] | None):
    """When: of what was answered or used the moment of that, of everything else the receipt."""
    running = Clock.stopped_at.is_(None)
    clock, use = asked.get("clock"), asked.get("use")
    if clock in ("late", "near"):
        late = Clock.answer_by <= now()
        near = (Clock.near_at <= now()) & (Clock.answer_by.is_(None) | (Clock.answer_by > now()))
        return Case.id.in_(select(Clock.case_id).where(running, late if clock == "late" else near))
    if span is None:
        if clock or use:
            raise NotAsked("week")
        return None
    start, end = span
    if clock:
        stopped = select(Clock.case_id).where(Clock.stopped_at >= start, Clock.stopped_at < end)
        return Case.id.in_(stopped.where(Clock.stopped_at > Clock.answer_by) if clock == "answered_late" else stopped)
    if use in ("calls_in", "calls_out"):
        calls = Conversation.channel == "voice", Conversation.outgoing == (use == "calls_out")
        ended = Conversation.ended_at.is_not(None), Conversation.case_id.is_not(None)
        at = Conversation.started_at >= start, Conversation.started_at < end
        return Case.id.in_(select(Conversation.case_id).where(*calls, *ended, *at))
    if use:
        way = Message.outgoing, Message.carrier_id.is_not(None)
        texts = select(Message.case_id).where(*(way if use == "texts_out" else (~Message.outgoing,)))
        return Case.id.in_(texts.where(Message.at >= start, Message.at < end, Message.case_id.is_not(None)))
    return (Case.received_at >= start) & (Case.received_at < end)


def _who(asked: Mapping[str, str]) -> list:
    caller = {"first": Case.caller_id.is_not(None) & ~had_one_before(), "again": had_one_before()}
    speech = {"heard": exists().where(Recording.case_id == Case.id), "corrected": was_corrected()}
    return [
        Case.channel == asked["channel"] if "channel" in asked else None,
        (caller | {"hidden": Case.caller_id.is_(None)}).get(asked.get("caller", "")),
        speech.get(asked.get("speech", "")),
    ]


def _village(session: Session, written: str):
    if written == NONE:
        return Case.village_id.is_(None), "地点还没有定的"
    village = session.get(Village, _id(written))
    if village is None:
        raise NotAsked("village")
    return Case.village_id == village.id, village.name


def _dialect(session: Session, key: str):
    mine = select(Village.id).where(Village.dialect == ("" if key == NONE else key), Village.population > 0)
    return Case.village_id.in_(mine), f"{dialect_name(key)}的村"


def _matter(session: Session, path: str):
    if path == NONE:
        return Case.topic == "", "还没有归类的"
    return or_(Case.topic == path, Case.topic.startswith(f"{path}/", autoescape=True)), matter_name(path)


def _department(session: Session, written: str):
    lead = select(Assignment.case_id).where(Assignment.lead, Assignment.ended_at.is_(None))
    if written == NONE:
        return Case.id.not_in(lead), "还没有派单的"
    department = session.get(Department, _id(written))
    if department is None:
        raise NotAsked("department")
    return Case.id.in_(lead.where(Assignment.department_id == department.id)), f"{department.name}牵头的"


def _id(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError as error:
        raise NotAsked(written) from error


def _number(written: str, most: int) -> int:
    if not (written.isascii() and written.isdigit()) or not 1 <= int(written) <= most:
        raise NotAsked(written)
    return int(written)
