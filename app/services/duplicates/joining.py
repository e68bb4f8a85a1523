"""The same matter (同一件事): cases that may belong together, joined by a person's click or the caller's own key.

A joint case is a lead, the first case of its matter, and those that joined it. One caller's repeated call joins his own
case by itself and urges it. Nothing else is ever joined without somebody saying so.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

import cn2an
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.db import now
from app.errors import Refused
from app.models import Caller, Case, Joining, Later, Operator, Village
from app.models.case import OPEN_STATES
from app.services import ledger
from app.services.cases import answering, lookup
from app.services.directory.callers import can_be_texted
from app.services.directory.practice import is_practice
from app.services.duplicates.similarity import SAME

_UNANSWERED = ("received", "assigned", "accepted", "in_progress")
_COUNTED = 20  # households that are said exactly
_FEWEST_HOUSEHOLDS = 2  # before a caller is asked whether it is so with her too


def joined_to(session: Session, case: Case) -> Case:
    """The lead of the joint case that a case is in; itself where it has joined none."""
    row = session.scalar(select(Joining).where(Joining.case_id == case.id, Joining.state == "joined"))
    return row.lead if row else case


def joinings(session: Session, case: Case) -> list[Joining]:
    """Everything that is proposed or joined, with this case on either side, and the others of its joint case."""
    lead = joined_to(session, case)
    wanted = (Joining.case_id == case.id) | Joining.lead_id.in_({case.id, lead.id})
    query = select(Joining).where(wanted, Joining.state != "rejected").order_by(Joining.state, Joining.at, Joining.id)
    both = (joinedload(Joining.case), joinedload(Joining.lead))
    return [row for row in session.scalars(query.options(*both)) if row.state == "joined" or _concerns(row, case)]


def households(session: Session, leads: Sequence[UUID]) -> dict[UUID, int]:
    """How many households (telephone numbers; each hidden one is one) speak of these leads' matters, where many do."""
    members = select(Joining.lead_id, Case.caller_id, Case.id)
    members = members.join(Case, Case.id == Joining.case_id)
    rows = session.execute(members.where(Joining.lead_id.in_(leads), Joining.state == "joined")).all() if leads else []
    own = dict(session.execute(select(Case.id, Case.caller_id).where(Case.id.in_({row.lead_id for row in rows}))).all())
    homes: dict[UUID, set[UUID]] = {lead: {caller or lead} for lead, caller in own.items()}
    for lead, caller, case in rows:
        homes[lead].add(caller or case)
    return {lead: len(who) for lead, who in homes.items()}


def in_words(households: int) -> str:
    """A number of households as it is said: 十二户; from twenty on about how many; empty for fewer than two.

    Few enough that each can be rendered beforehand.
    """
    if households < _FEWEST_HOUSEHOLDS:
        return ""
    if households <= _COUNTED:
        return f"{'两' if households == 2 else cn2an.an2cn(households)}户"
    return f"{cn2an.an2cn(households // 10 * 10)}多户" if households < 100 else "上百户"


def spoken_counts() -> list[str]:
    """Every number of households that a call may name."""
    return list(dict.fromkeys(in_words(count) for count in range(_FEWEST_HOUSEHOLDS, 101)))


def propose(session: Session, case: Case, lead: Case, likeness: float) -> Joining | None:
    """Propose, once, that a case is the same as a lead. None where that is settled already, also by a no."""
    if session.scalar(select(Joining.id).where(Joining.case_id == case.id, Joining.lead_id == lead.id)):
        return None
    row = Joining(case_id=case.id, lead_id=lead.id, likeness=likeness)
    session.add(row)
    ledger.record(session, case, "same_proposed", by="hotline", number=lead.number, likeness=round(likeness, 2))
    ledger.record(session, lead, "same_proposed", by="hotline", number=case.number, likeness=round(likeness, 2))
    return row


def join(session: Session, case: Case, lead: Case, by: str) -> None:
    """The two are one matter: `case`, with all that joined it, joins the joint case that `lead` is in."""
    lead = joined_to(session, lead)
    before = joined_to(session, case)
    if before.id == lead.id:
        return
    if before.id != case.id:
        raise Refused(f"这件事已经并到事项 {before.number} 里了，请先分开。")
    for member in session.scalars(select(Joining).where(Joining.lead_id == case.id, Joining.state == "joined")).all():
        member.state = "rejected"  # no longer by this way; it goes along to the new lead
        session.flush()
        _settle(session, member.case, lead, "joined", by)
    _settle(session, case, lead, "joined", by)
    _record_both(session, case, lead, "joined", by)


def repeat(session: Session, case: Case, lead: Case) -> None:
    """The same caller speaks of his open case again: it joins, and urges it."""
    join(session, case, lead, "caller")
    ledger.record(session, joined_to(session, lead), "called_again", by="caller", number=case.number)


def join_own(session: Session, case: Case) -> None:
    """It has become known whose case this is: what was only proposed to be the same, and is the caller's own, joins."""
    proposed = select(Joining).where(Joining.state == "proposed", Joining.likeness > SAME)
    for row in session.scalars(proposed.where((Joining.case_id == case.id) | (Joining.lead_id == case.id))).all():
        free = joined_to(session, row.case).id == row.case_id and row.lead.state in OPEN_STATES
        if free and _is_in(session, row.case.caller, row.lead):
            repeat(session, row.case, row.lead)


