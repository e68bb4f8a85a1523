"""Sound files for the carrier. It cannot log in, so the address itself must be public or unguessable."""

import io

from flask import Blueprint, Response, abort, send_file

from app.security import read_sound_token
from app.services.wording.prompts import SHIPPED, silence_sound
from app.telephone.guard import parts

sounds = Blueprint("sounds", __name__, url_prefix="/audio")

_DAY = 24 * 3600
_LONGEST_SILENCE = 10_000  # milliseconds
_PUBLIC = ("spoken", "people")  # what is kept for callers in general: places, matters, persons' recordings


@sounds.get("/shipped/<dialect>/<name>")
def shipped(dialect: str, name: str) -> Response:
    """A prompt that came with the service."""
    path = (SHIPPED / dialect / name).resolve()
    if not path.is_relative_to(SHIPPED.resolve()) or not path.is_file():
        abort(404)
    return send_file(path, mimetype="audio/wav", max_age=_DAY)


@sounds.get("/kept/<kind>/<path:name>")
def kept(kind: str, name: str) -> Response:
    """A prompt that was rendered or recorded here."""
    if kind not in _PUBLIC or ".." in name:
        abort(404)
    return _sound(f"{kind}/{name}", max_age=_DAY)


@sounds.get("/private/<token>.wav")
def private(token: str) -> Response:
    """A caller's own words or an answer to him: for the carrier, for an hour."""
    key = read_sound_token(parts().settings, token)
    if key is None:
        abort(404)
    return _sound(key, max_age=0)


@sounds.get("/silence/<int:milliseconds>.wav")
def silence(milliseconds: int) -> Response:
    """Silence: how a document of ours says a pause."""
    if not 0 < milliseconds <= _LONGEST_SILENCE:
        abort(404)
    return send_file(io.BytesIO(silence_sound(milliseconds)), mimetype="audio/wav", max_age=_DAY)


def _sound(key: str, max_age: int) -> Response:
    try:
        content = parts().storage.get(key)
    except KeyError:
        abort(404)
    return send_file(io.BytesIO(content), mimetype="audio/wav", max_age=max_age)
