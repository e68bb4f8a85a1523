"""Pages to look at: one case, the dialect words."""

from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session

from app.console.blueprints import console, may, parts
from app.console.forms import CallerForm, CorrectionForm, DecisionForm, ReplyForm
from app.console.wording import guess_of
from app.models import Caller, Case, Operator
from app.models.rating import GRADES
from app.services import comparing, departments, desk, drafts, joint, moves, publications, ratings, templates
from app.services.categories import categories
from app.services.clocks import rules
from app.services.costs import prices
from app.services.deadlines import NO_TERM
from app.services.roles import MOVE, REPLY
from app.services.triage import department_for
from speech_models.dialects import ABOUT, load_dialects


@console.get("/")
def home():
    """What somebody begins with: the work list, or the figures for whoever only reads."""
    return redirect(url_for(current_user.home))


@console.get("/cases/<number>")
def case(number: str):
    """One case: what was said, what was decided, what was answered."""
    with parts().database.reading() as session:
        return case_page(session, number)


@console.get("/dialects")
def dialects():
    """The words of one dialect (`of`, its key; else the first), for a local to read through."""
    known = load_dialects()
    shown = known.get(request.args.get("of", ""), next(iter(known.values())))
    return render_template("console/dialects.html", dialects=known.values(), shown=shown, about=ABOUT)


def case_page(
    session: Session,
    number: str,
    problems: dict[str, str] | None = None,
    correcting: UUID | None = None,
    sent_move: str = "",
    **sent,
) -> str:
    """The page of a case.

    `problems`: form (decision, correction, reply, move) -> the sentence that says why it was refused. `sent`: the forms
    as they were sent, by the same names, so that nothing typed is lost. `correcting`: the recording a correction is of;
    `sent_move`: the move that was asked for.
    """
    found = desk.whole_case(session, number, *desk.seen_by(current_user.department_id)) or abort(404)
    fresh = {"correction": CorrectionForm(formdata=None), "reply": ReplyForm(formdata=None)}
    if "decision" not in sent:
        fresh["decision"] = decision_form(session, found)
    if found.caller:
        fresh["people"] = caller_form(session, found.caller)
    lead = joint.joined_to(session, found)
    mine = current_user.department_id is not None
    rings = desk.rings_of(session, found) if may(REPLY) and not mine else []
    return render_template(
        "console/case.html",
        case=found,
        rings=rings,
        earlier=desk.earlier(session, found, *desk.seen_by(current_user.department_id)),
        joinings=joint.joinings(session, found),
        homes=joint.households(session, [lead.id]).get(lead.id, 0),
        warnings=comparing.unseen(session, lead),
        progress=desk.progress(session, number),
        problems=problems or {},
        correcting=correcting,
        mine=mine,
        sent_move=sent_move,
        publication=publications.publication_of(session, found),
        drafts=drafts.kept(session, found.id, current_user.id),
        templates=templates.for_case(found, parts().settings.town),
        prices=prices(),
        **_moves(session, found),
        **fresh | sent,
    )


def caller_form(session: Session, caller: Caller) -> CallerForm:
    """The form of where a caller lives and what they speak."""
    form = CallerForm(formdata=None, village=caller.village_id, dialect=caller.dialect)
    return form.offer(desk.villages(session), caller.village)


def _moves(session: Session, case: Case) -> dict:
    """What the forms of the moves show."""
    known = departments.offered(session)
    guess = case.proposal or {}  # its department may have another name by now
    about = (case.category, case.topic) if case.category else (guess.get("category", ""), guess.get("topic", ""))
    proposed = department_for(*about)
    return {
        "allowed": moves.allowed(case, session.get_one(Operator, current_user.id)) if may(MOVE) else [],
        "asking": ratings.open_asking(session, case) if case.state == "replied" else None,
        "grades": GRADES,
        "moves": moves.MOVES,
        "rules": rules(),
        "departments": known,
        "proposed_lead": next((str(each.id) for each in known if each.name == proposed), ""),
        "no_term": NO_TERM,
    }


def decision_form(session: Session, case: Case) -> DecisionForm:
    """The form of category and place, filled with the person's decision or, before that, with the proposal."""
    places = desk.villages(session)
    guess = guess_of(case)
    guessed = next((v.id for v in places if v.name == guess.get("village")), None)
    decided = bool(case.category or case.place or case.village_id)
    form = DecisionForm(
        formdata=None,
        category=case.category if decided else guess.get("category") or guess.get("topic", ""),
        village=case.village_id if decided else guessed,
        place=case.place if decided else guess.get("place", ""),
        ask=case.ask if decided else guess.get("ask", ""),
        urgent=case.urgent,
    )
    return form.offer(categories(), places)
