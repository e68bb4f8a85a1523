"""Who calls: where they live and what they speak, and what a village speaks. A person says so, never the machine."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, url_for

from app.console.blueprints import console, parts
from app.console.forms import CallerForm, VillageForm, refusal
from app.errors import Refused
from app.models import Village
from app.services import callers, cases, desk


@console.post("/cases/<number>/caller")
def settle_caller(number: str):
    """Keep where the caller of a case lives and what they speak."""
    form = CallerForm()
    try:
        with parts().database.session() as session:
            case = cases.find(session, number) or abort(404)
            caller = case.caller or abort(404)
            villages = desk.villages(session)
            _check(form.offer(villages, caller.village))
            village = next((v for v in villages if v.id == form.village.data), None)
            callers.settle(caller, village=village, dialect=form.dialect.data)
        flash("记下了。这个号码以后的电话按这个听。")
    except Refused as refused:
        flash(str(refused), "problem")
    return redirect(url_for("console.case", number=number, _anchor="caller"), 303)


@console.get("/villages")
def villages():
    """Every village, what people there speak and how many they are."""
    with parts().database.reading() as session:
        found = desk.villages(session)
        forms = {
            v.id: VillageForm(formdata=None, dialect=v.dialect, population=v.population or "").offer() for v in found
        }
        return render_template("console/villages.html", villages=found, forms=forms)


@console.post("/villages/<uuid:id>/dialect")
def settle_village(id: UUID):
    """Keep what people of a village speak and how many they are."""
    form = VillageForm().offer()
    try:
        with parts().database.session() as session:
            village = session.get(Village, id) or abort(404)
            _check(form)
            callers.settle_village(village, form.dialect.data, form.people)
            flash(f"{village.name}：记下了。")
    except Refused as refused:
        flash(str(refused), "problem")
    return redirect(url_for("console.villages"), 303)


def _check(form) -> None:
    if not form.validate():
        raise Refused(refusal(form))
