"""News: what an open page asks for every few seconds, so that nothing waits for somebody to reload it."""

from flask import jsonify, request
from flask_login import current_user

from app.console.blueprints import console, parts
from app.console.pages import calls_going_on
from app.services import desk


@console.get("/news")
def news():
    """JSON: cases that came after the place `after`, open tasks, ids of the urgent; how far the case `case` is."""
    after, case = desk.Place.read(request.args.get("after", "")), request.args.get("case")
    with parts().database.reading() as session:
        mine = desk.seen_by(current_user.department_id)
        found = desk.news(session, after, *mine)
        return jsonify(
            newest=str(found.newest or ""),
            cases=found.cases,
            tasks=0 if mine else found.tasks,
            urgent=[] if mine else found.urgent,
            calls=[] if mine else calls_going_on(session),
            progress=desk.progress(session, case, *mine) if case else "",
        )
