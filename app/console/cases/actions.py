"""What a person does to a case: corrects what was heard, decides, answers, rings back."""

from uuid import UUID

from flask import Response, abort, flash, redirect, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session

from app.console.cases.page import case_page
from app.console.cases.together import refuse_if_changed
from app.console.shell.blueprints import console, parts
from app.console.shell.forms import CorrectionForm, DecisionForm, ReplyForm, refusal
from app.errors import Refused
from app.models import CallBackTask, Operator
from app.services.cases import answering, call_back_tasks, decisions, lookup
from app.services.desk import case_queries, unsent
from app.services.duplicates import early_warnings, joining
from app.services.sorting.categories import categories
from app.services.wording import prompts


@console.post("/cases/<number>/recordings/<uuid:id>/correction")
def correct(number: str, id: UUID):
    """Keep the operator's reading of a recording."""
    form = CorrectionForm()
    try:
        _check(form)
        with parts().database.session() as session:
            recording = case_queries.recording_of(session, number, id) or abort(404)
            refuse_if_changed(session, recording.case)
            decisions.correct(session, recording, _operator(session), form.text.data)
            unsent.drop(session, recording.case_id, current_user.id, unsent.of_correction(id))
    except Refused as refused:
        return _again(number, refused, correction=form, correcting=id)
    return _done(number, "改正好了，机器听到的话也留着。", f"recording-{id}", sent=unsent.of_correction(id))


@console.post("/cases/<number>/decision")
def decide(number: str):
    """Keep a person's decision on category, place, urgency and ask."""
    form = DecisionForm()
    try:
        with parts().database.session() as session:
            case = lookup.find(session, number) or abort(404)
            form.offer(categories(), case_queries.villages(session))
            refuse_if_changed(session, case)
            _check(form)
            chosen = {"category": form.category.data, "village_id": form.village.data}
            chosen |= {"place": form.place.data, "urgent": form.urgent.data, "ask": form.ask.data or ""}
            decisions.decide(session, case, _operator(session), **chosen)
            early_warnings.moved(session, case)
    except Refused as refused:
        return _again(number, refused, decision=form)
    return _done(number, "定下来了。")


@console.post("/cases/<number>/text")
def text(number: str):
    """Answer by SMS."""
    return _reply(number, answering.reply_by_text, "短信交给电话公司去发了，送到没有，下面看得到。")


@console.post("/cases/<number>/call")
def call(number: str):
    """Answer by a call that reads the reply aloud."""
    return _reply(number, answering.reply_by_voice, "马上就打电话播报，接听了没有，下面看得到。")


@console.post("/preview")
def preview():
    """The reply as the villager will hear it: a WAV file, or 422 and the sentence that says why not."""
    form = ReplyForm()
    try:
        _check(form)
        return Response(prompts.preview(parts(), form.text.data), mimetype="audio/wav")
    except Refused as refused:
        return Response(str(refused), 422, mimetype="text/plain")


@console.post("/calls/done")
def called():
    """Somebody has rung the caller: the tasks of the form (`task`, an id each) are done."""
    return _ring(_finish, "记下了：电话打过了。")


@console.post("/calls/tried")
def call_tried():
    """Somebody rang and nobody answered: the tasks stay, their cases know of the try."""
    return _ring(_note_try, "记下了：没打通。过一会儿请再打。")


def _finish(session: Session, tasks: list[CallBackTask], operator: Operator) -> None:
    for task in tasks:
        call_back_tasks.finish_task(session, task, operator)


def _note_try(session: Session, tasks: list[CallBackTask], operator: Operator) -> None:
    for task in {task.case_id: task for task in tasks}.values():  # one call, noted once in each ledger
        call_back_tasks.note_try(session, task, operator)


def _ring(settle, done: str):
    try:
        with parts().database.session() as session:
            settle(session, _tasks(session), _operator(session))
        flash(done)
    except Refused as refused:
        flash(str(refused), "problem")
    number = request.args.get("case", "")
    return redirect(url_for("console.case", number=number) if number else url_for("console.cases"), 303)


def _tasks(session: Session) -> list[CallBackTask]:
    """The tasks of the form that are open; where none is, one, so that the rule can say who did it."""
    try:
        ids = [UUID(id) for id in request.form.getlist("task")]
    except ValueError:
        abort(400)
    tasks = [session.get(CallBackTask, id) or abort(404) for id in ids] or abort(400)
    return [task for task in tasks if task.done_at is None] or tasks[:1]


def _reply(number: str, send, done: str):
    form = ReplyForm()
    try:
        _check(form)
        with parts().database.session() as session:
            case = lookup.find(session, number) or abort(404)
            refuse_if_changed(session, case)
            rows = joining.tell(session, case, _operator(session), form.text.data, send)
            unsent.drop(session, case.id, current_user.id, unsent.REPLY)
    except Refused as refused:
        return _again(number, refused, reply=form)
    for row in rows:
        parts().nudge(row)
    return _done(number, done, "reply", sent=unsent.REPLY)


def _operator(session: Session) -> Operator:
    return session.get_one(Operator, current_user.id)


def _check(form) -> None:
    if not form.validate():
        raise Refused(refusal(form))


def _done(number: str, sentence: str, section: str = "", sent: str = ""):
    flash(sentence, f"done {sent} here" if sent else "done")
    return redirect(url_for("console.case", number=number, _anchor=section or None), 303)


def _again(number: str, refused: Refused, correcting: UUID | None = None, **form):
    """The page once more with what was typed, and why it was not taken."""
    problems = {name: str(refused) for name in form}
    with parts().database.reading() as session:
        return case_page(session, number, problems, correcting, **form), 422
