"""Words (话术): what each step says, per channel and dialect, and which recording belongs to each piece.

A words file holds `dialect`, `name`, `key` (how a key is explained) and `steps`; a step holds `voice`, `again` (the
same, shorter, rendered slower) and `sms`. Each is one text or a list of texts, of which the first is said whose
placeholders all have a value. `{name}` says a value (PLACEHOLDERS), `{name:audio}` plays the stored sound whose key
is the value, `{keys}` is where the explanation of the keys goes (else after the text).
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr.document import FlowError, Map, Sheet, read
from ivr.step import PERSON_KEY, Step
from ivr.turn import Fragment, Speak

DIALECT = "mandarin"  # what is said where a dialect has no words of its own
FOLDER = Path(__file__).parent / "words"
PLACEHOLDERS = {  # name -> kind of Fragment
    "number": "digits",
    "hotline": "digits",
    "emergency_number": "digits",
    "place": "place",
    "place_1": "place",
    "place_2": "place",
    "place_3": "place",
    "matter": "matter",
    "state": "state",
    "town": "text",
    "emergency": "text",
    "answer": "text",
    "said": "text",
    "delay": "text",
    "days": "text",
    "until": "text",
    "percent": "text",
    "why": "text",
    "households": "text",
    "joint_matter": "matter",
}
SPOKEN_DIGITS = dict(zip("0123456789", "零幺二三四五六七八九", strict=True))  # 1 as 幺, as numbers are read out
PAUSE = Fragment("silence", "500")  # between two keys: half a second to three quarters is easiest to follow
_SLOT = re.compile(r"\{([^{}]*)\}")
_FIELDS = ("voice", "again", "sms")


@dataclass(frozen=True)
class Slot:
    """A placeholder: a value of this `kind` of Fragment."""

    name: str
    kind: str


Piece = str | Slot


def cut(template: str) -> list[Piece]:
    """A text as fixed pieces and slots, in order. Raises ValueError for an unknown placeholder."""
    pieces: list[Piece] = []
    for place, part in enumerate(_SLOT.split(template)):
        if place % 2 == 0:
            if "{" in part or "}" in part:
                raise ValueError("has a { or } without its partner")
            if part:
                pieces.append(part)
            continue
        name, _, kind = part.partition(":")
        if kind not in ("", "audio") or not (kind or name in PLACEHOLDERS or name == "keys"):
            raise ValueError(f"knows no placeholder {{{part}}}")
        pieces.append(Slot(name, kind or PLACEHOLDERS.get(name, "keys")))
    return pieces


@dataclass(frozen=True)
class Words:
    """All dialects: dialect -> the words file as read. `version` is a hash of what they say."""

    dialects: Mapping[str, Map]
    files: Mapping[str, str]
    version: str

    def texts(self, step: str, field: str, dialect: str = DIALECT) -> list[str]:
        """The variants of a step's words in a dialect, else in Mandarin; empty where there are none."""
        for name in (dialect, DIALECT):
            own = self.dialects.get(name, Map(0)).get("steps", {}).get(step)
            if own is not None:
                texts = own.get(field, [])
                return [texts] if isinstance(texts, str) else texts
        return []

    def has(self, step: str, channel: str) -> bool:
        return bool(self.texts(step, channel))

    def key_text(self, key: str, label: str, dialect: str = DIALECT) -> str:
        for name in (dialect, DIALECT):
            if "key" in self.dialects.get(name, {}):
                return self.dialects[name]["key"].format(label=label, key=key)
        return f"{label}，请按 {key}"

    def say(self, step: Step, person: str, channel: str, dialect: str, values: Mapping[str, str], again: bool) -> Speak:
        """What this step says. `person`: the label of key 0. Empty fragments and text where it has no words.

        A value that is not known is left out, together with its piece of sound: never an error to the caller.
        """
        if channel != "voice":
            chosen = _first_that_fits(self.texts(step.name, channel, dialect), values)
            return Speak(step.name, (), _written(cut(chosen), values, ""))
        fields = ("again", "voice") if again else ("voice",)
        field = next((f for f in fields if self.texts(step.name, f, dialect)), "voice")
        texts = self.texts(step.name, field, dialect)
        chosen = _first_that_fits(texts, values)
        keys = self._key_fragments(step, person, dialect, again)
        pieces = cut(chosen)
        if step.labels() and Slot("keys", "keys") not in pieces:
            pieces.append(Slot("keys", "keys"))
        fixed = dict(_numbered(step.name, field, texts))
        fragments: list[Fragment] = []
        for place, piece in enumerate(pieces):
            if isinstance(piece, str):
                if (texts.index(chosen), place) in fixed:
                    fragments.append(Fragment("words", fixed[texts.index(chosen), place], sounding(piece), again))
            elif piece.kind == "keys":
                fragments.extend(keys)
            elif values.get(piece.name):
                fragments.append(_value_fragment(piece, values[piece.name], again))
        instruction = "；".join(f.text for f in keys if f.kind == "words") + "。"
        return Speak(step.name, tuple(fragments), _written(pieces, values, instruction))

    def _key_fragments(self, step: Step, person: str, dialect: str, slow: bool) -> list[Fragment]:
        fragments: list[Fragment] = []
        for key, label in (step.labels() | {PERSON_KEY: person}).items():
            if fragments:
                fragments.append(PAUSE)
            text = self.key_text(key, label, dialect)
            fragments.append(Fragment("words", f"{step.name}.key.{key}", text, slow))
        return fragments


def load_words(folder: Path = FOLDER) -> Words:
    """Every dialect of a folder: the *.yaml files that name a `dialect`. Raises FlowError."""
    return read_words(sorted(folder.glob("*.yaml")), folder)


