"""Guard: only what the carrier signed gets in, and a failure inside a call still says something kind."""

from collections.abc import Callable
from functools import wraps

import structlog
from flask import Response, abort, current_app, request

from app.carriers.port import CallHeard, Document, Form
from app.parts import Parts
from app.phone_numbers import masked
from app.services.wording import prompts
from app.telephone.links import BusyLinks
from ivr.turn import WaitForRecording

log = structlog.get_logger()

LEAVE_A_MESSAGE = WaitForRecording(max_seconds=180, silence_seconds=5)
LARGEST_WEBHOOK = 256 * 1024  # bytes; a text of 1,600 characters with every field is under 30 kB


def parts() -> Parts:
    """The parts of the running service."""
    return current_app.extensions["xiangyin"]


def form() -> Form:
    """Every field of the request with every value, blanks kept."""
    return request.values.to_dict(flat=False) if request.method == "GET" else request.form.to_dict(flat=False)


def admit() -> None:
    """Before every webhook: 403 unless the carrier signed it."""
    url = parts().settings.base_url.rstrip("/") + request.path
    if request.query_string:
        url += "?" + request.query_string.decode("latin-1")
    fields = {} if request.method == "GET" else request.form.to_dict(flat=False)
    body = b"" if fields else request.get_data()
    if not parts().carrier.trusts(url, fields, dict(request.headers), body):
        log.warning("webhook not signed by the carrier", path=request.path)
        abort(403)


def answer(document: Document) -> Response:
    """A carrier's document as a response."""
    return Response(document.body, content_type=document.content_type)


def never_silent(view: Callable[..., Document]) -> Callable[..., Response]:
    """A view of a call: whatever fails inside is logged, and the caller is asked to speak after the beep."""

    @wraps(view)
    def guarded(**values) -> Response:
        call: CallHeard = parts().carrier.read_call(form())
        try:
            return answer(view(call, **values))
        except Exception:
            log.exception("a call failed", call=call.call_id, caller=masked(call.caller), path=request.path)
            return answer(leave_a_message(parts()))

    return guarded


def leave_a_message(parts: Parts, *, prompt: bool = True) -> Document:
    """Ask for a message after the beep: needs no database and no model. Its recording's callback opens the case."""
    links = BusyLinks(parts.settings.base_url.rstrip("/"), 0, parts.settings.person)
    plays = prompts.busy_sounds(parts, thanks=False) if prompt else []
    return parts.carrier.write(plays, LEAVE_A_MESSAGE, links)
