"""The people of the practice phone: whose telephone one may take, and callers who ring by themselves.

From data/practice_callers.yaml. What they say is spoken by the service's own voice and kept.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import uuid4

import yaml

from app.carriers.port import PRACTICE_NUMBERS
from app.carriers.simulator.plan import read_plan
from app.files import DATA
from speech_models import surroundings
from speech_models.audio import TELEPHONE_RATE, Audio, joined, normalise_level, resample, silence, write_wav
from speech_models.speaker import Speaker

FILE = DATA / "practice_callers.yaml"
_NUMBER = re.compile(re.escape(PRACTICE_NUMBERS) + "[0-9]{3}")
_PAUSE_SECONDS = 0.4  # between two sentences, and before the first
_OTHERS = ("今天的天气预报，明天有小雨，请大家出门带伞。", "欢迎收看今天的节目，我们来看下一条消息。")  # on television
_RANGES = {"pitch": (0.6, 1.6), "speed": (0.5, 2.0), "level": (-50.0, -6.0)}
_USUAL = {"pitch": 1.0, "speed": 1.0, "level": -20.0}


class CallersUnusable(Exception):
    """The file cannot be used; the message is one sentence that says where and why."""


@dataclass(frozen=True)
class Phone:
    """Somebody whose telephone may be taken. `hidden`: the hotline does not see the number."""

    name: str
    number: str
    hidden: bool = False


@dataclass(frozen=True)
class Sentence:
    """`pitch` and `speed` as factors, `level` in dBFS."""

    text: str
    pitch: float
    speed: float
    level: float
    whisper: bool


@dataclass(frozen=True)
class ReadyCaller:
    """`says`: the sentences for each time that the hotline listens. `television`: decibels below the speech."""

    key: str
    name: str
    about: str
    number: str
    says: tuple[tuple[Sentence, ...], ...]
    keys: str
    hang_up: str
    television: float | None


@cache
def people(file: Path = FILE) -> tuple[tuple[Phone, ...], Mapping[str, ReadyCaller]]:
    """The phones, and the callers by key. Raises CallersUnusable."""
    try:
        read = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except (OSError, yaml.YAMLError) as error:
        raise CallersUnusable(f"{file.name} cannot be read: {error}") from error
    if not isinstance(read, dict) or not read.get("phones") or not read.get("callers"):
        raise CallersUnusable(f"{file.name} needs the two lists phones and callers.")
    phones = tuple(_phone(entry) for entry in read["phones"])
    callers = [_caller(entry) for entry in read["callers"]]
    numbers = [one.number for one in (*phones, *callers)]
    if twice := next((number for number in numbers if numbers.count(number) > 1), ""):
        raise CallersUnusable(f"The number {twice} belongs to two people.")
    if len({caller.key for caller in callers}) < len(callers):
        raise CallersUnusable("Two callers have the same key.")
    return phones, {caller.key: caller for caller in callers}


def speech_of(caller: ReadyCaller, speaker: Speaker, folder: Path) -> list[Path]:
    """A WAV file (8 kHz) for each time that the hotline listens, spoken now where not kept. Raises CannotSpeak."""
    return [_spoken(sentences, caller.television, speaker, folder) for sentences in caller.says]


def _spoken(sentences: tuple[Sentence, ...], television: float | None, speaker: Speaker, folder: Path) -> Path:
    what = json.dumps([speaker.name, television, [vars(sentence) for sentence in sentences]], ensure_ascii=False)
    path = folder / f"{hashlib.sha256(what.encode()).hexdigest()[:32]}.wav"
    if not path.exists():
        pause = silence(_PAUSE_SECONDS, TELEPHONE_RATE)
        said = joined([part for sentence in sentences for part in (pause, _sound(sentence, speaker))])
        if television is not None:
            others = [resample(speaker.say(text), TELEPHONE_RATE) for text in _OTHERS]
            said = surroundings.over(said, surroundings.television(others, said.seconds), television)
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f"{uuid4().hex}.part"  # somebody else may be at it, too
        fresh.write_bytes(write_wav(said))
        fresh.replace(path)
    return path


def _sound(sentence: Sentence, speaker: Speaker) -> Audio:
    # another throat is as much shorter: spoken that much slower before, it takes its usual time
    spoken = resample(speaker.say(sentence.text, sentence.speed / sentence.pitch), TELEPHONE_RATE)
    if sentence.pitch != 1.0:
        spoken = surroundings.pitched(spoken, sentence.pitch)
    if sentence.whisper:
        spoken = surroundings.whispered(spoken)
    if sentence.level > _USUAL["level"]:
        return surroundings.shouted(spoken, sentence.level)
    return normalise_level(spoken, sentence.level)


# ---------------------------------------------------------------- reading


def _phone(entry: object) -> Phone:
    fields = _fields(entry, {"name", "number"}, {"hidden"})
    return Phone(fields["name"], _number(fields), fields.get("hidden") == "yes")


def _caller(entry: object) -> ReadyCaller:
    fields = _fields(entry, {"key", "name", "about", "number", "says"}, {"keys", "hang_up", "noise"})
    name = fields["name"]
    if not re.fullmatch("[a-z_]+", fields["key"]):
        raise CallersUnusable(f"{name}: key is small letters and _, not {fields['key']!r}.")
    says = fields["says"]
    if not isinstance(says, list) or not all(isinstance(part, list) and part for part in says):
        raise CallersUnusable(f"{name}: says is a list of lists of sentences.")
    keys, hang_up = fields.get("keys", ""), fields.get("hang_up", "")
    try:
        read_plan(keys, hang_up, ())
    except ValueError as error:
        raise CallersUnusable(f"{name}: {error}") from error
    noise = _fields(fields["noise"], {"television"}, set(), name) if "noise" in fields else {}
    television = _within(noise, "television", (-10.0, 40.0), name) if noise else None
    spoken = tuple(tuple(_sentence(sentence, name) for sentence in part) for part in says)
    return ReadyCaller(fields["key"], name, fields["about"], _number(fields), spoken, keys, hang_up, television)


def _sentence(entry: object, name: str) -> Sentence:
    fields = _fields(entry, {"text"}, {*_RANGES, "whisper"}, name)
    numbers = {what: _within({what: _USUAL[what]} | fields, what, _RANGES[what], name) for what in _RANGES}
    return Sentence(fields["text"], **numbers, whisper=fields.get("whisper") == "yes")


def _fields(entry: object, needed: set[str], more: set[str], name: str = "") -> dict:
    if not isinstance(entry, dict):
        raise CallersUnusable(f"{name or 'practice_callers.yaml'}: {entry!r} is not an entry with fields.")
    name = name or entry.get("name") or entry.get("number") or str(entry)[:40]
    if missing := sorted(field for field in needed if not entry.get(field)):
        raise CallersUnusable(f"{name}: {', '.join(missing)} is missing.")
    if unknown := sorted(set(entry) - needed - more):
        raise CallersUnusable(f"{name}: {', '.join(unknown)} is not known here.")
    return entry


def _number(fields: dict) -> str:
    if not _NUMBER.fullmatch(fields["number"]):
        raise CallersUnusable(f"{fields['name']}: the number must be {PRACTICE_NUMBERS} and three more digits.")
    return fields["number"]


def _within(fields: dict, what: str, limits: tuple[float, float], name: str) -> float:
    try:
        value = float(fields[what])
    except (TypeError, ValueError):
        value = float("nan")
    if not limits[0] <= value <= limits[1]:
        raise CallersUnusable(f"{name}: {what} is a number from {limits[0]:g} to {limits[1]:g}, not {fields[what]!r}.")
    return value
