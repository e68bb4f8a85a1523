"""Recording what is said, at the desk: in the browser, or by ringing the hotline."""

import io
import re
from uuid import UUID

from flask import abort, flash, jsonify, redirect, request, send_file, url_for
from flask_login import current_user

from app.console.shell.blueprints import console, parts
from app.errors import Refused
from app.services.editing import documents
from app.services.editing.catalogue import kind
from app.services.wording import takes
from app.services.wording.document_kinds import words_name

_KEY = re.compile(r"people/[0-9a-f]{64}\.wav")


@console.post("/said/recordings")
def record_words():
    """A recording made in the browser (the body: a WAV): cut, levelled and kept; the draft does not have it yet."""
    try:
        key = takes.keep(parts(), request.get_data())
    except Refused as refused:
        return jsonify(problem=str(refused)), 422
    return jsonify(key=key, sound=url_for("console.said_sound", name=key.removeprefix("people/")))


@console.get("/said/recordings/<name>")
def said_sound(name: str):
    """A recording of words."""
    key = f"people/{name}"
    if not _KEY.fullmatch(key) or not parts().storage.has(key):
        abort(404)
    return send_file(io.BytesIO(parts().storage.get(key)), mimetype="audio/wav")


@console.post("/said/script/<dialect>/<step>/recording")
def use_recording(dialect: str, step: str):
    """The draft says a piece of words by this recording; by none where `key` is empty."""
    name, text, key = _known(dialect), request.form.get("text", ""), request.form.get("key", "")
    if not text or (key and not (_KEY.fullmatch(key) and parts().storage.has(key))):
        abort(400)
    with parts().database.session() as session:
        documents.keep_sound(session, name, current_user.name, text, key)
    flash("录音放进草稿了，发布以后来电人才听到。" if key else "这句不用录音了，发布以后用合成的声音。")
    part = request.form.get("part") or None
    return redirect(url_for("console.said_script", dialect=dialect, part=part, _anchor=f"step-{step}"), 303)


@console.post("/said/script/<dialect>/takes")
def ask_for_take(dialect: str):
    """The next call from the number of the form records a piece of words."""
    name, text = _known(dialect), request.form.get("text", "") or abort(400)
    settings = parts().settings
    try:
        with parts().database.session() as session:
            number = request.form.get("number", "")
            take = takes.ask(session, name, text, number, current_user.name, settings.region)
    except Refused as refused:
        return jsonify(problem=str(refused)), 422
    return jsonify(take=url_for("console.take", id=take.id))


@console.get("/said/takes/<uuid:id>")
def take(id: UUID):
    """Whether a recording by telephone has come."""
    with parts().database.reading() as session:
        found = takes.take(session, id) or abort(404)
    if found.key:
        return jsonify(key=found.key, sound=url_for("console.said_sound", name=found.key.removeprefix("people/")))
    problem = found.refusal or ("录音没有取回来，请再打一次。" if found.failed else "")
    return jsonify(problem=problem, called=found.conversation_id is not None)


def _known(dialect: str) -> str:
    name = words_name(dialect)
    return name if kind(name) else abort(404)
