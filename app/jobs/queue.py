"""The queue: huey carries nudges from whoever committed a row to whoever works on it.

It may be lost, so it is not needed: what is done every few seconds or minutes has timers of its own (worker.py), and
where no nudge can be carried the sweep does the work itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from huey import Huey, RedisHuey
from redis import ConnectionPool
from sqlalchemy.exc import SQLAlchemyError

from app.carriers.port import CarrierError
from app.jobs import lease, sweeps, work
from app.jobs.nudges import InFile, InPostgres
from app.models import Delivery, Later, LearningRun, Recording, SortingRun
from app.services.conversation import spoken_names
from app.services.duplicates.detection import Comparer
from app.services.figures import day_table
from app.services.learning import lessons
from app.services.search import indexing
from app.services.sorting import training_runs
from app.services.wording import editions, prompts

if TYPE_CHECKING:
    from app.parts import Parts
    from app.settings import Settings

log = structlog.get_logger()

SWEEP_SECONDS = 3  # how often the sweep looks
_CONNECT_SECONDS = 2  # to a queue on another machine; a webhook waits no longer to nudge
_MOST_NUDGES = 200  # rows a sweep nudges of each kind
_COUNTING_SECONDS = 10  # of a round; what is left is counted in the next
_LONG_QUEUE = 50  # nudges waiting: the workers have enough to do, and a sweep would only repeat them


@dataclass(frozen=True)
class Duty:
    """What a worker does every so many seconds, whether or not there is a queue."""

    do: Callable[[], None]
    seconds: float

    @property
    def name(self) -> str:
        return getattr(self.do, "func", self.do).__name__.strip("_")


def make_huey(settings: "Settings", name: str) -> Huey:
    """The queue of this name where the settings say: PostgreSQL, Redis, or SQLite in the data folder.

    None is opened before it is used.
    """
    url = settings.queue_url
    if url.startswith(("postgres://", "postgresql://")):
        return Huey(name, storage_class=InPostgres, dsn=url, connect_timeout=_CONNECT_SECONDS, results=False)
    if url.startswith(("redis://", "rediss://")):
        pool = ConnectionPool.from_url(url, socket_connect_timeout=_CONNECT_SECONDS)
        return RedisHuey(name, connection_pool=pool, results=False)
    return Huey(name, storage_class=InFile, filename=str(settings.data / "queue.db"), results=False)


class Queue:
    """The tasks, by name the same in every process; `nudge` is what the rest of the service sees.

    Recordings, and learning, go through a queue and threads of their own (`hearing`), so that no text waits behind a
    long one; so does what other systems are told (`telling`), which may be slow to answer.
    """

    def __init__(self, reaching: Huey, hearing: Huey, telling: Huey, parts: "Parts"):
        self.reaching, self.hearing, self.telling = reaching, hearing, telling
        self.parts = parts
        self._comparer = Comparer(parts.database)
        self._kinds = {model.__tablename__: model for model in work.KINDS}
        self._tasks = {huey: huey.task(name="work")(self._run) for huey in (reaching, hearing, telling)}
        often, once_a_minute = (
            (self.compare,),
            (self.recover, self.clocks, self.render, self.find, self.learn, self.count),
        )
        self.duties = (
            *(Duty(partial(self._sweep, huey), SWEEP_SECONDS) for huey in (reaching, hearing, telling)),
            *(Duty(do, SWEEP_SECONDS) for do in often),
            *(Duty(do, 60) for do in once_a_minute),
        )

    def nudge(self, row: Later) -> None:
        """Say that this row has work. A queue that is down costs a sweep, not the work."""
        try:
            self._enqueue(type(row), row.id)
        except Exception as error:
            log.warning("nudge lost", table=type(row).__tablename__, row=str(row.id), error=str(error))

    def sweep(self) -> None:
        """Nudge every row that is due and not leased: what was lost with a worker, or put off until now.

        Where the queue carries no nudge, the work is done here, one row after the other, until it does.
        """
        for huey in self._tasks:
            self._sweep(huey)

    def _sweep(self, huey: Huey) -> None:
        for model in work.KINDS:
            if self._queue(model) is not huey or self._is_long(huey):
                continue
            with self.parts.database.reading() as session:
                waiting = lease.due(session, model, _MOST_NUDGES)
            for row_id in waiting:
                try:
                    self._enqueue(model, row_id)
                except Exception as error:  # each kind of queue has its own
                    log.warning("no queue: the sweep does it", table=model.__tablename__, error=str(error))
                    work.work_on(self.parts, model, row_id)

    def _is_long(self, huey: Huey) -> bool:
        try:
            return huey.pending_count() > _LONG_QUEUE
        except Exception:
            return False  # so there is no queue to have it done

    def recover(self) -> None:
        """Ask the carrier for what its callbacks never told: recordings, whose call it was, whether a call is over."""
        try:
            work.recover_lost_recordings(self.parts)
        except CarrierError as error:  # the carrier may be away; the next round asks again
            log.warning("recordings could not be listed", error=str(error))
        sweeps.find_callers(self.parts)
        sweeps.end_calls(self.parts)

    def compare(self) -> None:
        """Compare new cases with those before them, propose what may be the same, and ring where it bursts."""
        try:
            self._comparer.run()
        except SQLAlchemyError as error:  # the database was away or somebody was first; the next round goes on
            log.warning("cases not compared", error=str(error))

    def count(self) -> None:
        """Count the days that are over or changed since they were counted, for the figures."""
        try:
            day_table.catch_up(self.parts.database, _COUNTING_SECONDS)
        except SQLAlchemyError as error:  # figures count such a day at once; the next round goes on
            log.warning("days not counted", error=str(error))

    def clocks(self) -> None:
        """Remind, urge and raise what is nearly late or late."""
        work.advance_clocks(self.parts)

    def render(self) -> None:
        """Make the sounds of places and matters that have none yet."""
        with self.parts.database.reading() as session:
            editions.refresh(self.parts, session)
            texts = spoken_names.texts_to_render(self.parts, session)
        for text, done in prompts.render_missing(self.parts, texts):
            log.info("rendered", text=text, done=done)

    def find(self) -> None:
        """Have cases be found by what their village is called since, and those that the index lost."""
        try:
            if found := indexing.mend(self.parts.database):
                log.info("cases put into the index of the search", cases=found)
            for name in indexing.refresh_villages(self.parts.database):
                log.info("cases found by the village's new name", village=name)
        except SQLAlchemyError as error:  # they are found by the old one; the next round goes on
            log.warning("the index of the search was not brought up to date", error=str(error))

    def learn(self) -> None:
        """Once a night, where something was corrected or decided since: go through all of it."""
        for run in map(self.parts.database.work, (lessons.tonight, training_runs.tonight)):
            if run is not None:
                self.nudge(run)

    def _queue(self, model: type[Later]) -> Huey:
        if model is Delivery:
            return self.telling
        return self.hearing if model in (Recording, LearningRun, SortingRun) else self.reaching

    def _enqueue(self, model: type[Later], row_id: UUID) -> None:
        self._tasks[self._queue(model)](model.__tablename__, str(row_id))

    def _run(self, table: str, row_id: str) -> None:
        work.work_on(self.parts, self._kinds[table], UUID(row_id))
