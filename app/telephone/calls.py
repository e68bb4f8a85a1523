"""The webhooks of a call. Every address below is what a carrier's number, or a document of ours, names."""

from uuid import UUID

import structlog
from flask import Blueprint, Response

from app.carriers.port import CallHeard, Document
from app.models import Asking, Later, SpokenReply
from app.services.conversation import calls
from app.services.conversation.calls import Reply
from app.services.outreach import delivery_status, follow_up
from app.services.wording import editions, prompts
from app.telephone.guard import admit, answer, form, leave_a_message, never_silent, parts
from app.telephone.links import BusyLinks, CallLinks
from ivr.edition import Edition
from ivr.turn import Finished, Key, WaitForTranscript

log = structlog.get_logger()

blueprint = Blueprint("calls", __name__, url_prefix="/calls")
blueprint.before_request(admit)


@blueprint.post("")
@never_silent
def ring(call: CallHeard) -> Document:
    """Somebody rings the hotline."""
    return _do(lambda session: calls.answer_call(parts(), session, call))


@blueprint.post("/turn/<int:number>")
@never_silent
def turn(call: CallHeard, number: int) -> Document:
    """What the caller did after turn `number`."""
    return _do(lambda session: calls.hear(parts(), session, call, number))


@blueprint.post("/turn/<int:number>/heard")
@never_silent
def heard(call: CallHeard, number: int) -> Document:
    """What the caller said in turn `number` was heard to its end while she spoke."""
    return _do(lambda session: calls.go_on(parts(), session, call, number))


@blueprint.post("/turn/<int:number>/wait/<int:poll>")
@never_silent
def wait(call: CallHeard, number: int, poll: int) -> Document:
    """Is the transcript there? Poll `poll` of turn `number`."""
    return _do(lambda session: calls.poll(parts(), session, call, number, poll))


@blueprint.post("/reply/<uuid:reply_id>")
@never_silent
def pick_up(call: CallHeard, reply_id: UUID) -> Document:
    """A villager picked up a call of ours."""
    with parts().database.reading() as session:
        key = session.get_one(SpokenReply, reply_id).sound_key
    readable = prompts.can_be_read(parts(), key)

    def begin(session) -> Reply:
        reply = session.get_one(SpokenReply, reply_id)
        return calls.answer_pick_up(parts(), session, call, reply, readable=readable)

    return _do(begin)


@blueprint.post("/asking/<uuid:asking_id>")
@never_silent
def pick_up_question(call: CallHeard, asking_id: UUID) -> Document:
    """A villager picked up a call that asks whether it is solved."""
    return _do(lambda session: calls.answer_asking(parts(), session, call, session.get_one(Asking, asking_id)))


@blueprint.post("/busy")
@never_silent
def busy(call: CallHeard) -> Document:
    """A message left while the service could not work: good-bye. Its recording opens the case.

    A key pressed during the prompt leads to the beep once more, without a prompt that a key could cut short.
    """
    if isinstance(call.heard, Key):
        return leave_a_message(parts(), prompt=False)
    try:
        for row in parts().database.work(lambda session: calls.keep_left(parts(), session, call)):
            parts().nudge(row)
    except Exception as error:  # it may still not work: the callbacks that follow say all of it again
        log.warning("a message was left and not kept yet", call=call.call_id, error=str(error))
    links = BusyLinks(_base(), 0, parts().settings.person)
    return parts().carrier.write(prompts.busy_sounds(parts(), thanks=True), Finished(), links)


@blueprint.post("/recorded")
@blueprint.post("/turn/<int:number>/recorded")
def recorded(number: int = 0) -> Response:
    """A recording is complete at the carrier. A failure here is a 500; the sweep finds the recording all the same."""
    call = parts().carrier.read_call(form())
    if call.recording:
        for row in parts().database.work(lambda session: calls.recording_ready(parts(), session, call, number)):
            parts().nudge(row)
    return answer(parts().carrier.write_nothing())


@blueprint.post("/ended")
def ended() -> Response:
    """The call is over."""
    call = parts().carrier.read_call(form())
    if call.ended:
        for row in parts().database.work(lambda session: calls.end_call(parts(), session, call)):
            parts().nudge(row)
    return answer(parts().carrier.write_nothing())


@blueprint.post("/reply/<uuid:reply_id>/status")
def reply_status(reply_id: UUID) -> Response:
    """How a call of ours goes."""
    call = parts().carrier.read_call(form())

    def note(session) -> None:
        if call.ended:
            calls.end_known_call(parts(), session, call)
        delivery_status.note_call(session, session.get_one(SpokenReply, reply_id, with_for_update=True), call.status)

    parts().database.work(note)
    return answer(parts().carrier.write_nothing())


@blueprint.post("/asking/<uuid:asking_id>/status")
def asking_status(asking_id: UUID) -> Response:
    """How a call that asks goes."""
    call = parts().carrier.read_call(form())

    def note(session) -> None:
        if call.ended:
            calls.end_known_call(parts(), session, call)
        follow_up.note_call(session, session.get_one(Asking, asking_id, with_for_update=True), call.status)

    parts().database.work(note)
    return answer(parts().carrier.write_nothing())


def _do(work) -> Document:
    """Do one unit of work that leads to a Reply, nudge what it made, and write the reply down for the carrier."""

    def reply_and_words(session) -> tuple[Reply, Edition, list[Later]]:
        made = work(session)
        due = [*made.later, *calls.receipt(parts(), session, made.conversation)]
        return made, editions.of(parts(), session, made.conversation), due

    reply, edition, due = parts().database.work(reply_and_words)
    for row in due:
        parts().nudge(row)
    waits = isinstance(reply.turn.wait, WaitForTranscript)
    spoken = () if waits and reply.poll else reply.turn.speech
    plays = prompts.sounds(parts(), spoken, reply.conversation.dialect, edition)
    settings = parts().settings
    streams = settings.stream_url.rstrip("/") if settings.live else ""
    links = CallLinks(_base(), reply.number, settings.person, polled=reply.poll, streams=streams)
    return parts().carrier.write(plays, reply.turn.wait, links)


def _base() -> str:
    return parts().settings.base_url.rstrip("/")
