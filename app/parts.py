"""The concrete parts of a running service, chosen in `create_app` and at the worker's start, and handed around."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from app.carriers.port import Answers, Reaches
from app.db import Database
from app.models import Later
from app.settings import Settings
from app.storage import Storage
from ivr.flow import Flow
from ivr.words import Words
from speech_models.recogniser import Recogniser
from speech_models.speaker import Speaker

if TYPE_CHECKING:
    from app.carriers.simulator.practice import Practice
    from app.jobs.queue import Queue
    from app.services.editions import Edition
    from app.services.sorting import Sorter


class Carrier(Answers, Reaches, Protocol):
    """A telephone company, both sides."""


@dataclass
class Parts:
    """What services and jobs work with. Engines are made on first use: a web process never loads a recogniser.

    `recogniser_for` gives the recogniser for callers of a dialect, and raises RecogniserUnavailable.
    `nudge` tells the queue that a row has work now; it never raises, since the sweep finds the row anyway.
    """

    settings: Settings
    database: Database
    storage: Storage
    carrier: Carrier
    flows: dict[str, Flow]
    words: Words
    recogniser_for: Callable[[str], Recogniser]
    make_speaker: Callable[[], Speaker]
    nudge: Callable[[Later], None] = lambda row: None
    queue: "Queue | None" = None
    hung: Callable[[], None] = lambda: None  # told that a job does not come back; a worker then begins again
    practice: "Practice | None" = None  # only where the telephone network is the simulated one
    sorters: "dict[str, Sorter]" = field(default_factory=dict)  # what was learnt and is in use, by its sha256
    editions: "dict[tuple, Edition]" = field(default_factory=dict)  # what was published or is on trial, as read
    data_edition: int = -1  # the one whose data files are in force in this process
    set_aside: dict[str, list[Exception]] = field(default_factory=dict)  # of these, by document, what cannot be used

    @cached_property
    def speaker(self) -> Speaker:
        return self.make_speaker()
