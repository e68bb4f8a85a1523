"""What a person says about the same matter: these two are one, these are not, this warning was seen."""

from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user

from app.console.shell.blueprints import console, parts
from app.errors import Refused
from app.models import EarlyWarning, Operator
from app.services.cases import lookup
from app.services.duplicates import early_warnings, joining


@console.post("/cases/<number>/same/<lead>")
def same(number: str, lead: str):
    """The two are one matter."""
    return _settle(
        number, lead, lambda session, one, other, by: joining.join(session, one, other, by.name), "并在一起了。"
    )


@console.post("/cases/<number>/not-same/<lead>")
def not_same(number: str, lead: str):
    """The two are not one matter; it is not proposed again."""
    return _settle(number, lead, joining.reject, "记下了：不是同一件事，不会再提。")


@console.post("/warnings/<uuid:id>/seen")
def seen(id: UUID):
    """Somebody has seen a warning: it leaves the top of the list."""
    with parts().database.session() as session:
        early_warnings.seen(session.get(EarlyWarning, id) or abort(404), session.get_one(Operator, current_user.id))
    return _back("记下了：知道了。")


def _settle(number: str, lead: str, do, done: str):
    try:
        with parts().database.session() as session:
            one, other = (lookup.find(session, wanted) or abort(404) for wanted in (number, lead))
            do(session, one, other, session.get_one(Operator, current_user.id))
    except Refused as refused:
        flash(str(refused), "problem")
        return _back()
    return _back(done)


def _back(done: str = ""):
    """To the page it was said on: a case (`page`, its number), else the list."""
    if done:
        flash(done, "done")
    number = request.args.get("page", "")
    return redirect(url_for("console.case", number=number) if number else url_for("console.cases"), 303)
