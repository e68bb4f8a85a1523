"""The webhooks of a text: one that came in, and the receipt of one that went out."""

from uuid import UUID

import structlog
from flask import Blueprint, Response

from app.models import Message
from app.phone_numbers import masked
from app.services.conversation import texts as incoming
from app.services.outreach import delivery_status
from app.telephone.guard import admit, form, parts

log = structlog.get_logger()

texts = Blueprint("texts", __name__, url_prefix="/texts")
texts.before_request(admit)


@texts.post("")
def text() -> Response:
    """A text came: kept first, answered after. 500 only when it could not be kept, so that the carrier tries again."""
    heard = parts().carrier.read_text(form())
    if heard.message_id and not heard.status:
        kept = parts().database.work(
            lambda session: incoming.receive(session, heard.message_id, heard.sender, heard.body)
        )
        if kept is not None:
            parts().nudge(kept)
            log.info("text received", message=str(kept.id), sender=masked(heard.sender))
    return Response(status=204)


@texts.post("/<uuid:message_id>/receipt")
def receipt(message_id: UUID) -> Response:
    """What became of a text of ours."""
    heard = parts().carrier.read_text(form())

    def note(session) -> None:
        message = session.get(Message, message_id, with_for_update=True)
        if message is not None and heard.status:
            delivery_status.note_receipt(session, message, heard)

    parts().database.work(note)
    return Response(status=204)
