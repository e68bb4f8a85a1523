"""The worker process: takes nudges from the queue and does the work, gently, so that calls are answered first."""

import os

from huey.consumer import Consumer, Scheduler

from app.jobs.queue import SWEEP_SECONDS, Queue

_NICENESS = 10  # recognition saturates the cores; the web process goes before it


class Sweeper(Scheduler):
    """huey's scheduler, looking every few seconds instead of every minute."""

    periodic_task_seconds = SWEEP_SECONDS


class Worker(Consumer):
    """huey's consumer with our scheduler."""

    scheduler_class = Sweeper


def run(queue: Queue, threads: int) -> None:
    """Work until told to stop."""
    os.nice(_NICENESS)
    Worker(queue.huey, workers=threads, initial_delay=0.05, max_delay=0.2, scheduler_interval=1).run()
