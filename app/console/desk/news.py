"""News: what an open page asks for every few seconds, so that nothing waits for somebody to reload it."""

from flask import jsonify, request, url_for
from flask_login import current_user

from app.console.cases.together import look
from app.console.shell.blueprints import console, may, parts
from app.console.shell.template_words import hour, phone
from app.models import LiveWords
from app.services.conversation import live
from app.services.desk import case_queries
from app.services.directory.roles import REPLY


@console.get("/news")
def news():
    """JSON: cases that came after the place `after`, open tasks, ids of the urgent; how far the case `case` is.

    `live`: the calls that are listened to now, with their words so far. `together`: of the case `at`, whose page is
    open and was made after `seen` events of its ledger, who else looks at it and what they did since.
    """
    together = look(request.args["at"], request.args.get("seen", "")) if request.args.get("at") else {}
    after, case = case_queries.Place.read(request.args.get("after", "")), request.args.get("case")
    with parts().database.reading() as session:
        mine = case_queries.seen_by(current_user.department_id)
        rings = may(REPLY) and not mine
        found = case_queries.news(session, after, *mine)
        return jsonify(
            newest=str(found.newest or ""),
            cases=found.cases,
            tasks=found.tasks if rings else 0,
            urgent=found.urgent if rings else [],
            together=together,
            progress=case_queries.progress(session, case, *mine) if case else "",
            live=[_live(call) for call in live.going_on(session)] if parts().settings.live and not mine else [],
        )


def _live(call: LiveWords) -> dict:
    case = call.conversation.case
    return {
        "id": str(call.conversation_id),
        "who": phone(call.conversation.caller, call.conversation.no_number),
        "since": hour(call.began_at),
        "text": call.text,
        "case": case.number if case else "",
        "page": url_for("console.case", number=case.number) if case else "",
    }
