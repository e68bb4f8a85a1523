"""Two people on one case: they see each other, and neither writes over what the other has just done."""

from uuid import UUID

from flask import Response, request
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.console.cases.story import told
from app.console.shell import english
from app.console.shell.blueprints import console, parts
from app.console.shell.template_words import hour
from app.errors import Refused
from app.models import Case, CaseEvent
from app.services.desk import case_queries, presence


def refuse_if_changed(session: Session, case: Case) -> None:
    """Raises Refused where another person did something to a case since the form's page was made (field `seen`).

    The case is held until the unit of work ends. A form that does not say what it has seen is taken.
    """
    seen = _count(request.form.get("seen", ""))
    if seen is None:
        return
    presence.hold(session, case)
    event = presence.latest_by_others(session, case.id, current_user.name, seen)
    if event:
        raise Refused(f"{changed(event)}您写的还在，看一眼，没问题就再按一次。")


def changed(event: CaseEvent) -> str:
    """What another person has just done: 小李 09:12 动过这件事：定为供水。"""
    return f"{event.by} {hour(event.at)} 动过这件事：{told(event).sentence}"


def look(number: str, seen: str) -> dict:
    """Whoever has the page of a case open says so; `here`: who else has, `changed`: what they did since `seen`."""
    with parts().database.reading() as session:
        mine = case_queries.seen_by(current_user.department_id)
        id: UUID | None = session.scalar(select(Case.id).where(Case.number == number, *mine))
        if id is None:
            return {}
        me = current_user.id
        noted = presence.is_noted(session, id, me)
    if not noted:
        parts().database.work(lambda session: presence.note(session, id, me))
    with parts().database.reading() as session:
        event = presence.latest_by_others(session, id, current_user.name, _count(seen) or 0)
        return {"here": presence.others(session, id, me), "changed": english.told(changed(event)) if event else ""}


def _count(written: str) -> int | None:
    return int(written) if written.isdecimal() and len(written) < 10 else None


@console.post("/cases/<number>/left")
def left_case(number: str):
    """Somebody has closed the page of a case."""
    with parts().database.session() as session:
        id = session.scalar(select(Case.id).where(Case.number == number))
        if id:
            presence.leave(session, id, current_user.id)
    return Response(status=204, mimetype="text/plain")
