"""Finding cases by what an operator has at hand: a case's number, a telephone number, a village. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass

import phonenumbers
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.models import Caller, Case, Village
from app.services import cases, desk

_FEWEST_DIGITS = 4  # of a telephone number's end
_MOST_CALLERS = 20  # whose numbers end alike
_NEWEST = 500  # undecided cases whose proposals are looked through for a village


@dataclass(frozen=True)
class Found:
    """What a search led to: one `case`, or the cases of `callers` or of a village (`page`, newest first).

    `proposed`: new cases that nobody has decided yet and the machine places there. Several `villages` and no page: the
    name may mean any of them.
    """

    case: Case | None = None
    callers: Sequence[Caller] = ()
    villages: Sequence[Village] = ()
    page: desk.WorkList | None = None
    proposed: desk.WorkList | None = None


def find(
    session: Session, wanted: str, region: str, after: desk.Place | None = None, *only, by_number: tuple = ()
) -> Found | None:
    """What `wanted` names; None for nothing. `region`: the country whose telephone numbers need no country code.

    `only`: conditions that every case must meet (services/desk.py:seen_by). Where there are any, nothing proposed is
    shown, and a telephone number finds only cases that also meet `by_number`.

    The cost does not grow with the cases; the end of a number is sought among the callers.
    """
    wanted = wanted.strip()
    digits = "".join(ch for ch in wanted if ch.isdecimal() and ch.isascii())
    case = cases.find(session, digits) if digits and not _letters(wanted) else None
    if case and session.scalar(select(Case.id).where(Case.id == case.id, *only)):
        return Found(case=case)
    if callers := [] if _letters(wanted) else _callers(session, wanted, digits, region, by_number):
        mine = Case.caller_id.in_([caller.id for caller in callers])
        return Found(callers=callers, page=desk.work_list(session, after, desk.PAGE, mine, *only, *by_number))
    if villages := _villages(session, wanted):
        if len(villages) > 1:
            return Found(villages=villages)
        here = Case.village_id == villages[0].id
        proposed = None if after or only else _proposed(session, villages[0])
        return Found(villages=villages, page=desk.work_list(session, after, desk.PAGE, here, *only), proposed=proposed)
    return None


def _letters(text: str) -> bool:
    return any(ch.isalpha() for ch in text)


def _callers(session: Session, wanted: str, digits: str, region: str, only: tuple) -> list[Caller]:
    if len(digits) < _FEWEST_DIGITS:
        return []
    try:
        number = phonenumbers.format_number(phonenumbers.parse(wanted, region), phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        number = digits
    known = select(Caller).where(Caller.id.in_(select(Case.caller_id).where(*only))) if only else select(Caller)
    exact = session.scalars(known.where(or_(Caller.number == number, Caller.number == wanted))).all()
    ends = known.where(Caller.number.endswith(digits)).order_by(Caller.created_at.desc()).limit(_MOST_CALLERS)
    return list(exact or session.scalars(ends))


def _villages(session: Session, wanted: str) -> list[Village]:
    """The village of this name; else those whose name or other name is part of what was typed, or begins so."""
    if not _letters(wanted):
        return []
    known = desk.villages(session)
    names = {village.id: (village.name, *village.aliases) for village in known}
    exact = [village for village in known if wanted in names[village.id]]
    return exact or [v for v in known if any(name in wanted or name.startswith(wanted) for name in names[v.id])]


def _proposed(session: Session, here: Village) -> desk.WorkList | None:
    """A proposal is no column: the newest undecided cases are looked through, and no more than a page is shown."""
    newest = select(Case.id, Case.village_id, Case.proposal).order_by(Case.received_at.desc()).limit(_NEWEST)
    ids = [id for id, village, guess in session.execute(newest) if not village and guess.get("village") == here.name]
    return desk.work_list(session, None, desk.PAGE, Case.id.in_(ids[: desk.PAGE])) if ids else None
