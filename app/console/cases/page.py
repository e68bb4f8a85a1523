"""Pages to look at: one case, the dialect words."""

from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session

from app.console.cases.case_words import guess_of
from app.console.shell.blueprints import console, may, parts
from app.console.shell.forms import CallerForm, CorrectionForm, DecisionForm, ReplyForm
from app.models import Caller, Case, Operator
from app.models.rating import GRADES
from app.services.cases import ratings, transitions
from app.services.deadlines.clock_rules import rules
from app.services.deadlines.clocks import NO_TERM
from app.services.desk import call_list, case_queries, reply_templates, unsent
from app.services.directory import departments
from app.services.directory.roles import MOVE, REPLY
from app.services.duplicates import early_warnings, joining
from app.services.exchange import publications
from app.services.figures.costs import prices
from app.services.sorting.categories import categories
from app.services.sorting.triage import department_for
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
    return render_template("console/cases/dialects.html", dialects=known.values(), shown=shown, about=ABOUT)


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
    found = case_queries.whole_case(session, number, *case_queries.seen_by(current_user.department_id)) or abort(404)
    fresh = {"correction": CorrectionForm(formdata=None), "reply": ReplyForm(formdata=None)}
    if "decision" not in sent:
        fresh["decision"] = decision_form(session, found)
    if found.caller:
        fresh["people"] = caller_form(session, found.caller)
    lead = joining.joined_to(session, found)
    mine = current_user.department_id is not None
    rings = call_list.rings_of(session, found) if may(REPLY) and not mine else []
    return render_template(
        "console/cases/case.html",
        case=found,
        rings=rings,
        earlier=case_queries.earlier(session, found, *case_queries.seen_by(current_user.department_id)),
        joinings=joining.joinings(session, found),
        homes=joining.households(session, [lead.id]).get(lead.id, 0),
        warnings=early_warnings.unseen(session, lead),
        progress=case_queries.progress(session, number),
        problems=problems or {},
        correcting=correcting,
        mine=mine,
        sent_move=sent_move,
        publication=publications.publication_of(session, found),
        drafts=unsent.kept(session, found.id, current_user.id),
        templates=reply_templates.for_case(found, parts().settings.town),
        prices=prices(),
        **_moves(session, found),
        **fresh | sent,
    )


def caller_form(session: Session, caller: Caller) -> CallerForm:
    """The form of where a caller lives and what they speak."""
    form = CallerForm(formdata=None, village=caller.village_id, dialect=caller.dialect)
    return form.offer(case_queries.villages(session), caller.village)


def _moves(session: Session, case: Case) -> dict:
    """What the forms of the moves show."""
    known = departments.offered(session)
    guess = case.proposal  # its department may have another name by now
    about = (case.category, case.topic) if case.category else (guess.category, guess.topic)
    proposed = department_for(*about)
    return {
        "allowed": transitions.allowed(case, session.get_one(Operator, current_user.id)) if may(MOVE) else [],
        "asking": ratings.open_asking(session, case) if case.state == "replied" else None,
        "grades": GRADES,
        "moves": transitions.MOVES,
        "rules": rules(),
        "departments": known,
        "proposed_lead": next((str(each.id) for each in known if each.name == proposed), ""),
        "no_term": NO_TERM,
    }


def decision_form(session: Session, case: Case) -> DecisionForm:
    """The form of category and place, filled with the person's decision or, before that, with the proposal."""
    places = case_queries.villages(session)
    guess = guess_of(case)
    guessed = next((v.id for v in places if v.name == guess.village), None)
    decided = bool(case.category or case.place or case.village_id)
    form = DecisionForm(
        formdata=None,
        category=case.category if decided else guess.category or guess.topic,
        village=case.village_id if decided else guessed,
        place=case.place if decided else guess.place,
        ask=case.ask if decided else guess.ask,
        urgent=case.urgent,
    )
    return form.offer(categories(), places)
