"""A whole service on this machine, for as long as it is needed: database, web, worker and simulated phone network.

Benches and the tests that kill processes start one on a temporary folder; `flask try` starts one on the configured
data when none is running.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import requests

from app.settings import Settings

_ROOT = Path(__file__).parents[1]
_START_SECONDS = 60
_END_SECONDS = 30
_FALLBACK = ("-w", "1", "--threads", "4", "app.telephone.fallback:application")


class DidNotStart(Exception):
    """A process of the service ended, or did not answer; the message says which."""


class Trial:
    """Processes of one service. `settings` are those it runs with."""

    def __init__(self, settings: Settings, log: Path):
        self.settings = settings
        self.log = log.open("ab")
        self.processes: dict[str, subprocess.Popen] = {}

    def start(self, name: str) -> None:
        """Start web, worker, stream, fallback or phones."""
        bind = self.settings.base_url.partition("://")[2]
        fallback = urlsplit(self.settings.fallback_url).netloc
        commands = {
            "web": [sys.executable, "-m", "gunicorn", "-b", bind, "wsgi:app"],
            "worker": [sys.executable, "-m", "flask", "--app", "wsgi", "worker"],
            "stream": [sys.executable, "-m", "flask", "--app", "wsgi", "stream"],
            "fallback": [sys.executable, "-m", "gunicorn", "-b", fallback, *_FALLBACK],
            "phones": [sys.executable, "-m", "flask", "--app", "wsgi", "phones"],
        }
        self.processes[name] = subprocess.Popen(
            commands[name], cwd=_ROOT, env=environment(self.settings), stdout=self.log, stderr=self.log
        )

    def kill(self, name: str) -> None:
        """End a process at once, as a power cut would."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def end(self, name: str) -> int:
        """Have a process come to its end as it should, and wait for it; returns its exit status."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(timeout=_END_SECONDS)

    def wait_until_up(self) -> None:
        """Until web, phones, stream and fallback answer, those that were started. Raises DidNotStart."""
        addresses = {
            "web": self.settings.base_url + "/",
            "phones": self.settings.simulator_url + "/",
            "stream": f"http://127.0.0.1:{self.settings.stream_port}/",
            "fallback": self.settings.fallback_url,
        }
        addresses = {name: address for name, address in addresses.items() if name in self.processes}
        deadline = time.monotonic() + _START_SECONDS
        for name, address in addresses.items():
            while not _answers(address):
                ended = [n for n, process in self.processes.items() if process.poll() is not None]
                if ended or time.monotonic() > deadline:
                    raise DidNotStart(f"{', '.join(ended) or name} did not start; see {self.log.name}.")
                time.sleep(0.1)

    def stop(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.log.close()


@contextmanager
def trial(settings: Settings, log: Path) -> Iterator[Trial]:
    """A running service, stopped at the end; with its fallback where the settings name an address for it."""
    running = Trial(settings, log)
    try:
        fallback = ["fallback"] if "fallback_url" in settings.model_fields_set else []
        for name in ("web", "worker", "phones", *fallback, *(["stream"] if settings.live else [])):
            running.start(name)
        running.wait_until_up()
        yield running
    finally:
        running.stop()


def is_running(settings: Settings) -> bool:
    """Whether the service and its phone network answer at the configured addresses."""
    return _answers(settings.base_url + "/") and _answers(settings.simulator_url + "/")


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=2).status_code < 500
    except requests.RequestException:
        return False


def environment(settings: Settings) -> dict[str, str]:
    """The settings as environment variables, for processes of their own."""
    given = {f"XIANGYIN_{name.upper()}": str(value) for name, value in settings.model_dump().items()}
    return {**os.environ, **given, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
