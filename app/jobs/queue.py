"""The queue: huey carries nudges from whoever committed a row to whoever works on it."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from huey import PostgresHuey, RedisHuey, SqliteHuey
from huey.api import Huey

from app.carriers.port import CarrierError
from app.jobs import lease, work
from app.models import Later, Recording
from app.services import conversations, prompts

if TYPE_CHECKING:
    from app.parts import Parts
    from app.settings import Settings

log = structlog.get_logger()

SWEEP_SECONDS = 3  # how often the sweep looks
_MOST_NUDGES = 200  # rows a sweep nudges of each kind
_LONG_QUEUE = 50  # nudges waiting: the workers have enough to do, and a sweep would only repeat them
_URGENT = 10  # texts and calls go before recordings


def make_huey(settings: "Settings") -> Huey:
    """The queue that the settings name: PostgreSQL, Redis, or SQLite in the data folder."""
    url = settings.queue_url
    if url.startswith(("postgres://", "postgresql://")):
        return PostgresHuey("xiangyin", dsn=url, results=False)
    if url.startswith(("redis://", "rediss://")):
        return RedisHuey("xiangyin", url=url, results=False)
    settings.data.mkdir(parents=True, exist_ok=True)
    return SqliteHuey("xiangyin", filename=str(settings.data / "queue.db"), results=False)


class Queue:
    """The tasks, by name the same in every process; `nudge` is what the rest of the service sees."""

    def __init__(self, huey: Huey, parts: "Parts"):
        self.huey = huey
        self.parts = parts
        self._kinds = {model.__tablename__: model for model in work.KINDS}
        self._work = huey.task(name="work")(self._run)
        huey.periodic_task(lambda moment: True, name="sweep", priority=_URGENT)(self.sweep)
        huey.periodic_task(_once_a_minute, name="recover")(self.recover)
        huey.periodic_task(_once_a_minute, name="render")(huey.lock_task("render")(self.render))

    def nudge(self, row: Later) -> None:
        """Say that this row has work. A queue that is down costs a sweep, not the work."""
        try:
            self._enqueue(type(row), row.id)
        except Exception as error:
            log.warning("nudge lost", table=type(row).__tablename__, row=str(row.id), error=str(error))

    def sweep(self) -> None:
        """Nudge every row that is due and not leased: what was lost with a worker, or put off until now."""
        if self.huey.pending_count() > _LONG_QUEUE:
            return
        for model in work.KINDS:
            with self.parts.database.reading() as session:
                waiting = lease.due(session, model, _MOST_NUDGES)
            for row_id in waiting:
                self._enqueue(model, row_id)

    def recover(self) -> None:
        """End calls whose completion was never told; ask the carrier for recordings whose callbacks never came."""
        for receipt in self.parts.database.work(lambda session: conversations.end_forgotten(self.parts, session)):
            self.nudge(receipt)
        try:
            work.recover_lost_recordings(self.parts)
        except CarrierError as error:  # the carrier may be away; the next round asks again
            log.warning("recordings could not be listed", error=str(error))

    def render(self) -> None:
        """Make the sounds of places and matters that have none yet."""
        with self.parts.database.reading() as session:
            texts = prompts.texts_to_render(self.parts, session)
        for text, done in prompts.render_missing(self.parts, texts):
            log.info("rendered", text=text, done=done)

    def _enqueue(self, model: type[Later], row_id: UUID) -> None:
        priority = 0 if model is Recording else _URGENT
        self._work.schedule((model.__tablename__, str(row_id)), delay=0, priority=priority)

    def _run(self, table: str, row_id: str) -> None:
        work.work_on(self.parts, self._kinds[table], UUID(row_id))


def _once_a_minute(moment: datetime) -> bool:
    return moment.second < SWEEP_SECONDS
