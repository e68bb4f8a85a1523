"""What is half written on the page of a case: kept a moment after the last key, for whoever typed it."""

from flask import Response, abort, request
from flask_login import current_user

from app.console.shell.blueprints import console, parts
from app.errors import Refused
from app.services.cases import lookup
from app.services.desk import unsent


@console.post("/cases/<number>/draft")
def keep_draft(number: str):
    """Keep the form's `text` of its `field`; 422 and the sentence that says why not."""
    field, text = request.form.get("field", ""), request.form.get("text", "").replace("\r\n", "\n")

    def keep(session):
        case = lookup.find(session, number) or abort(404)
        unsent.keep(session, case, current_user.id, field, text)

    try:
        parts().database.work(keep)
    except Refused as refused:
        return Response(str(refused), 422, mimetype="text/plain")
    return Response(status=204, mimetype="text/plain")
