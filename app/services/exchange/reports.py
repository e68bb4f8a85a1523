"""Reports (转来的事): what another system reports to us becomes a case, once."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import phone_numbers
from app.db import now
from app.models import ApiKey, Case, ForeignCase, Proposal, Village
from app.services.cases import alarms, opening
from app.services.directory import callers
from app.services.exchange.georeport import CHANNEL
from app.services.sorting import triage
from app.services.sorting.categories import Category
from ivr.understand import emergency

if TYPE_CHECKING:
    from app.parts import Parts

MOST_A_MINUTE = 60  # reports of one key


class TooMany(Exception):
    """This key has reported too much within a minute."""


class BadReport(ValueError):
    """A field cannot be what it should be; the message names it."""


@dataclass(frozen=True)
class Report:
    """What another system says. `client_id`: its own id of it, empty where it has none. `village_id`: code or name."""

    service: Category | None
    text: str
    village_id: str = ""
    place: str = ""
    phone: str = ""
    ask: str = ""
    client_id: str = ""


def keep(parts: "Parts", session: Session, key: ApiKey, report: Report) -> Case:
    """The case of a report; with an id that this key has sent before, the case of then, whatever else it says now.

    Raises TooMany, BadReport. To be run by Database.work: of two that come at once, one is begun again.
    """
    source = f"key:{key.id}"
    known = find(session, source, report.client_id) if report.client_id else None
    if known is not None:
        return known.case
    lately = ForeignCase.source == source, ForeignCase.at > now() - timedelta(minutes=1)
    if (session.scalar(select(func.count()).select_from(ForeignCase).where(*lately)) or 0) >= MOST_A_MINUTE:
        raise TooMany
    caller = callers.caller_of(session, _number(parts, report.phone)) if report.phone else None
    case = open_from(parts, session, report, caller.id if caller else None)
    session.add(ForeignCase(source=source, foreign_id=report.client_id or case.number, case_id=case.id))
    session.flush()
    return case


def open_from(parts: "Parts", session: Session, report: Report, caller_id: UUID | None = None) -> Case:
    """A new case of a report, sorted, with an alarm where it speaks of danger. What its sender chose is a proposal."""
    case = opening.receive(session, CHANNEL, caller_id, report.text, by="hotline")
    triage.propose_for(parts, session, case, " ".join((report.place, report.text)), confidence=1.0)
    case.proposal = replace(case.proposal, **_chosen(session, report, case.proposal))
    if danger := emergency(report.text):
        alarms.raise_alarm(parts, session, case, danger.word, danger.name)
    return case


def find(session: Session, source: str, foreign_id: str) -> ForeignCase | None:
    """The case that a source knows by this id."""
    mine = ForeignCase.source == source, ForeignCase.foreign_id == foreign_id
    return session.scalar(select(ForeignCase).where(*mine))


def village_named(session: Session, id: str) -> Village | None:
    """The village with this code or name."""
    return session.scalar(select(Village).where((Village.code == id) | (Village.name == id)).limit(1)) if id else None


def _chosen(session: Session, report: Report, proposed: Proposal) -> dict:
    """What the sender chose, as parts of a proposal (models/proposal.py)."""
    chosen = {}
    if report.service:
        topics = report.service.topics
        topic = proposed.topic if proposed.topic in topics else next(iter(topics), "")
        chosen |= {"category": report.service.name, "department": report.service.department, "topic": topic}
    if village := village_named(session, report.village_id):
        chosen |= {"village": village.name, "place": report.place or village.name}
    elif report.place and not proposed.place:
        chosen["place"] = report.place
    if report.ask:
        chosen["ask"] = report.ask
    return chosen


def _number(parts: "Parts", phone: str) -> str:
    try:
        return phone_numbers.as_stored(phone, parts.settings.region)
    except phone_numbers.NotANumber as error:
        raise BadReport("phone is no telephone number") from error
