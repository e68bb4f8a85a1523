"""What the console's tests put into the database: plain functions that add one row each and give it back."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from flask import Flask
from sqlalchemy import select

from app.db import Base, Database, now
from app.models import (
    CallBackTask,
    Caller,
    Case,
    Conversation,
    Counter,
    Later,
    Message,
    Operator,
    Proposal,
    Recording,
    Transcript,
    Village,
)
from app.parts import Parts
from app.service import create_app
from app.services import ledger
from app.services.directory import operators
from app.services.directory.roles import ADMIN
from app.services.editing.catalogue import kinds
from app.settings import Settings
from app.storage import Folder, Storage
from speech_models.audio import TELEPHONE_RATE, Audio, write_wav
from speech_models.speaker import CannotSpeak

LOGIN, PASSWORD, NAME = "zhang", "drum-river-42", "小张"
_serial = count(1)


class Voice:
    """A speaker that hums as long as the text is; `broken` makes it refuse."""

    name = "hum"
    broken = False

    def say(self, text: str, speed: float = 1.0) -> Audio:
        if self.broken:
            raise CannotSpeak("The voice is out of order.")
        return Audio(hum(0.1 * len(text)), TELEPHONE_RATE)


@dataclass
class Desk:
    """A service with one operator and an empty list, and what it asked the queue to do."""

    app: Flask
    parts: Parts
    voice: Voice
    nudged: list[Later] = field(default_factory=list)

    def session(self):
        return self.parts.database.session()

    @property
    def storage(self) -> Storage:
        return self.parts.storage


def desk(folder: Path) -> Desk:
    """A service on a temporary database, its speech engines and telephone company left out."""
    settings = Settings(_env_file=None, data=folder, secret_key="for tests only")
    (folder / "xiangyin.db").write_bytes(_first_database())
    database, voice, nudged = Database(settings.database), Voice(), []
    parts = Parts(
        settings=settings,
        database=database,
        storage=Folder(folder / "sounds"),
        carrier=None,
        documents=kinds(),
        flows={},
        words=None,
        recogniser_for=lambda dialect: None,
        make_speaker=lambda: voice,
        nudge=nudged.append,
    )
    return Desk(create_app(settings, parts), parts, voice, nudged)


@cache
def _first_database() -> bytes:
    """A database file with its tables and one operator; made once, since every test starts from it."""
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/first.db")
        Base.metadata.create_all(database.engine)
        with database.session() as session:
            session.add(Counter(name="case", value=1000))
            operators.add_operator(session, LOGIN, NAME, PASSWORD, role=ADMIN)
        database.close()
        return (Path(folder) / "first.db").read_bytes()


def login_cookie(desk: Desk, login: str = LOGIN) -> str:
    """The session cookie of an operator after a login."""
    with desk.parts.database.reading() as session:
        operator = session.scalar(select(Operator).where(Operator.login == login))
    signer = desk.app.session_interface.get_signing_serializer(desk.app)
    return signer.dumps({"_user_id": str(operator.id), "_fresh": True})


def person(session, role, login=None, **fields):
    """Somebody with this role, who logs in with PASSWORD."""
    made = operators.add_operator(session, login or role, f"{role}某", PASSWORD, role=role)
    for name, value in fields.items():
        setattr(made, name, value)
    session.flush()
    return made


def village(session, name="清水村", groups=6):
    return _added(session, Village(name=name, groups=groups))


def caller(session, number=None, **fields):
    return _added(session, Caller(number=number or f"+861990000{next(_serial):04}", **fields))


def case(session, *, number=None, by=None, minutes_ago=0, channel="voice", **fields):
    """A case with the first event of its ledger. `by` is its caller; None: number hidden."""
    fields["proposal"] = Proposal.from_json(fields.get("proposal"))
    fields["received_at"] = now() - timedelta(minutes=minutes_ago)
    made = _added(session, Case(number=number or f"{1000 + next(_serial)}", channel=channel, caller=by, **fields))
    ledger.record(session, made, "received", by="caller", channel=channel)
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
    ledger.record(session, recording.case, "transcribed", by="hotline", engine="scripted", text=made.text)
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


def tone(seconds):
    """A WAV file of a quiet tone."""
    return write_wav(Audio(hum(seconds), TELEPHONE_RATE))


def hum(seconds):
    """Samples of a quiet tone of 300 Hz, 8 kHz."""
    times = np.arange(round(seconds * TELEPHONE_RATE)) / TELEPHONE_RATE
    return (0.1 * np.sin(2 * np.pi * 300 * times)).astype(np.float32)


def _added(session, row):
    session.add(row)
    session.flush()
    return row
