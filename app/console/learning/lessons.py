"""What the hotline learnt from corrections: to look at, to learn again, to take back with one click."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, url_for
from flask_login import current_user

from app.console.shell.blueprints import console, parts
from app.errors import Refused
from app.models import Operator
from app.services.learning import error_curves
from app.services.learning import lessons as lessons


@console.get("/learning")
def learning():
    """Every lesson with its effect, and how much has to be corrected over time."""
    with parts().database.reading() as session:
        found = lessons.everything(session)
        return render_template(
            "console/learning/lessons.html",
            states={state: [row for row in found if row.state == state] for state in ("on", "undone", "proposed")},
            curves=error_curves.curves(session),
            run=lessons.latest_run(session),
        )


@console.post("/learning/run")
def learn():
    """Go through every correction now; a worker does it."""
    try:
        with parts().database.session() as session:
            run = lessons.ask_by_hand(session, _operator(session))
    except Refused as refused:
        flash(str(refused), "problem")
        return redirect(url_for("console.learning"), 303)
    parts().nudge(run)
    flash("开始学了，一般要几分钟。学好了刷新就看得到。")
    return redirect(url_for("console.learning"), 303)


@console.post("/learning/<uuid:id>/undo")
def undo(id: UUID):
    """Do not go by a lesson any more."""
    with parts().database.session() as session:
        row = lessons.undo(session, id, _operator(session)) or abort(404)
        flash(f"“{row.meant}”不用了，以后也不会再学。")
    return redirect(url_for("console.learning"), 303)


@console.post("/learning/<uuid:id>/allow")
def allow(id: UUID):
    """A lesson that was undone may be tried again."""
    with parts().database.session() as session:
        row = lessons.allow(session, id, _operator(session)) or abort(404)
        flash(f"“{row.meant}”下次学习会再试，有用才用上。")
    return redirect(url_for("console.learning"), 303)


def _operator(session) -> Operator:
    return session.get_one(Operator, current_user.id)
