"""The whole service as processes, on real speech: a call comes in, the worker is killed, the case is right."""

import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest
import requests
from sqlalchemy import select

from app import schema
from app.carriers.simulator import control_token, try_call
from app.cli.trial import free_port, trial
from app.cli.try_it import SAMPLE
from app.db import Database
from app.models import Case, Conversation, Recording
from app.services.directory import villages
from app.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path) -> Settings:
    """A service of its own on free ports, with the embedded recogniser."""
    return Settings(
        _env_file=None,
        data=tmp_path,
        base_url=f"http://127.0.0.1:{free_port()}",
        simulator_url=f"http://127.0.0.1:{free_port()}",
        speaker="tones",
        recogniser="whisper",
    )


@pytest.mark.engine
def test_a_worker_killed_while_she_speaks_loses_nothing(settings, tmp_path):
    database = Database(settings.database)
    schema.upgrade(database)
    with database.session() as session:
        villages.load_villages(session, villages.EXAMPLE)
    token = control_token(settings.carrier_secret)
    with trial(settings, tmp_path / "service.log") as service:
        call = ""
        for event in try_call(
            settings.simulator_url, token, [SAMPLE.read_bytes()], caller="+8619900000001", hang_up="after_speaking"
        ):
            call = call or event["call"]
            if event["event"] == "record":
                service.kill("worker")
        service.start("worker")
        assert _wait_for_transcript(database, call), (tmp_path / "service.log").read_text()[-3000:]

    with database.reading() as session:
        case = session.scalars(select(Case)).one()
        heard = case.recordings[0].transcript
        assert "清水村" in heard.text
        assert "路灯" in heard.text
        assert case.proposal.category == "路灯照明"
        assert case.proposal.place == "清水村三组"
        assert heard.words[0]["end"] > heard.words[0]["start"] >= 0
    database.close()


def _wait_for_transcript(database: Database, call: str) -> bool:
    for _ in range(600):
        with database.reading() as session:
            recordings = select(Recording).join(Conversation, Recording.conversation_id == Conversation.id)
            row = session.scalar(recordings.where(Conversation.carrier_id == call))
            if row is not None and row.state == "transcribed":
                return True
        Event().wait(0.2)
    return False


def test_the_fallback_answers_by_itself_and_names_sounds_that_exist(tmp_path):
    port = free_port()
    bind = ["-b", f"127.0.0.1:{port}", "-w", "1", "--threads", "4"]
    command = ["-m", "gunicorn", *bind, "app.telephone.fallback:application"]
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        document = _get(f"http://127.0.0.1:{port}/busy")
        assert "<Record" in document.text
        sounds = [part.partition("<")[0] for part in document.text.split("<Play>")[1:]]
        assert sounds
        for sound in sounds:
            assert _get(f"http://127.0.0.1:{port}/{sound}").content[:4] == b"RIFF"
        assert "<Hangup" in requests.post(f"http://127.0.0.1:{port}/thanks", timeout=30).text
        assert requests.get(f"http://127.0.0.1:{port}/../wsgi.py", timeout=30).status_code == 404
    finally:
        process.terminate()
        process.wait()


def _get(address: str) -> requests.Response:
    for _ in range(100):
        try:
            return requests.get(address, timeout=30)
        except requests.ConnectionError:
            Event().wait(0.1)
    raise AssertionError(f"{address} does not answer")
