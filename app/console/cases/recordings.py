"""Recordings, for whoever may listen to them; who did is in the audit."""

import io
from uuid import UUID

from flask import abort, send_file
from flask_login import current_user
from sqlalchemy import select

from app.console.shell.blueprints import console, parts
from app.models import Case, Recording
from app.services.desk.department_view import RECORDINGS, where_seen
from app.services.directory import audit


@console.get("/recordings/<uuid:id>.wav")
def recording(id: UUID):
    """The sound of a recording; a player may ask for a part of it (Range), so that jumping to a word is quick."""
    with parts().database.reading() as session:
        seen = where_seen(RECORDINGS, current_user.department_id)
        found = select(Recording.key).join(Case).where(Recording.id == id, *seen)
        key = session.scalar(found)
        noted = audit.is_listening(session, current_user.id, id)
    try:
        sound = parts().storage.get(key) if key else abort(404)
    except KeyError:
        abort(404)
    if not noted:
        with parts().database.session() as session:
            audit.note_listening(session, current_user.id, id)
    return send_file(io.BytesIO(sound), mimetype="audio/wav", conditional=True, etag=f"{id.hex}")
