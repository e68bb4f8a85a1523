"""`web` is stopped and started while people call: whoever is on the line can speak, and every matter is there."""

import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from app import schema
from app.carriers.simulator import Plan, create_network
from app.cli.trial import Trial, free_port
from app.cli.try_it import hotline
from app.models import Case
from app.service import make_parts
from app.settings import Settings
from app.telephone import fallback
from tests.make import memory_queue, served, speech
from tests.services.conversation.test_calls import ring

ROOT = Path(__file__).parents[2]
CALLS, MOMENTS = 8, 6  # before she has spoken a call waits six times: three sounds, a key, the beep, her words


class Gates:
    """Holds each call at a moment of its own until its gate is opened, so that a stop finds every one elsewhere."""

    def __init__(self):
        self.held, self.open = threading.Semaphore(0), [threading.Event() for _ in range(CALLS)]
        self._mine, self._lock, self._next = threading.local(), threading.Lock(), 0

    def sleep(self, seconds: float) -> None:
        mine = self._mine
        if not hasattr(mine, "number"):
            with self._lock:
                mine.number, mine.slept, self._next = self._next, 0, self._next + 1
        mine.slept += 1
        if mine.number < CALLS and mine.slept == 1 + mine.number % MOMENTS:
            self.held.release()
            self.open[mine.number].wait(60)


@pytest.fixture
def settings(tmp_path) -> Settings:
    base_url = f"http://127.0.0.1:{free_port()}"
    return Settings(_env_file=None, data=tmp_path / "data", base_url=base_url, recogniser="scripted", speaker="tones")


@pytest.fixture
def web(settings, tmp_path):
    """`web` alone, as a process, on a database with this version's tables."""
    parts = make_parts(settings)
    schema.upgrade(parts.database)
    parts.database.close()
    running = Trial(settings, tmp_path / "web.log")
    running.start("web")
    running.wait_until_up()
    yield running
    running.stop()


def test_calls_go_on_while_web_is_stopped_and_started_again(settings, web):
    gates, numbers = Gates(), [f"+8619900002{n:03}" for n in range(CALLS)]
    with served(fallback.application) as stand_in:
        settings.fallback_url = f"{stand_in}/busy"
        how = {"pace": 1.0, "sleep": gates.sleep}
        app = create_network(settings.account_sid, settings.carrier_secret, hotline(settings), **how)
        with served(app) as network_url:
            settings.simulator_url = network_url
            network = app.extensions["network"]
            plan = Plan((speech(),), (), "after_speaking")
            calls = [network.place_call(number, plan, network_url) for number in numbers]
            for _ in calls:
                assert gates.held.acquire(timeout=60)
            assert web.end("web") == 0
            for gate in gates.open[: CALLS // 2]:  # these find nobody there
                gate.set()
            _wait_for(lambda: sum(call.ended is not None for call in calls) >= CALLS // 2)
            web.start("web")
            web.wait_until_up()
            for gate in gates.open:
                gate.set()
            for number, call in zip(numbers, calls, strict=True):
                happened = [event["event"] for event in call.log.follow()]
                assert "record" in happened, (number, happened)
            assert _callers_of_cases(settings) == set(numbers)


def _callers_of_cases(settings) -> set[str]:
    """Whose cases there are when the worker has looked for what no webhook told."""
    parts = make_parts(settings)
    memory_queue(parts).recover()
    with parts.database.reading() as session:
        callers = {case.caller.number for case in session.scalars(select(Case))}
    parts.database.close()
    return callers


def test_a_request_in_hand_is_answered_before_web_stops(settings, web):
    url, fields = settings.base_url + "/calls", ring("CAhand")
    signature = RequestValidator(settings.carrier_secret).compute_signature(url, fields)
    body = urlencode(fields).encode()
    head = (
        f"POST /calls HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nX-Twilio-Signature: {signature}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with (
        closing(sqlite3.connect(settings.data / "xiangyin.db", isolation_level=None)) as database,
        socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=30) as line,
    ):
        database.execute("BEGIN IMMEDIATE")  # nobody else can write
        line.sendall(head.encode())
        assert line.recv(1024).startswith(b"HTTP/1.1 100")  # it is in hand
        line.sendall(body)
        process = web.processes["web"]
        process.send_signal(signal.SIGTERM)
        _wait_for(lambda: "Handling signal: term" in Path(web.log.name).read_text())
        assert process.poll() is None
        database.execute("ROLLBACK")
        answer = b"".join(iter(lambda: line.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"<Record" in answer
    assert b"busy" not in answer
    assert process.wait(30) == 0


def test_the_fallback_is_stopped_only_when_web_has_finished_what_it_had_in_hand(tmp_path):
    busy = tmp_path / "busy.py"
    busy.write_text(
        "import pathlib, signal, sys, threading\n"
        "told, go = threading.Event(), pathlib.Path(sys.argv[1])\n"
        "signal.signal(signal.SIGTERM, lambda *_: told.set())\n"
        "print('ready', flush=True)\n"
        "while not told.wait(0.05): pass\n"
        "while not go.exists(): threading.Event().wait(0.05)\n"
    )
    go, now = tmp_path / "go", tmp_path / "now"
    now.touch()
    run = f"exec {sys.executable} {busy}"
    (tmp_path / "Procfile").write_text(f"web: {run} {go}\nworker: {run} {now}\nfallback: {run} {now}\n")
    code = (
        "import sys, pathlib, honcho.manager; from app import processes\n"
        "honcho.manager.KILL_WAIT = 0\n"  # honcho's own patience is over at once
        "processes._ROOT = pathlib.Path(sys.argv[1])\n"
        "if __name__ == '__main__': sys.exit(processes.main(['web', 'worker', 'fallback']))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        said: list[str] = []

        def until(*wanted: str) -> None:
            while not all(any(what in line for line in said) for what in wanted):
                line = running.stdout.readline()
                assert line, said
                said.append(line)

        until("web started", "worker started", "fallback started")
        while sum("ready" in line for line in said) < 3:
            said.append(running.stdout.readline())
        running.send_signal(signal.SIGTERM)
        until("worker stopped")
        assert not any("stopping fallback" in line or "web stopped" in line for line in said)
        go.touch()
        until("web stopped", "stopping fallback", "fallback stopped")
    order = [next(n for n, line in enumerate(said) if what in line) for what in ("web stopped", "stopping fallback")]
    assert order == sorted(order)
    assert "web stopped (rc=0)" in said[order[0]]
    assert running.returncode == 143


def _wait_for(true) -> None:
    for _ in range(1200):
        if true():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it did not come to that")
