"""What the console's tests put into the database: plain functions that add one row each and give it back."""

from datetime import timedelta
from itertools import count

import numpy as np

from app.db import now
from app.models import Caller, CallBackTask, Case, Message, Recording, Transcript, Village
from app.models.conversation import Conversation
from app.services import cases
from speech_models.audio import TELEPHONE_RATE, Audio, write_wav

_serial = count(1)


def village(session, name="清水村", groups=6):
    return _added(session, Village(name=name, groups=groups))


def caller(session, number=None, **fields):
    return _added(session, Caller(number=number or f"+861990000{next(_serial):04}", **fields))


def case(session, *, number=None, by=None, minutes_ago=0, channel="voice", **fields):
    """A case with the first event of its ledger. `by` is its caller; None: number hidden."""
    fields["received_at"] = now() - timedelta(minutes=minutes_ago)
    made = _added(
        session, Case(number=number or f"{1000 + next(_serial)}", channel=channel, caller=by, **fields)
    )
    cases.record(session, made, "received", by="caller", channel=channel)
    return made


def recording(session, case, storage=None, *, words=(), seconds=None, **fields):
    """A recording of `case`; with `words` (text, start, end, confidence) it is transcribed, its sound a tone."""
    talk = _added(session, Conversation(channel="voice", carrier_id=f"CA{next(_serial)}", caller_id=case.caller_id))
    seconds = seconds or (words[-1][2] + 0.3 if words else 2.0)
    made = Recording(
        carrier_id=f"RE{next(_serial)}", conversation_id=talk.id, seconds=seconds, **{"state": "stored"} | fields
    )
    case.recordings.append(made)
    session.flush()
    if storage:
        made.key = f"recordings/{made.id}.wav"
        storage.put(made.key, tone(seconds))
    if words:
        transcript(session, made, words)
    return made


def transcript(session, recording, words):
    """What a recogniser heard."""
    recording.state = "transcribed"
    made = Transcript(
        engine="scripted",
        text="".join(word[0] for word in words),
        confidence=0.8,
        words=[dict(zip(("text", "start", "end", "confidence"), word, strict=True)) for word in words],
    )
    recording.transcripts.append(made)
    cases.record(session, recording.case, "transcribed", by="hotline", engine="scripted", text=made.text)
    return made


def spread(text, *, seconds=0.4, unsure=()):
    """Words of one or two characters each, one after the other, `seconds` long; those in `unsure` doubtful."""
    words = text.split()
    return [(w, i * seconds, (i + 1) * seconds, 0.3 if w in unsure else 0.9) for i, w in enumerate(words)]


def message(session, case, body, *, outgoing=True, **fields):
    return _added(
        session, Message(outgoing=outgoing, case=case, caller=case.caller, body=body, **{"state": "sent"} | fields)
    )


def task(session, case, *, reason="asked_for_person", urgent=False, minutes_ago=5):
    return _added(
        session,
        CallBackTask(
            case=case, caller=case.caller, reason=reason, urgent=urgent, at=now() - timedelta(minutes=minutes_ago)
        ),
    )


def tone(seconds, hertz=300.0):
    """A WAV file of a quiet tone."""
    t = np.arange(round(seconds * TELEPHONE_RATE)) / TELEPHONE_RATE
    return write_wav(Audio((0.1 * np.sin(2 * np.pi * hertz * t)).astype(np.float32), TELEPHONE_RATE))


def _added(session, row):
    session.add(row)
    session.flush()
    return row
