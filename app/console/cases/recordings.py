"""Recordings, for whoever may listen to them; who did is in the audit."""

import io
from uuid import UUID

from flask import Response, abort, jsonify, render_template, send_file
from flask_login import current_user
from sqlalchemy import select

from app.console.shell.blueprints import console, parts
from app.models import Case, Recording
from app.services.desk.department_view import RECORDINGS, where_seen
from app.services.desk.waveform import Waveform, waveform
from app.services.directory import audit
from speech_models.transcript import SURE

_BARS = 320


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


@console.get("/recordings/<uuid:id>.svg")
def wave(id: UUID):
    """The waveform, the unsure words tinted; as wide as the recording is long."""
    recording, drawn = _drawn(id)
    heard = recording.as_heard
    unsure = [(w["start"], w["end"]) for w in (heard.words if heard else ()) if w["confidence"] < SURE]
    bars, seconds = drawn.bars(_BARS), drawn.seconds or 1
    return Response(
        render_template("console/cases/wave.svg", bars=bars, tints=_joined(unsure), seconds=seconds),
        mimetype="image/svg+xml",
    )


@console.get("/recordings/<uuid:id>/pauses")
def pauses(id: UUID):
    """JSON: [start, end] in seconds of each long pause, in order."""
    return jsonify(_drawn(id)[1].pauses)


def _drawn(id: UUID) -> tuple[Recording, Waveform]:
    with parts().database.reading() as session:
        mine = where_seen(RECORDINGS, current_user.department_id)
        recording = session.scalar(select(Recording).join(Case).where(Recording.id == id, *mine)) or abort(404)
    try:
        return recording, waveform(parts().storage, recording.key) if recording.key else abort(404)
    except KeyError:
        abort(404)


def _joined(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans that touch, as one."""
    joined: list[tuple[float, float]] = []
    for start, end in spans:
        if joined and start - joined[-1][1] < 0.05:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return joined