def read_words(paths: Iterable[Path | Sheet], folder: Path = FOLDER) -> Words:
    """Every dialect of these files: those that name a `dialect`. Raises FlowError."""
    dialects: dict[str, Map] = {}
    files: dict[str, str] = {}
    for path in paths:
        data = read(path)
        if "dialect" not in data:
            continue
        _refuse_broken(data, path)
        if data["dialect"] in dialects:
            raise FlowError(f"Another file already holds `{data['dialect']}`.", path, data.lines["dialect"])
        dialects[data["dialect"]] = data
        files[data["dialect"]] = str(path)
    if DIALECT not in dialects:
        raise FlowError(f"No words file of this folder says `dialect: {DIALECT}`.", folder)
    said = repr(sorted((name, sorted(data["steps"].items())) for name, data in dialects.items()))
    return Words(dialects, files, hashlib.sha256(said.encode()).hexdigest())


def read_one(path: Path | Sheet) -> Map:
    """The words of one dialect's file. Raises FlowError."""
    data = read(path)
    _refuse_broken(data, path)
    return data


def fragments(flow, words: Words, dialect: str = DIALECT) -> list[Fragment]:
    """Every fixed piece of sound that this flow may play in this dialect, to be rendered beforehand: words, their
    slower repetitions, the explanations of keys, and the digits 0-9, each once."""
    found: dict[tuple[str, bool], Fragment] = {}
    for step in flow.reachable("voice"):
        for fragment in _fixed_fragments(step, flow.person_label, words, dialect):
            found[fragment.id, fragment.slow] = fragment
    for digit in SPOKEN_DIGITS:
        for slow in (False, True):
            fragment = digit_fragment(digit, slow)
            found[fragment.id, slow] = fragment
    return list(found.values())


def _fixed_fragments(step: Step, person: str, words: Words, dialect: str) -> Iterator[Fragment]:
    again = "again" if words.texts(step.name, "again", dialect) else "voice"
    for field, slow in [("voice", False), *([(again, True)] if step.repeats_itself else [])]:
        texts = words.texts(step.name, field, dialect)
        for (variant, place), name in _numbered(step.name, field, texts):
            yield Fragment("words", name, sounding(str(cut(texts[variant])[place])), slow)
        if step.labels() or any("{keys}" in text for text in texts):
            yield from (f for f in words._key_fragments(step, person, dialect, slow) if f.kind == "words")


def digit_fragment(digit: str, slow: bool = False) -> Fragment:
    """The recording of one digit 0-9; the pieces that a Fragment of kind `digits` is played from."""
    return Fragment("words", f"digit.{digit}", SPOKEN_DIGITS[digit], slow)


def audio_name(fragment: Fragment) -> str:
    """The file of a fixed fragment inside its dialect's folder, words/audio/<dialect>/."""
    return f"{fragment.id}.slow.wav" if fragment.slow else f"{fragment.id}.wav"


def _first_that_fits(texts: list[str], values: Mapping[str, str]) -> str:
    for text in texts:
        if all(not isinstance(p, Slot) or p.kind == "keys" or values.get(p.name) for p in cut(text)):
            return text
    return texts[-1] if texts else ""


def _numbered(step: str, field: str, texts: list[str]) -> list[tuple[tuple[int, int], str]]:
    """((variant, place in it), fragment id) of every fixed piece that sounds, counted through all variants."""
    prefix = f"{step}.again" if field == "again" else step
    sounding = [
        (variant, place)
        for variant, text in enumerate(texts)
        for place, piece in enumerate(cut(text))
        if isinstance(piece, str) and any(sign.isalnum() for sign in piece)
    ]
    return [(where, f"{prefix}.{count}") for count, where in enumerate(sounding, start=1)]


def sounding(piece: str) -> str:
    """A fixed piece as it is rendered: punctuation that the cut left at its start makes no sound."""
    return piece.strip().lstrip("，。、；：！？,.;:!? ")


def _value_fragment(slot: Slot, value: str, slow: bool) -> Fragment:
    return Fragment("audio", value, "", slow) if slot.kind == "audio" else Fragment(slot.kind, "", value, slow)


def _written(pieces: list[Piece], values: Mapping[str, str], keys: str) -> str:
    shown = []
    for piece in pieces:
        if isinstance(piece, str):
            shown.append(piece)
        elif piece.kind == "keys":
            shown.append(keys)
        elif values.get(piece.name):
            shown.append("〔录音〕" if piece.kind == "audio" else values[piece.name])
    return "".join(shown).strip()


def _refuse_broken(data: Map, path: Path | Sheet) -> None:
    for key in data:
        if key not in ("dialect", "name", "key", "steps"):
            raise FlowError(f"A words file does not know `{key}`.", path, data.lines[key])
    if not isinstance(data.get("steps"), Map):
        raise FlowError("A words file needs `steps:` with the words of each step.", path, data.lines.get("steps", 1))
    if "key" in data and not ("{label}" in data["key"] and "{key}" in data["key"]):
        raise FlowError("`key` must name {label} and {key}.", path, data.lines["key"])
    for step, said in data["steps"].items():
        if not isinstance(said, Map):
            raise FlowError(f"Step `{step}` needs voice, again or sms.", path, data["steps"].lines[step])
        for field, texts in said.items():
            line = said.lines[field]
            if field not in _FIELDS:
                raise FlowError(f"Step `{step}` does not know `{field}`; it may have voice, again, sms.", path, line)
            for text in [texts] if isinstance(texts, str) else texts:
                if not isinstance(text, str) or not text.strip():
                    raise FlowError(f"`{field}` of step `{step}` must be a text or a list of texts.", path, line)
                try:
                    cut(text)
                except ValueError as error:
                    raise FlowError(f"`{field}` of step `{step}` {error}.", path, line) from error
