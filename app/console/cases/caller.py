"""Who calls: where they live and what they speak. A person says so, never the machine."""

from flask import abort, flash, redirect, url_for

from app.console.shell.blueprints import console, parts
from app.console.shell.forms import CallerForm, refusal
from app.errors import Refused
from app.services.cases import lookup
from app.services.desk import case_queries
from app.services.directory import callers


@console.post("/cases/<number>/caller")
def settle_caller(number: str):
    """Keep where the caller of a case lives and what they speak."""
    form = CallerForm()
    try:
        with parts().database.session() as session:
            case = lookup.find(session, number) or abort(404)
            caller = case.caller or abort(404)
            villages = case_queries.villages(session)
            _check(form.offer(villages, caller.village))
            village = next((v for v in villages if v.id == form.village.data), None)
            callers.settle(caller, village=village, dialect=form.dialect.data)
        flash("记下了。这个号码以后的电话按这个听。")
    except Refused as refused:
        flash(str(refused), "problem")
    return redirect(url_for("console.case", number=number, _anchor="caller"), 303)


def _check(form) -> None:
    if not form.validate():
        raise Refused(refusal(form))
