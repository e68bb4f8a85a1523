"""GeoReport (Open311 v2): cases as other systems may read them. https://wiki.open311.org/GeoReport_v2/

What leaves: number, state, category, village and place, department, times; words only where the desk made them public.
What never leaves: telephone numbers, names, recordings, transcripts, what was said at the desk.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.db import now
from app.models import ApiKey, Case, CaseEvent, Publication
from app.models.case import OPEN_STATES
from app.services.cases import state_words
from app.services.sorting.asks import ASKS
from app.services.sorting.categories import OTHER, Category, categories, category

LONGEST_SPAN = timedelta(days=90)  # of the specification, "Response Volume"
MOST = 1000
CHANNEL = "open311"
CLIENT_ID, ASK = "CLIENT_ID", "ASK"  # codes of the attributes of every service
LONGEST_CLIENT_ID = 128
STATUSES = ("open", "closed")


@dataclass(frozen=True)
class Wanted:
    """What is asked for: received from `start` to `end`, of these services (empty: all) and statuses (empty: both)."""

    start: datetime
    end: datetime
    services: Sequence[str] = ()
    statuses: Sequence[str] = ()


class SpanTooLong(ValueError):
    """A range is turned round or longer than 90 days; the message says which."""


def span(start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    """The range meant by two dates of which any may be missing: the newest 90 days. Raises SpanTooLong."""
    if start and end:
        if start > end:
            raise SpanTooLong("start_date is after end_date")
        if end - start > LONGEST_SPAN:
            raise SpanTooLong("start_date and end_date may not span more than 90 days")
        return start, end
    if start:
        return start, start + LONGEST_SPAN
    end = end or now()
    return end - LONGEST_SPAN, end


def services() -> list[dict]:
    """The service list: every everyday category, its name being its code."""
    return [
        {
            "service_code": each.name,
            "service_name": each.name,
            "description": f"{each.say}（{each.department}）",
            "metadata": True,
            "type": "realtime",
            "keywords": ",".join(each.words),
            "group": each.topics[0].split("/")[0] if each.topics else OTHER,
        }
        for each in categories()
    ]


def definition(service: Category) -> dict:
    """The service definition: attributes a client may send along, none of them required."""
    ask = {
        "variable": True,
        "code": ASK,
        "datatype": "singlevaluelist",
        "required": False,
        "datatype_description": None,
        "order": 1,
        "description": "诉求",
        "values": [{"key": name, "name": name} for name in ASKS],
    }
    client_id = {
        "variable": True,
        "code": CLIENT_ID,
        "datatype": "string",
        "required": False,
        "datatype_description": f"最多 {LONGEST_CLIENT_ID} 个字符；同一个编号再发一次，得到的是同一件事项",
        "order": 2,
        "description": "您那边的编号",
        "values": [],
    }
    return {"service_code": service.name, "attributes": [ask, client_id]}


def service_of(case: Case) -> Category:
    """The everyday category of a case: decided, else (nobody has decided yet) proposed."""
    name = case.category or case.proposal.category
    return category(name) or next((each for each in categories() if name and name in each.topics), category(OTHER))


def requests(session: Session, key: ApiKey | None, wanted: Wanted) -> list[dict]:
    """The newest 1000 cases that are wanted and that the holder of this key (None: anybody) may see."""
    query = _visible(key).where(Case.received_at >= wanted.start, Case.received_at <= wanted.end)
    if list(wanted.statuses) == ["open"]:
        query = query.where(Case.state.in_(OPEN_STATES))
    if list(wanted.statuses) == ["closed"]:
        query = query.where(Case.state.not_in(OPEN_STATES))
    if wanted.services and OTHER not in wanted.services:
        names = [name for code in wanted.services for name in (code, *category(code).topics)]
        query = query.where(or_(Case.category == "", Case.category.in_(names)))
    newest_first = query.order_by(Case.received_at.desc(), Case.id).execution_options(yield_per=MOST)
    with closing(session.scalars(newest_first)) as found:
        meant = (case for case in found if not wanted.services or service_of(case).name in wanted.services)
        chosen = list(islice(meant, MOST))
    return _told(session, chosen)


def request_by_number(session: Session, key: ApiKey | None, numbers: Sequence[str]) -> list[dict]:
    """The cases with these numbers that the holder of this key may see."""
    return _told(session, session.scalars(_visible(key).where(Case.number.in_(numbers[:MOST]))).all())


def _visible(key: ApiKey | None):
    """Public cases and those that came this way; for a key that reads, every case that a person has decided, too."""
    public = select(Publication.case_id)
    seen = or_(Case.channel == CHANNEL, Case.id.in_(public))
    if key is not None and key.reads:
        seen = or_(seen, Case.category != "")
    loaded = (joinedload(Case.village), joinedload(Case.clock), selectinload(Case.assignments))
    return select(Case).where(seen).options(*loaded)


def _told(session: Session, cases: Sequence[Case]) -> list[dict]:
    ids = [case.id for case in cases]
    latest = select(CaseEvent.case_id, func.max(CaseEvent.at)).where(CaseEvent.case_id.in_(ids))
    changed = dict(session.execute(latest.group_by(CaseEvent.case_id)).all())
    closings = latest.where(CaseEvent.kind == "closed").group_by(CaseEvent.case_id)
    closed = dict(session.execute(closings).all())
    words = select(Publication.case_id, Publication.text).where(Publication.case_id.in_(ids))
    public = dict(session.execute(words).all())
    return [_request(case, changed, closed, public) for case in cases]


def _request(case: Case, changed: dict[UUID, datetime], closed: dict[UUID, datetime], public: dict[UUID, str]) -> dict:
    service, lead, is_open = service_of(case), case.lead, case.state in OPEN_STATES
    updated = changed.get(case.id, case.received_at)
    return {
        "service_request_id": case.number,
        "status": "open" if is_open else "closed",
        "status_notes": state_words.told()[case.state],
        "service_name": service.name,
        "service_code": service.name,
        "description": public.get(case.id),
        "agency_responsible": lead.department.name if lead else service.department,
        "service_notice": None,
        "requested_datetime": written(case.received_at),
        "updated_datetime": written(updated if is_open else closed.get(case.id, updated)),
        "expected_datetime": written(case.clock.answer_by) if case.clock and case.clock.answer_by else None,
        "address": address(case),
        "address_id": (case.village.code or case.village.name) if case.village else None,
        "zipcode": None,
        "lat": None,
        "long": None,
        "media_url": None,
    }


def address(case: Case) -> str | None:
    """Place, village and town, from the most specific to the most general; None while nobody has decided."""
    village = case.village
    within = case.place.removeprefix(village.name) if village else case.place
    parts = [within, village.name if village else "", village.town if village else ""]
    return ", ".join(part for part in parts if part) or None


def written(at: datetime) -> str:
    """A moment in the subset of ISO 8601 that the specification wants."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
