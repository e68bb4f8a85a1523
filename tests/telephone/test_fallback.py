"""The fallback lives when all else is dead, and says what the service itself would say."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.carriers.twilio import Twilio
from app.telephone import fallback
from app.telephone.guard import LEAVE_A_MESSAGE
from app.telephone.links import CallLinks
from ivr.turn import Finished

ROOT = Path(__file__).parents[2]
HEAVY = ("flask", "sqlalchemy", "scipy", "numpy", "onnxruntime", "pydantic", "twilio", "app.settings", "app.services")


@dataclass(frozen=True)
class Links(CallLinks):
    """Addresses below the fallback's own; nobody is told of the recording."""

    def turn(self) -> str:
        return "thanks"

    def recorded(self) -> str:
        return "nowhere"


def answered(path: str) -> tuple[str, bytes]:
    said = []
    body = b"".join(fallback.application({"PATH_INFO": path}, lambda status, headers: said.append(status)))
    return said[0], body


def written_by_the_adapter(step: str, wait) -> list[tuple[str, dict, str]]:
    """What the carrier's adapter writes for this wait, after the shipped sounds of the step, without callbacks."""
    carrier = Twilio("AC" + "0" * 32, "token", "+8619900000000", api_url=None)
    document = ElementTree.fromstring(carrier.write([], wait, Links("", 0, "")).body)
    sounds = sorted(path.name for path in fallback.PROMPTS.glob(f"{step}.[0-9]*.wav"))
    assert sounds
    return [*(("Play", {}, name) for name in sounds), *map(_verb, document)]


def _verb(element) -> tuple[str, dict, str]:
    told = {name: value for name, value in element.attrib.items() if not name.startswith("recordingStatusCallback")}
    return element.tag, told, element.text or ""


@pytest.mark.parametrize(
    ("path", "step", "wait"), [("/busy", "busy", LEAVE_A_MESSAGE), ("/thanks", "busy_bye", Finished())]
)
def test_its_documents_are_those_of_the_adapter(path, step, wait):
    status, body = answered(path)
    assert status == "200 OK"
    assert [_verb(each) for each in ElementTree.fromstring(body)] == written_by_the_adapter(step, wait)


def test_it_plays_every_sound_that_its_documents_name():
    for path in ("/busy", "/thanks"):
        for play in ElementTree.fromstring(answered(path)[1]).iter("Play"):
            status, sound = answered(f"/{play.text}")
            assert (status, sound[:4]) == ("200 OK", b"RIFF")
    assert answered("/../fallback.py")[0] == answered("/silent.1.wav")[0] == "404 Not Found"


def test_it_starts_with_next_to_nothing_loaded_and_where_the_rest_is_broken(tmp_path):
    for name in ("flask", "sqlalchemy", "scipy", "numpy", "twilio"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('broken')\n", encoding="utf-8")
    code = "import sys; sys.path.insert(0, sys.argv[1]); import app.telephone.fallback; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-S", "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True, env={}
    )
    loaded = found.stdout.split()
    assert len(loaded) < 80
    assert [name for name in HEAVY if name in loaded] == []
