"""News: what an open page asks for every few seconds, so that nothing waits for somebody to reload it."""

from flask import jsonify, request

from app.console.blueprints import console, parts
from app.services import desk


@console.get("/news")
def news():
    """JSON: cases that came after the place `after`, open tasks, ids of the urgent; how far the case `case` is."""
    after, case = desk.Place.read(request.args.get("after", "")), request.args.get("case")
    with parts().database.reading() as session:
        found = desk.news(session, after)
        return jsonify(
            newest=str(found.newest or ""),
            cases=found.cases,
            tasks=found.tasks,
            urgent=found.urgent,
            progress=desk.progress(session, case) if case else "",
        )
