"""Sound files for the carrier. It cannot log in, so the address itself must be public or unguessable.

A call must go on: what a document of ours named and what cannot be read now is answered with something that can be
played, never with an error, which would end the call. An address that we never named is 404.
"""

import hashlib
import io
import re

import structlog
from flask import Blueprint, Response, abort, request, send_file

from app.security import read_sound_token, read_stand_in
from app.services.outreach import delivery_status
from app.services.wording import prompts
from app.services.wording.prompts import silence_sound
from app.telephone.guard import parts

log = structlog.get_logger()

sounds = Blueprint("sounds", __name__, url_prefix="/audio")

_DAY = 24 * 3600
_LONGEST_SILENCE = 10_000  # milliseconds
_PUBLIC = ("spoken", "people")  # what is kept for callers in general: places, matters, persons' recordings
_NAMED = re.compile(r"(?:spoken|people(?:/\w+)?)/[0-9a-f]{64}(?:[.]slow)?[.]wav")  # as wording/prompts.py does
_PAUSE = "1000"  # milliseconds in the place of what nothing is known of
_ANSWER_LATER = "answer_later.1.wav"  # that we come back to her, in the place of an answer


@sounds.get("/shipped/<dialect>/<name>")
def shipped(dialect: str, name: str) -> Response:
    """A prompt that came with the service."""
    stand_in = prompts.shipped_stand_in(dialect, name)
    if stand_in is None:
        abort(404)
    sound = prompts.shipped_sound(dialect, name)
    return _instead(stand_in, f"{dialect}/{name}", "the file is damaged") if sound is None else _sound(sound, _DAY)


@sounds.get("/kept/<kind>/<path:name>")
def kept(kind: str, name: str) -> Response:
    """A prompt that was rendered or recorded here."""
    if kind not in _PUBLIC or ".." in name:
        abort(404)
    key = f"{kind}/{name}"
    try:
        return _sound(prompts.read_stored(parts(), key), _DAY)
    except prompts.Unreadable as error:
        stand_in = read_stand_in(parts().settings, key, request.args.get("or", ""))
        if stand_in is None and not (_NAMED.fullmatch(key) and _may_be_there(key)):
            abort(404)
        return _instead(stand_in or _PAUSE, key, str(error))


@sounds.get("/private/<token>.wav")
def private(token: str) -> Response:
    """A caller's own words or an answer to him: for the carrier, for an hour.

    An answer that cannot be read does not count as heard.
    """
    key = read_sound_token(parts().settings, token)
    if key is None:
        abort(404)
    try:
        return _sound(prompts.read_stored(parts(), key), 0)
    except prompts.Unreadable as error:
        return _instead(_ANSWER_LATER if _is_answer(key) else _PAUSE, key, str(error))


@sounds.get("/silence/<int:milliseconds>.wav")
def silence(milliseconds: int) -> Response:
    """Silence: how a document of ours says a pause."""
    if not 0 < milliseconds <= _LONGEST_SILENCE:
        abort(404)
    return _sound(silence_sound(milliseconds), _DAY)


def _sound(content: bytes, max_age: int) -> Response:
    etag = hashlib.sha256(content).hexdigest()[:32]
    return send_file(io.BytesIO(content), mimetype="audio/wav", max_age=max_age, etag=etag)


def _instead(stand_in: str, key: str, reason: str) -> Response:
    """What is played in the place of a sound that cannot be read, this once."""
    log.error("a sound cannot be read, another is played", key=key, reason=reason, instead=stand_in)
    response = Response(prompts.stand_in_sound(stand_in), mimetype="audio/wav")
    response.cache_control.no_store = True
    return response


def _may_be_there(key: str) -> bool:
    """Whether the store has such a sound, or cannot say."""
    try:
        return parts().storage.has(key)
    except Exception:
        return True


def _is_answer(key: str) -> bool:
    """Whether it is an answer to a caller; if so it is noted that he did not hear it."""
    try:
        return parts().database.work(lambda session: delivery_status.not_played(session, key))
    except Exception as error:  # then the call ends as any other; what is played is still no lie
        log.error("not noted that an answer was not heard", key=key, error=str(error))
        return delivery_status.is_answer(key)