def reject(session: Session, case: Case, lead: Case, operator: Operator) -> None:
    """The two are not one matter; kept, so that it is not proposed again. Parts them where they were joined."""
    row = session.scalar(select(Joining).where(Joining.case_id == case.id, Joining.lead_id == lead.id))
    if row is None or row.state == "rejected":
        return
    kind = "parted" if row.state == "joined" else "not_same"
    row.state, row.by, row.at = "rejected", operator.name, now()
    _record_both(session, case, lead, kind, operator.name)


def open_at(session: Session, village: Village | None, category: str, besides: Caller | None) -> Case | None:
    """The newest open joint case of a village (and of a category, where one is given) that this caller is not in."""
    if village is None or is_practice(besides):
        return None
    leads = select(Joining.lead_id).where(Joining.state == "joined")
    query = select(Case).where(Case.id.in_(leads), Case.state.in_(OPEN_STATES), _at(village))
    for lead in session.scalars(query.order_by(Case.received_at.desc(), Case.number.desc())):
        many = households(session, [lead.id]).get(lead.id, 0) >= _FEWEST_HOUSEHOLDS
        if many and category in ("", category_of(lead)) and not (besides and _is_in(session, besides, lead)):
            return lead
    return None


def near_village(session: Session, village: Village | None, besides: Caller | None) -> Case | None:
    """What somebody of this village means by 我也是: the newest open joint case, else the newest proposed one."""
    found = open_at(session, village, "", besides)
    if found or village is None or is_practice(besides):
        return found
    leads = select(Joining.lead_id).where(Joining.state == "proposed")
    query = select(Case).where(Case.id.in_(leads), Case.state.in_(OPEN_STATES), _at(village))
    newest = session.scalars(query.order_by(Case.received_at.desc(), Case.number.desc()))
    return next((lead for lead in newest if not (besides and _is_in(session, besides, lead))), None)


def village_of(session: Session, caller: Caller | None) -> Village | None:
    """Where a caller lives: as kept with the number, else as in the newest case of his that says."""
    if caller is None or caller.village:
        return caller.village if caller else None
    newest = select(Case).where(Case.caller_id == caller.id)
    newest = newest.order_by(Case.received_at.desc(), Case.number.desc()).limit(10)
    return next(filter(None, (village_of_case(session, case) for case in session.scalars(newest))), None)


def village_of_case(session: Session, case: Case) -> Village | None:
    """The village a person confirmed, else the one that was proposed."""
    if case.village_id:
        return session.get(Village, case.village_id)
    named = case.proposal.village
    return session.scalar(select(Village).where(Village.name == named)) if named else None


def category_of(case: Case) -> str:
    """The category a person confirmed, else the one that was proposed."""
    return case.category or case.proposal.category


def take_part(session: Session, case: Case, lead: Case) -> None:
    """The caller's own key or text: it is so with him too. What the lead is about and where is proposed for his."""
    join(session, case, lead, "caller")
    if not case.category and not case.proposal.sure:
        case.proposal = replace(lead.proposal, because=())


def tell(session: Session, case: Case, operator: Operator, text: str, send: Callable[..., Later]) -> list[Later]:
    """Answer a case and everybody who joined it, each once, by `send` (a reply of services/cases/decisions.py).

    Whoever joined and cannot be texted is rung instead.
    Raises Refused where the case's own caller cannot be answered so. Nudge the rows after the commit.
    """
    rows = [send(session, case, operator, text)]
    told = {case.caller_id}
    for member in members(session, case):
        if member.caller_id is None or member.caller_id in told:
            continue
        told.add(member.caller_id)
        by = send if can_be_texted(member.caller) else answering.reply_by_voice
        rows.append(by(session, member, operator, text))
    return rows


def tell_the_rest(session: Session, lead: Case) -> list[Later]:
    """The lead is closed: whoever joined and has no answer yet gets the lead's, by text or call, and is asked in turn.

    Each has his own verdict. Nudge the rows after the commit.
    """
    answer = lookup.latest_answer(session, lead)
    if not answer:
        return []
    waiting = [member for member in members(session, lead) if member.state in _UNANSWERED]
    return [row for member in waiting if (row := answering.answer_with_lead(session, member, answer))]


def members(session: Session, lead: Case) -> list[Case]:
    """The cases that joined this one."""
    query = select(Case).join(Joining, Joining.case_id == Case.id)
    joined = query.where(Joining.lead_id == lead.id, Joining.state == "joined").options(joinedload(Case.caller))
    return list(session.scalars(joined.order_by(Case.received_at, Case.number)))


def _settle(session: Session, case: Case, lead: Case, state: str, by: str) -> None:
    row = session.scalar(select(Joining).where(Joining.case_id == case.id, Joining.lead_id == lead.id))
    if row is None:
        row = Joining(case_id=case.id, lead_id=lead.id)
        session.add(row)
    row.state, row.by, row.at = state, by, now()
    session.flush()


def _record_both(session: Session, case: Case, lead: Case, kind: str, by: str) -> None:
    ledger.record(session, case, kind, by=by, number=lead.number)
    ledger.record(session, lead, kind, by=by, number=case.number)


def _concerns(row: Joining, case: Case) -> bool:
    return case.id in (row.case_id, row.lead_id)


def _is_in(session: Session, caller: Caller | None, lead: Case) -> bool:
    if caller is None:
        return False
    if lead.caller_id == caller.id:
        return True
    mine = select(func.count()).select_from(Joining).join(Case, Case.id == Joining.case_id)
    return bool(
        session.scalar(mine.where(Joining.lead_id == lead.id, Case.caller_id == caller.id, Joining.state == "joined"))
    )


def _at(village: Village):
    proposed = Case.proposal["village"].as_string() == village.name
    return (Case.village_id == village.id) | (Case.village_id.is_(None) & proposed)
