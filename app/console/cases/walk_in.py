"""Paper and counter: a case taken down in person, the day's list, and the card for villagers."""

import io
from datetime import date, datetime, time, timedelta

from flask import abort, flash, redirect, render_template, send_file, url_for
from flask_login import current_user

from app.console.shell.blueprints import console, parts
from app.console.shell.forms import NewCaseForm, refusal
from app.errors import Refused
from app.local_time import zone
from app.models import Operator
from app.services.cases import walk_in
from app.services.desk import card, case_queries
from app.services.sorting.categories import categories


@console.route("/cases/new", methods=["GET", "POST"])
def new_case():
    """The form for what somebody says in person; nothing typed is lost when it is refused."""
    form, problem = NewCaseForm(), ""
    with parts().database.session() as session:
        form.offer(categories(), case_queries.villages(session))
        if form.is_submitted():
            try:
                if not form.validate_on_submit():
                    raise Refused(refusal(form))
                case, receipt = walk_in.take_down(parts(), session, _operator(session), **_taken(form))
                number = case.number
            except Refused as refused:
                session.rollback()
                problem = str(refused)
    if not form.is_submitted() or problem:
        return render_template("console/cases/walk_in.html", form=form, problem=problem), 422 if problem else 200
    if receipt:
        parts().nudge(receipt)
    flash(f"记下了，编号 {number}。{'短信已经交给电话公司去发。' if receipt else '请把编号写给来人。'}")
    return redirect(url_for("console.case", number=number), 303)


def _taken(form: NewCaseForm) -> dict:
    fields = {name: form[name].data or "" for name in ("channel", "words", "phone", "name", "category", "place", "ask")}
    return fields | {"village_id": form.village.data, "urgent": form.urgent.data, "receipt": form.receipt.data}


@console.get("/cases/day/<day>")
def day(day: str):
    """Every case received on this day (2026-11-24, local), earliest first: the sheet for the morning meeting."""
    try:
        asked = date.fromisoformat(day)
    except ValueError:
        abort(404)
    begin = datetime.combine(asked, time(), zone())
    mine = case_queries.seen_by(current_user.department_id)
    with parts().database.reading() as session:
        cases = case_queries.received_between(session, begin, begin + timedelta(days=1), *mine)
        return render_template("console/cases/day.html", cases=cases, begin=begin, asked=asked, one=timedelta(days=1))


@console.get("/card.pdf")
def villagers_card():
    """The pictured card for villagers, one page to print."""
    settings = parts().settings
    try:
        pdf = card.draw(settings.town, settings.hotline, settings.region)
    except card.NoFont as error:
        flash(str(error), "problem")
        return redirect(url_for("console.cases"))
    return send_file(io.BytesIO(pdf), mimetype="application/pdf", download_name="card.pdf")


def _operator(session) -> Operator:
    return session.get_one(Operator, current_user.id)
