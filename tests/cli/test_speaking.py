"""Names spoken beforehand: how far it is and how long it takes, in a log and in a terminal."""

import os
import pty
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.cli.speaking import WHAT, speak_names
from app.service import create_app
from app.services.conversation import spoken_names
from app.services.directory import villages
from app.services.wording import prompts
from app.settings import Settings
from speech_models.speaker import CannotSpeak
from speech_models.tones import Tones

ROOT = Path(__file__).parents[2]
LINE = re.compile(rf"{WHAT}: (\d+) of (\d+)(?:, about ([\d.]+ \w+) left)?")


class Clock:
    """A clock that only a voice moves."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Slow:
    """A voice that takes so many seconds for a name by its clock, and cannot say some."""

    name = "slow"

    def __init__(self, clock: Clock, seconds: float, cannot: tuple[str, ...] = ()):
        self.clock, self.seconds, self.cannot = clock, seconds, cannot
        self.said: list[str] = []

    def say(self, text: str, speed: float = 1.0):
        self.clock.now += self.seconds
        self.said.append(text)
        if text in self.cannot:
            raise CannotSpeak(f"{text} is too hard.")
        return Tones().say(text, speed)


@pytest.fixture
def silent(town):
    """A town whose names have no sound yet."""
    with town.parts.database.session() as session:
        villages.load_villages(session, villages.EXAMPLE)
    shutil.rmtree(town.parts.settings.data / "sounds" / "spoken", ignore_errors=True)
    return town.parts


def spoken_by(parts, seconds: float, capsys, cannot: tuple[str, ...] = ()) -> tuple[Slow, list[tuple[int, str]], str]:
    """The voice, the lines as (how many are done, time left), and all that was said."""
    clock = Clock()
    voice = Slow(clock, seconds, cannot)
    speak_names(replace(parts, make_speaker=lambda: voice), clock)
    out = capsys.readouterr().out
    lines = [(int(done), left) for done, _, left in LINE.findall(out)]
    assert {int(total) for _, total, _ in LINE.findall(out)} <= {len(voice.said)}
    return voice, lines, out


def test_every_name_is_counted_once_and_the_time_left_is_the_mean_of_those_spoken(silent, capsys):
    voice, lines, out = spoken_by(silent, 4, capsys)
    total = len(voice.said)
    assert len(set(voice.said)) == total > 40
    assert [done for done, _ in lines] == [*range(0, total, 5), *([total] if total % 5 else [])]
    assert lines[0] == (0, "")
    assert lines[-1] == (total, "")
    for done, left in lines[1:-1]:
        seconds = 4 * (total - done)
        assert left == (f"{seconds} s" if seconds < 90 else f"{round(seconds / 60)} min")
    assert "\r" not in out


def test_what_has_a_sound_already_counts_for_nothing(silent, capsys):
    with silent.database.reading() as session:
        names = prompts.unspoken(silent, spoken_names.texts_to_render(silent, session))
    assert all(done for _, done in prompts.render_missing(silent, names[: len(names) // 2]))
    voice, lines, _ = spoken_by(silent, 30, capsys)
    assert voice.said == names[len(names) // 2 :]
    assert lines[3] == (3, f"{round(30 * (len(voice.said) - 3) / 60)} min")
    assert spoken_by(silent, 30, capsys)[2] == ""


def test_quick_names_make_two_lines_and_no_more(silent, capsys):
    voice, lines, _ = spoken_by(silent, 0, capsys)
    assert lines == [(0, ""), (len(voice.said), "")]


def test_names_that_cannot_be_spoken_are_listed(silent, capsys):
    _, _, out = spoken_by(silent, 1, capsys, cannot=("清水村", "石桥村"))
    last = out.splitlines()[-1]
    assert last == ("2 names could not be spoken now and are left out of calls; the worker tries again: 清水村、石桥村")


# ------------------------------------------------------------------ from outside, as processes


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    settings = Settings(_env_file=None, data=tmp_path)
    app = create_app(settings)
    assert app.test_cli_runner().invoke(args=["database", "upgrade"]).exit_code == 0
    app.extensions["xiangyin"].database.close()
    return {**os.environ, "XIANGYIN_DATA": str(tmp_path), "XIANGYIN_SPEAKER": "tones", "XIANGYIN_DATABASE_URL": ""}


COMMAND = [sys.executable, "-m", "flask", "--app", "wsgi", "villages", "load", str(villages.EXAMPLE)]


def test_a_log_gets_whole_lines(environment):
    said = subprocess.run(COMMAND, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True).stdout.decode()
    [(first, total, _), *_, (last, _, _)] = LINE.findall(said)
    assert (first, last) == ("0", total)
    assert all(LINE.fullmatch(line) for line in said.split("\n") if WHAT in line)
    assert not {"\r", "\033"} & set(said)


def test_a_terminal_gets_one_line_that_is_written_over(environment):
    ours, theirs = pty.openpty()
    with subprocess.Popen(COMMAND, cwd=ROOT, env=environment, stdout=theirs, stderr=subprocess.DEVNULL) as process:
        os.close(theirs)
        shown = b""
        try:
            while some := os.read(ours, 4096):
                shown += some
        except OSError:  # how Linux says that the other side is closed
            pass
    os.close(ours)
    assert process.returncode == 0
    [line] = [line for line in shown.decode().split("\n") if WHAT in line]
    counts = [int(done) for done, _, _ in LINE.findall(line)]
    assert counts == list(range(counts[-1] + 1))
    assert line.count("\r") >= len(counts)
