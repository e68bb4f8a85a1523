"""The worker process: takes nudges from the queue and does the work, gently, so that calls are answered first."""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable

import structlog
from huey.consumer import Consumer

from app.jobs.queue import Duty, Queue
from app.services.wording.prompts import DEFAULT_DIALECT
from speech_models.audio import TELEPHONE_RATE, silence
from speech_models.catalogue import ModelMissing
from speech_models.language_model import language_model
from speech_models.recogniser import Recogniser, RecogniserUnavailable

_NICENESS = 10  # recognition saturates the cores; the web process goes before it
_REACHING_THREADS = 2
_TELLING_THREADS = 2
_SAID_AGAIN_SECONDS = 60  # how often a consumer says that it cannot read its queue

log = structlog.get_logger()


def run(queue: Queue, threads: int) -> None:
    """Work until told to stop: `threads` recordings at the same time, and texts, calls and webhooks beside them.

    What is done every few seconds or minutes goes by timers of its own, so that it needs no queue. Where a job does not
    come back, the worker begins again.
    """
    os.nice(max(0, _NICENESS - os.nice(0)))
    queue.parts.hung = _begin_again
    for name in ("huey.consumer.Worker", "huey.consumer.Scheduler"):
        logging.getLogger(name).addFilter(_NowAndThen())
    threading.Thread(target=_warm_up, args=(queue.parts.recogniser_for,), daemon=True).start()
    stopped = threading.Event()
    for duty in queue.duties:
        threading.Thread(target=_keep_doing, args=(duty, stopped), name=duty.name, daemon=True).start()
    pace = {"initial_delay": 0.05, "max_delay": 0.2, "scheduler_interval": 60, "periodic": False}
    hearing = Consumer(queue.hearing, workers=threads, **pace)
    hearing.start()
    telling = Consumer(queue.telling, workers=_TELLING_THREADS, **pace)
    telling.start()
    Consumer(queue.reaching, workers=_REACHING_THREADS, **pace).run()
    stopped.set()
    hearing.stop()
    telling.stop()


def _keep_doing(duty: Duty, stopped: threading.Event) -> None:
    while not stopped.wait(duty.seconds):
        try:
            duty.do()
        except Exception:  # the database may be away; the next round goes on
            log.exception("not done", duty=duty.name)


def _begin_again() -> None:
    """The same process from the beginning, since a thread that hangs in an engine cannot be ended otherwise. Whoever
    watches over it sees nothing end; what its other threads were at is done again, as after a power cut."""
    log.error("the worker begins again")
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


class _NowAndThen(logging.Filter):
    """The same sentence once a minute: a consumer that cannot read its queue tries five times a second."""

    def __init__(self):
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.ERROR:
            return True
        if time.monotonic() < self._said.get(record.msg, 0):
            return False
        self._said[record.msg] = time.monotonic() + _SAID_AGAIN_SECONDS
        return True


def _warm_up(recogniser_for: Callable[[str], Recogniser]) -> None:
    """Load the models that most callers need now, so that none of them waits for them."""
    try:
        recogniser_for(DEFAULT_DIALECT).transcribe(silence(1, TELEPHONE_RATE))
    except RecogniserUnavailable as error:
        log.error("nothing can be recognised until a model is installed", error=str(error))
    try:
        language_model()
    except ModelMissing as missing:
        log.warning("transcripts are not corrected by sound", error=str(missing))
