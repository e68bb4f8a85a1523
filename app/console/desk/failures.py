"""What was not done (没办成的): what was given up, to be tried again or let be, and what is still being tried."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for

from app.console.shell.blueprints import console, parts
from app.services.cases import failures as undone


@console.get("/failures")
def failures():
    """What was given up and nobody has seen, and what waits for somebody to mend something."""
    with parts().database.reading() as session:
        counts = undone.counts(session)
        trying = [each for kind in undone.KINDS for each in undone.in_trouble(session, kind)]
        return render_template(
            "console/desk/failures.html",
            counts=counts,
            given_up={kind: undone.given_up(session, kind) for kind in counts},
            trying=trying,
            held=undone.held_up(session),
        )


@console.post("/failures/again")
def try_all_again():
    """Try everything again that was given up, and what waits."""
    with parts().database.session() as session:
        rows = undone.try_all_again(session)
    for row in rows:
        parts().nudge(row)
    return _back(f"正在再试 {len(rows)} 件，过一会儿看结果。" if rows else "没有能再试的。")


@console.post("/failures/<uuid:id>/again")
def try_again(id: UUID):
    """Try one again."""
    with parts().database.session() as session:
        found = undone.find(session, id) or abort(404)
        tried = undone.try_again(session, found)
    if tried:
        parts().nudge(found.row)
    return _back("正在再试，过一会儿看结果。" if tried else "这一件没法再试了：对方不收短信了，或者已经不用办了。")


@console.post("/failures/<uuid:id>/seen")
def failure_seen(id: UUID):
    """Somebody knows of one and lets it be."""
    with parts().database.session() as session:
        found = undone.find(session, id) or abort(404)
        undone.let_be(session, [found.row])
    return _back("知道了，不再提醒。")


@console.post("/failures/seen")
def failures_seen():
    """Somebody knows of all of a kind."""
    with parts().database.session() as session:
        kind = request.form.get("kind", "")
        undone.let_all_be(session, kind if kind in undone.KINDS else abort(404))
    return _back("知道了，不再提醒。")


def _back(said: str):
    flash(said)
    return redirect(url_for("console.failures"), 303)
