"""Callers: finding whoever owns a number, what they speak, and what they allowed."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import phone_numbers
from app.db import now
from app.errors import Refused
from app.models import Caller, Consent, Message, Village
from speech_models.dialects import UNKNOWN, load_dialects

STOPPED = "the caller stopped texts"  # why a text is not sent: nobody has to see to it


def caller_of(session: Session, number: str) -> Caller | None:
    """The caller with this E.164 number, made on first sight. None for a hidden number."""
    if not number:
        return None
    found = session.scalar(select(Caller).where(Caller.number == number))
    if found is None:
        found = Caller(number=number)
        session.add(found)
        session.flush()
    return found


def dialect_of(caller: Caller | None) -> str:
    """What a caller speaks: the caller's own dialect, else the village's, else `mandarin`."""
    if caller is None:
        return UNKNOWN
    return caller.dialect or (caller.village.dialect if caller.village else "") or UNKNOWN


def settle(caller: Caller, *, village: Village | None, dialect: str) -> None:
    """Where a caller lives and what they speak, as a person says. An empty dialect: as the village.

    Raises Refused for a dialect that is not known. Conversations that begin from now on go by it.
    """
    if dialect and dialect != UNKNOWN and dialect not in load_dialects():
        raise Refused(f"没有“{dialect}”这种方言，请从列表里选。")
    caller.village, caller.dialect = village, dialect


def allow_texts(session: Session, caller: Caller, message: Message, *, allowed: bool) -> None:
    """Keep what the caller decided about texts, with the message that proves it."""
    caller.texts_stopped = not allowed
    if not allowed:  # what still waits to be sent is not sent any more
        waiting = update(Message).where(Message.caller_id == caller.id, Message.outgoing, Message.state == "waiting")
        session.execute(
            waiting.values(state="failed", failed=True, due_at=None, leased_by=None, error=STOPPED, seen_at=now())
        )
    session.add(Consent(caller_id=caller.id, texts_allowed=allowed, words=message.body, message_id=message.id))


def can_be_texted(caller: Caller | None) -> bool:
    """Whether an SMS may be sent: a number is known, it is no landline or short code, and texts were not stopped."""
    return caller is not None and not caller.texts_stopped and not phone_numbers.is_landline_or_none(caller.number)


def as_stored(phone: str, region: str) -> str:
    """A number as it is written by hand in the country `region`, as E.164; '' for none. Raises Refused."""
    if not phone.strip():
        return ""
    try:
        return phone_numbers.as_stored(phone, region)
    except phone_numbers.WrongLength as error:
        raise Refused("电话号码的位数不对，请再看看；没有电话就空着。") from error
    except phone_numbers.NotANumber as error:
        raise Refused("电话号码写得不对，请再看看；没有电话就空着。") from error
