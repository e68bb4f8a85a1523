"""Telling (告知): what the hotline says by itself. Callers: that it takes longer, and why. Departments: reminders."""

from typing import TYPE_CHECKING

import cn2an
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.local_time import local
from app.models import Case, CaseEvent, Clock, Message
from app.services.directory import callers
from app.services.events import KINDS
from app.services.ledger import record
from app.services.sorting import categories
from app.services.wording import outbox

if TYPE_CHECKING:
    from app.parts import Parts

DELAY, URGING = "delay", "urging"
_LONGEST_WHY = 20  # characters of a reason that fit into a text beside the rest


def matter_of(case: Case) -> str:
    """What a case is about, as it may be said: the category that was decided, else what was surely understood."""
    decided = categories.category(case.category)
    return decided.say if decided else case.proposal.say if case.proposal.sure else ""


def granted(parts: "Parts", session: Session, case: Case) -> Message | None:
    """More time was granted: the caller is told by text why it takes longer; who cannot get one, when he rings next."""
    clock = case.clock
    if not callers.can_be_texted(case.caller):
        return None
    values = {
        "town": parts.settings.town, "number": case.number, "matter": matter_of(case), "why": _short(clock.granted_why),
        "days": str(clock.granted_days), "until": _day(clock.answer_by),
    }  # fmt: skip
    record(session, case, "delay_told", by="hotline", how="text")
    return outbox.say(parts, session, DELAY, case.caller, case, values)


def delay_of(clock: Clock | None) -> str:
    """What a caller who rings is told about time that was granted: 因为等配件，要多办三天; empty where none was."""
    if clock is None or clock.stopped_at or not clock.granted_days:
        return ""
    why = clock.granted_why.strip().rstrip("。，,.")
    return f"因为{why}，要多办{cn2an.an2cn(clock.granted_days)}天" if why else ""


def delays(session: Session) -> list[str]:
    """Every such sentence that a call may have to say now."""
    running = select(Clock).where(Clock.granted_days > 0, Clock.stopped_at.is_(None))
    return [said for said in map(delay_of, session.scalars(running)) if said]


def remind(parts: "Parts", session: Session, case: Case, events: list[CaseEvent]) -> list[Message]:
    """Reminders reach the duty telephone of the department in the lead, where it has one that gets texts."""
    lead = case.lead
    wanted = [event for event in events if KINDS[event.kind].to_duty]
    if lead is None or not lead.department.phone or not wanted:
        return []
    duty = callers.caller_of(session, lead.department.phone)
    if not callers.can_be_texted(duty):
        return []
    last = wanted[-1]  # of several steps that are due at once, one text
    values = {
        "kind": last.kind,
        "number": case.number,
        "matter": matter_of(case) or "事",
        "until": _until(case.clock),
        "percent": str(last.data.get("percent", "")),
    }
    return [outbox.say(parts, session, URGING, duty, None, values)]


def _until(clock: Clock) -> str:
    """By when a department is to answer; a term that rests on days whose holidays are not known yet says so."""
    guessed = "（暂按平常星期算）" if clock.provisional else ""
    return f"{_day(clock.answer_by)}{guessed}" if clock.answer_by else ""


def _day(at) -> str:
    there = local(at)
    return f"{there.month}月{there.day}日{there.hour}点" + (f"{there.minute}分" if there.minute else "")


def _short(why: str) -> str:
    plain = why.strip().rstrip("。")
    return plain if len(plain) <= _LONGEST_WHY else plain[: _LONGEST_WHY - 1] + "…"
