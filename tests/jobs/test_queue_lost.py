"""The queue may be lost: whatever happens to it, calls and texts are answered and the work is done."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import requests
from huey import Huey
from huey.storage import BaseStorage

from app import schema
from app.carriers.simulator import control_token, try_text
from app.cli.trial import free_port, trial
from app.db import Database
from app.jobs.nudges import KEPT_ASIDE
from app.jobs.queue import Queue, make_huey
from app.services.directory import villages
from app.settings import Settings
from tests.make import speech
from tests.services.conversation.test_calls import LAMP

TEXT = "清水村三组路灯坏了三天"


def garbage(file: Path) -> None:
    """Written over, as it stands on the disk, while whoever has it open goes on."""
    with file.open("r+b" if file.exists() else "wb") as there:
        there.write(os.urandom(max(20_000, file.stat().st_size)))


def truncated(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2 if file.exists() else 0)


def another_database(file: Path) -> None:
    file.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE task (something TEXT)")


def a_folder(file: Path) -> None:
    file.unlink(missing_ok=True)
    file.mkdir()


def gone(file: Path) -> None:
    for one in file.parent.glob("queue.db*"):
        one.unlink()


DAMAGES = [garbage, truncated, another_database, a_folder, gone]


def carried(huey: Huey) -> int:
    """How many of five nudges come through; one or two may be lost with the file."""
    for number in range(5):
        try:
            huey.storage.enqueue(b"%d" % number)
        except sqlite3.Error:
            continue
    taken = 0
    while True:
        try:
            if huey.storage.dequeue() is None:
                return taken
            taken += 1
        except sqlite3.Error:
            continue


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_was_damaged_before_the_start_is_put_aside_and_made_new(tmp_path, damage):
    settings = Settings(_env_file=None, data=tmp_path)
    if damage is truncated:
        assert carried(make_huey(settings, "reaching")) == 5
    damage(tmp_path / "queue.db")
    assert carried(make_huey(settings, "reaching")) >= 4
    assert carried(make_huey(settings, "hearing")) == 5
    assert (tmp_path / "queue.db").is_file()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_is_damaged_while_two_processes_have_it_open_is_made_new_once(tmp_path, damage):
    settings = Settings(_env_file=None, data=tmp_path)
    web, worker = (make_huey(settings, "reaching") for _ in range(2))  # each with a connection of its own
    for huey in (web, worker):
        assert carried(huey) == 5
    damage(tmp_path / "queue.db")
    for huey in (web, worker):
        carried(huey)
    web.storage.enqueue(b"hello")
    assert worker.storage.dequeue() == b"hello"  # both have the same file
    aside = [path for path in tmp_path.glob("queue.db.damaged-*") if not path.name.endswith(("-wal", "-shm"))]
    assert len(aside) == 1 if damage is a_folder else len(aside) <= 1  # what was damaged may be in SQLite's own log


def test_only_the_newest_damaged_files_are_kept(tmp_path):
    huey = make_huey(Settings(_env_file=None, data=tmp_path), "reaching")
    for _ in range(KEPT_ASIDE + 3):
        huey.storage.close()
        garbage(tmp_path / "queue.db")
        carried(huey)
    left = [path for path in tmp_path.glob("queue.db.damaged-*") if not path.name.endswith(("-wal", "-shm"))]
    assert len(left) == KEPT_ASIDE


def test_a_file_that_somebody_has_locked_is_no_damaged_one(tmp_path):
    huey = make_huey(Settings(_env_file=None, data=tmp_path), "reaching")
    assert carried(huey) == 5
    with closing(sqlite3.connect(tmp_path / "queue.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            huey.storage.enqueue(b"1")
        other.execute("ROLLBACK")
    assert list(tmp_path.glob("*damaged*")) == []
    assert carried(huey) == 5


def test_nothing_is_opened_before_it_is_used(tmp_path):
    for url in ("", f"postgresql://127.0.0.1:{free_port()}/none", f"redis://127.0.0.1:{free_port()}/0"):
        make_huey(Settings(_env_file=None, data=tmp_path, queue_url=url), "reaching")
    assert list(tmp_path.iterdir()) == []


class Away(BaseStorage):
    """A store that is not to be had."""

    def enqueue(self, data, priority=None):
        raise OSError("the queue is away")

    def queue_size(self):
        raise OSError("the queue is away")


def test_with_no_queue_at_all_the_sweep_does_the_work(town, later):
    parts = town.parts
    queue = Queue(*(Huey(name, storage_class=Away) for name in ("reaching", "hearing", "telling")), parts)
    parts.nudge = queue.nudge
    town.call(speech(), hang_up="after_speaking", heard=LAMP)
    assert town.cases()[0].recordings[0].state == "announced"
    town.text("石桥村停水了", "+8619900001235")
    later(5)
    queue.sweep()
    later(5)
    queue.sweep()  # what the first one brought

    spoken, texted = sorted(town.cases(), key=lambda case: case.channel, reverse=True)
    assert spoken.recordings[0].transcript.text == LAMP
    assert spoken.recordings[0].deleted_at_carrier
    assert texted.messages
    assert town.phone("+8619900001235")


def test_every_duty_of_the_worker_runs_without_the_queue(town):
    parts = town.parts
    queue = Queue(*(Huey(name, storage_class=Away) for name in ("reaching", "hearing", "telling")), parts)
    assert sorted({duty.name for duty in queue.duties}) == [
        "clocks", "compare", "count", "find", "learn", "recover", "render", "sweep",
    ]  # fmt: skip
    for duty in queue.duties:
        duty.do()


# ------------------------------------------------------------------------------------------ as processes


@pytest.fixture
def settings(tmp_path) -> Settings:
    """A service of its own on free ports, its database ready."""
    made = Settings(
        _env_file=None,
        data=tmp_path / "data",
        base_url=f"http://127.0.0.1:{free_port()}",
        simulator_url=f"http://127.0.0.1:{free_port()}",
        speaker="tones",
        recogniser="scripted",
    )
    database = Database(made.database)
    schema.upgrade(database)
    with database.session() as session:
        villages.load_villages(session, villages.EXAMPLE)
    database.close()
    return made


def is_answered(settings: Settings, caller: str) -> bool:
    token = control_token(settings.carrier_secret)
    events = try_text(settings.simulator_url, token, TEXT, caller=caller, wait_s=60)
    return any(event["event"] == "text" for event in events)


def test_a_service_whose_queue_is_damaged_before_and_while_it_runs_answers_all_texts(settings, tmp_path):
    file = settings.data / "queue.db"
    garbage(file)
    log = tmp_path / "service.log"
    with trial(settings, log) as service:
        for number, damage in enumerate((None, garbage, truncated, a_folder)):
            if damage is not None:
                damage(file)
            assert is_answered(settings, f"+861990000111{number}"), (damage, log.read_text()[-3000:])
            assert requests.get(settings.base_url + "/", timeout=30).ok
        assert all(process.poll() is None for process in service.processes.values())
    aside = [path for path in file.parent.glob("queue.db.damaged-*") if not path.name.endswith(("-wal", "-shm"))]
    assert len(aside) in (2, 3)
    for one in aside:
        shutil.rmtree(one, ignore_errors=True)


def test_a_service_whose_queue_is_on_a_machine_that_is_away_answers_texts(settings, tmp_path):
    settings.queue_url = f"redis://127.0.0.1:{free_port()}/0"
    with trial(settings, tmp_path / "service.log"):
        assert is_answered(settings, "+8619900001118"), (tmp_path / "service.log").read_text()[-3000:]
    assert (tmp_path / "service.log").read_text().count("Error reading from queue") <= 3
