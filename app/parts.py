"""The concrete parts of a running service, chosen in `create_app` and at the worker's start, and handed around."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from app.carriers.port import Answers, Reaches
from app.db import Database
from app.in_force import InForce
from app.models import Later
from app.services.wording.document_kinds import Kind
from app.settings import Settings
from app.storage import Storage
from ivr.flow import Flow
from ivr.words import Words
from speech_models.recogniser import Recogniser
from speech_models.speaker import Speaker


class Carrier(Answers, Reaches, Protocol):
    """A telephone company, both sides."""


@dataclass
class Parts:
    """What services and jobs work with. Engines are made on first use: a web process never loads a recogniser.

    `documents` are the files that staff may edit, by their names. `recogniser_for` returns the recogniser for callers
    of a dialect, and raises RecogniserUnavailable. `nudge` tells the queue that a row has work now; it never raises,
    since the sweep finds the row anyway.
    """

    settings: Settings
    database: Database
    storage: Storage
    carrier: Carrier
    documents: Mapping[str, Kind]
    flows: dict[str, Flow]
    words: Words
    recogniser_for: Callable[[str], Recogniser]
    make_speaker: Callable[[], Speaker]
    nudge: Callable[[Later], None] = lambda row: None
    hung: Callable[[], None] = lambda: None  # told that a job does not come back; a worker then begins again
    in_force: InForce = field(default_factory=InForce)

    @cached_property
    def speaker(self) -> Speaker:
        return self.make_speaker()
