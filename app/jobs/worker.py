"""The worker process: takes nudges from the queue and does the work, gently, so that calls are answered first."""

import os
import threading
from collections.abc import Callable

import structlog
from huey.consumer import Consumer, Scheduler

from app.jobs.queue import SWEEP_SECONDS, Queue
from app.services.wording.prompts import DEFAULT_DIALECT
from speech_models.audio import TELEPHONE_RATE, silence
from speech_models.catalogue import ModelMissing
from speech_models.language_model import language_model
from speech_models.recogniser import Recogniser, RecogniserUnavailable

_NICENESS = 10  # recognition saturates the cores; the web process goes before it
_REACHING_THREADS = 2
_TELLING_THREADS = 2

log = structlog.get_logger()


class Sweeper(Scheduler):
    """huey's scheduler, looking every few seconds instead of every minute."""

    periodic_task_seconds = SWEEP_SECONDS


class Worker(Consumer):
    """huey's consumer with our scheduler."""

    scheduler_class = Sweeper


def run(queue: Queue, threads: int) -> None:
    """Work until told to stop: `threads` recordings at the same time, and texts, calls and webhooks beside them."""
    os.nice(_NICENESS)
    threading.Thread(target=_warm_up, args=(queue.parts.recogniser_for,), daemon=True).start()
    pace = {"initial_delay": 0.05, "max_delay": 0.2, "scheduler_interval": 1}
    hearing = Worker(queue.hearing, workers=threads, **pace)
    hearing.start()
    telling = Worker(queue.telling, workers=_TELLING_THREADS, **pace)
    telling.start()
    Worker(queue.reaching, workers=_REACHING_THREADS, **pace).run()
    hearing.stop()
    telling.stop()


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
