"""While a recording's words are corrected: what may stand there instead."""

from uuid import UUID

from flask import abort, jsonify, request

from app.console.shell.blueprints import console, parts
from app.services.desk import case_queries
from app.services.learning import suggestions

_LONGEST = 4000


@console.post("/cases/<number>/recordings/<uuid:id>/suggestions", endpoint="suggestions")
def suggest(number: str, id: UUID):
    """JSON: `start` and `end` of the part of the form's `text` asked about, `nearest`: [word, start, end] each.

    Asked for with a place (`start`, `end`, counted in characters), or with a heard word (`word`, counted from 0).
    """
    text = request.form.get("text", "")[:_LONGEST].replace("\r\n", "\n")
    with parts().database.reading() as session:
        recording = case_queries.recording_of(session, number, id) or abort(404)
        word = request.form.get("word", type=int)
        if word is None:
            place = request.form.get("start", 0, type=int), request.form.get("end", 0, type=int)
        else:
            place = suggestions.place_of(recording, text, word)
        found = suggestions.suggest(session, recording, text, *place)
    return jsonify(start=found.start, end=found.end, nearest=found.nearest)
