"""Later work: leases, the sweep, and a worker that is killed in the middle."""

import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.cli.trial import environment
from app.jobs import lease, work
from app.models import Caller, Message, Recording
from speech_models.recogniser import RecogniserUnavailable
from speech_models.scripted import as_transcript
from tests.make import speech
from tests.services.conversation.test_calls import LAMP

ROOT = Path(__file__).parents[2]


def spoken(town) -> Recording:
    """A call whose recording waits for a worker."""
    nudge, town.parts.nudge = town.parts.nudge, lambda row: None
    town.call(speech(), hang_up="after_speaking")
    town.parts.nudge = nudge
    return town.rows(Recording)[0]


def test_a_row_is_taken_by_one_worker_only(town):
    row = spoken(town)
    with (
        lease.leased(town.parts.database, Recording, row.id) as first,
        lease.leased(town.parts.database, Recording, row.id) as second,
    ):
        assert first is not None
        assert second is None


def test_a_killed_workers_row_is_done_by_the_next_sweep_after_its_lease(town, later):
    row = spoken(town)
    with town.parts.database.session() as session:  # a worker took it and was killed
        taken = session.get_one(Recording, row.id)
        taken.leased_until, taken.leased_by = lease.now() + lease.LEASE, uuid4()
    town.recogniser.texts = [LAMP]
    town.queue.sweep()
    assert town.rows(Recording)[0].state == "announced"

    later(lease.LEASE.total_seconds() + 1)
    town.queue.sweep()
    assert town.rows(Recording)[0].state == "transcribed"


def test_a_worker_whose_lease_was_taken_over_changes_nothing(town):
    row = spoken(town)
    with lease.leased(town.parts.database, Recording, row.id) as token:
        with town.parts.database.session() as session:
            session.get_one(Recording, row.id).leased_by = uuid4()
        with pytest.raises(lease.Lost), lease.outcome(town.parts.database, Recording, row.id, token) as (_, mine):
            mine.error = "late"
    assert town.rows(Recording)[0].error == ""


def test_a_job_run_twice_makes_one_transcript(town):
    row = spoken(town)
    town.recogniser.texts = [LAMP, LAMP]
    work.work_on(town.parts, Recording, row.id)
    work.work_on(town.parts, Recording, row.id)
    work.work_on(town.parts, Recording, row.id)

    assert len(town.rows(Recording)[0].transcripts) == 1


def test_a_queue_that_is_down_loses_no_work(town, later):
    def down(*args, **kwargs):
        raise OSError("the queue is away")

    working, town.queue._enqueue = town.queue._enqueue, down
    town.call(speech(), hang_up="after_speaking", heard=LAMP)
    town.queue._enqueue = working
    later(5)
    town.queue.sweep()

    assert town.cases()[0].recordings[0].transcript.text == LAMP


def test_the_dialect_of_the_caller_decides_which_engine_listens(town):
    asked = []
    town.parts.recogniser_for = lambda dialect: asked.append(dialect) or town.recogniser
    town.call(speech(), hang_up="after_speaking", heard=LAMP)
    with town.parts.database.session() as session:
        session.scalars(select(Caller)).one().dialect = "sichuan"
    town.call(speech(seed=2), hang_up="after_speaking", heard=LAMP)
    assert asked == ["mandarin", "sichuan"]


def test_an_engine_that_is_missing_is_written_on_the_row_and_tried_again(town, later):
    class Missing:
        name = "missing"

        def transcribe(self, audio, hints=()):
            raise RecogniserUnavailable("The model is not installed.")

    town.parts.recogniser_for = lambda dialect: Missing()
    town.call(speech(), hang_up="after_speaking")
    row = town.rows(Recording)[0]
    assert row.error == "The model is not installed."
    assert row.key

    town.parts.recogniser_for = lambda dialect: town.recogniser
    town.recogniser.texts = [LAMP]
    later(3600)
    town.queue.sweep()
    assert town.rows(Recording)[0].state == "transcribed"


def test_what_fails_for_good_is_shown_to_a_person(town, later):
    row = spoken(town)
    with town.parts.database.session() as session:
        session.get_one(Recording, row.id).attempts = lease.MOST_ATTEMPTS
    town.network.change_faults(rest_status=500)
    town.queue.sweep()

    row = town.rows(Recording)[0]
    assert row.failed
    (case,) = town.cases()
    assert case.unclear
    assert "failed" in [event.kind for event in case.events]


def test_rows_are_due_in_the_order_they_became_so(town):
    for body in ("石桥村停水了", "清水村路烂了"):
        nudge, town.parts.nudge = town.parts.nudge, lambda row: None
        town.text(body)
        town.parts.nudge = nudge
    with town.parts.database.reading() as session:
        waiting = lease.due(session, Message, 10)
        bodies = [session.scalar(select(Message.body).where(Message.id == row)) for row in waiting]
    assert bodies == ["石桥村停水了", "清水村路烂了"]


# ------------------------------------------------------------------------- what hangs, and a clock that goes back


class Hangs:
    """A recogniser that comes back when it is let."""

    name = "hangs"

    def __init__(self):
        self.let, self.asked = threading.Event(), threading.Event()

    def transcribe(self, audio, hints=()):
        self.asked.set()
        self.let.wait(60)
        return as_transcript("这是过时的话", audio.seconds)


@contextmanager
def hanging(town, row, monkeypatch):
    """The row's job, at a recogniser that hangs, longer than the job may take."""
    usual = lease.LIMITS[Recording]
    monkeypatch.setitem(lease.LIMITS, Recording, lease.Limits(timedelta(seconds=0.3), timedelta(hours=2)))
    hangs, told = Hangs(), threading.Event()
    town.parts.recogniser_for, town.parts.hung = (lambda dialect: hangs), told.set
    job = threading.Thread(target=work.work_on, args=(town.parts, Recording, row.id))
    job.start()
    try:
        assert hangs.asked.wait(30)
        assert told.wait(30)  # the worker hears of it
        monkeypatch.setitem(lease.LIMITS, Recording, usual)  # a busy machine needs longer for the next try
        yield
    finally:
        hangs.let.set()
        job.join()


def test_a_job_that_does_not_come_back_loses_its_row_and_what_it_brings_late_is_not_taken(town, later, monkeypatch):
    row = spoken(town)
    with hanging(town, row, monkeypatch):
        waiting = town.rows(Recording)[0]
        assert (waiting.leased_by, waiting.error, waiting.failed) == (None, str(work.Hung()), False)
        assert waiting.due_at > lease.now()
        town.parts.recogniser_for = lambda dialect: town.recogniser
        town.recogniser.texts = [LAMP]
        later(5)
        town.queue.sweep()
        assert town.rows(Recording)[0].transcripts[0].text == LAMP
    assert [t.text for t in town.rows(Recording)[0].transcripts] == [LAMP]
    assert town.rows(Recording)[0].error == ""


def test_a_recording_that_hangs_twice_running_is_left_to_a_person(town, later, monkeypatch):
    row = spoken(town)
    with hanging(town, row, monkeypatch):
        pass
    later(60)
    with hanging(town, row, monkeypatch):
        pass
    assert town.rows(Recording)[0].failed
    assert town.cases()[0].unclear


def test_a_long_recording_may_take_longer():
    limits = lease.LIMITS[Recording]
    assert limits.work + timedelta(seconds=600 * limits.each_second) >= timedelta(minutes=30)
    assert set(lease.LIMITS) == set(work.KINDS)


@pytest.mark.parametrize("what", ["due", "leased"])
def test_what_was_written_before_the_clock_went_back_a_day_is_done_now(town, what):
    row = spoken(town)
    a_day_on = lease.now() + timedelta(days=1)
    with town.parts.database.session() as session:
        taken = session.get_one(Recording, row.id)
        if what == "due":
            taken.due_at = a_day_on
        else:
            taken.leased_until, taken.leased_by = a_day_on, uuid4()
    town.recogniser.texts = [LAMP]
    town.queue.sweep()
    assert town.rows(Recording)[0].state == "transcribed"


def test_a_worker_all_of_whose_threads_hang_begins_again_and_goes_on(town, tmp_path):
    nudge, town.parts.nudge = town.parts.nudge, lambda row: None
    for seed in range(1, 5):
        town.call(speech(seed=seed), hang_up="after_speaking", caller=f"+861990000200{seed}")
    town.parts.nudge = nudge
    left = tmp_path / "left"
    left.write_text("3")
    command = [sys.executable, "-m", "tests.jobs.hanging_worker", str(left)]
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(town.parts.settings), stderr=log)
        try:
            for _ in range(2000):
                if all(row.state == "transcribed" for row in town.rows(Recording)):
                    break
                threading.Event().wait(0.1)
            assert [row.state for row in town.rows(Recording)] == ["transcribed"] * 4, log.name
            assert process.poll() is None  # the same process all the time
        finally:
            process.terminate()
            process.wait()
    assert left.read_text() == "0"
    assert b"the worker begins again" in (tmp_path / "worker.log").read_bytes()
