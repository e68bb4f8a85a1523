"""Prompts: which sound file says a fragment, and making those files before they are needed.

Fixed words are in ivr/words/audio (rendered beforehand, in the repository) unless a person recorded them, which
always wins. Places, matters and states are rendered when those lists change; digits are said one by one. What has no
sound yet is left out: an address is only ever given for a file that exists.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import structlog

from app.errors import Refused
from app.security import sign_sound, sign_stand_in
from ivr.edition import Edition
from ivr.turn import Fragment
from ivr.words import FOLDER, audio_name, cut, digit_fragment, fragments, sounding
from speech_models.audio import (
    TELEPHONE_RATE,
    BadSound,
    is_whole_wav,
    joined,
    normalise_level,
    read_sound,
    silence,
    write_wav,
)
from speech_models.speaker import CannotSpeak, Speaker

if TYPE_CHECKING:
    from app.parts import Parts

log = structlog.get_logger()

SHIPPED = FOLDER / "audio"
DEFAULT_DIALECT = "mandarin"
_LEVEL_DBFS = -20.0  # speech level of a prompt, RMS; telephone prompts lie between -16 and -24
_SPEED = 0.85  # of the voice's own: 4.6 syllables a second, heard as well as full speed (docs/engines.md)
_SIGNS_A_SECOND, _LEAST_MS = 4.0, 300  # how long a prompt lasts that cannot be read
_SLOW = 0.75  # of a repeated prompt
_GROUP = re.compile(r"^(.+?)([零一二三四五六七八九十百0-9]+[组队])$")


class Unreadable(Exception):
    """A sound cannot be had from the store; the message says why."""


def sounds(parts: "Parts", speech: Iterable[Fragment], dialect: str, edition: Edition) -> list[str]:
    """Addresses of the sound files that say these fragments, in order, as the carrier may fetch them."""
    base = parts.settings.base_url.rstrip("/")
    return [base + path for fragment in speech for path in _paths(parts, fragment, dialect, edition)]


def can_say(parts: "Parts", text: str) -> bool:
    """Whether a place, matter or state has all its sounds."""
    return all(parts.storage.has(spoken_key(piece)) for piece in pieces(text))


def spoken_key(text: str, *, slow: bool = False) -> str:
    """Where the rendering of a short text is kept."""
    name = hashlib.sha256(text.encode()).hexdigest()
    return f"spoken/{name}.slow.wav" if slow else f"spoken/{name}.wav"


def pieces(text: str) -> list[str]:
    """A place as sounds that are rendered once each: 清水村三组 is 清水村 and 三组."""
    split = _GROUP.match(text)
    return list(split.groups()) if split else [text]


def busy_sounds(parts: "Parts", *, thanks: bool) -> list[str]:
    """What is said when nothing else works: only files that came with the service, no store, no database."""
    flow = parts.flows["busy"]
    step = flow.steps["busy_bye" if thanks else "busy"]
    speak = parts.words.say(step, flow.person_label, "voice", DEFAULT_DIALECT, {}, again=False)
    names = [audio_name(fragment) for fragment in speak.fragments if fragment.kind == "words"]
    base = parts.settings.base_url.rstrip("/")
    there = [name for name in names if (SHIPPED / DEFAULT_DIALECT / name).is_file()]
    return [f"{base}/audio/shipped/{DEFAULT_DIALECT}/{name}" for name in there]


def silence_sound(milliseconds: int) -> bytes:
    """A WAV file of silence."""
    return write_wav(silence(milliseconds / 1000, TELEPHONE_RATE), mulaw=True)


def stand_in_sound(stand_in: str) -> bytes:
    """What is played in the place of a sound that cannot be read: a file that came with the service, by its name, or
    silence of so many milliseconds; always a WAV file."""
    if not stand_in.isdecimal() and (sound := shipped_sound(DEFAULT_DIALECT, stand_in)):
        return sound
    return silence_sound(int(stand_in) if stand_in.isdecimal() else _LEAST_MS)


def shipped_sound(dialect: str, name: str) -> bytes | None:
    """A file that came with the service; None where it cannot be read whole."""
    try:
        sound = (SHIPPED / dialect / name).read_bytes()
    except OSError:
        return None
    return sound if is_whole_wav(sound) else None


def shipped_stand_in(dialect: str, name: str) -> str | None:
    """What is played where a file that came with the service cannot be read; None: there is no such file."""
    text = _shipped_texts(dialect).get(name)
    if text is None:
        return None
    return name if dialect != DEFAULT_DIALECT and name in _shipped_texts(DEFAULT_DIALECT) else _as_long(text)


def read_stored(parts: "Parts", key: str) -> bytes:
    """A stored sound, whole. Raises Unreadable with the reason, whatever the store does."""
    try:
        sound = parts.storage.get(key)
    except KeyError as error:
        raise Unreadable("it is not there") from error
    except Exception as error:  # each kind of store has its own
        raise Unreadable(repr(error)) from error
    if not is_whole_wav(sound):
        raise Unreadable(f"it is cut short or no WAV: {len(sound)} bytes")
    return sound


def can_be_read(parts: "Parts", key: str) -> bool:
    """Whether a stored sound can be had whole now."""
    try:
        return bool(read_stored(parts, key))
    except Unreadable as error:
        log.warning("a sound cannot be read", key=key, reason=str(error))
        return False


def silence_path(milliseconds: int) -> str:
    """The address, below the service's own, of a file of silence."""
    return f"/audio/silence/{milliseconds}.wav"


def render(speaker: Speaker, text: str, *, slow: bool = False) -> bytes:
    """Text as a telephone prompt: 8 kHz mu-law WAV at prompt level. Raises CannotSpeak."""
    audio = speaker.say(text, speed=_SLOW if slow else _SPEED)
    return write_wav(normalise_level(audio, _LEVEL_DBFS), mulaw=True)


def unspoken(parts: "Parts", texts: Iterable[str]) -> list[str]:
    """The pieces of these texts that have no sound yet, each once."""
    wanted = dict.fromkeys(piece for text in texts for piece in pieces(text))
    return [piece for piece in wanted if not parts.storage.has(spoken_key(piece))]


def render_missing(parts: "Parts", texts: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Render the pieces of these texts that have no sound yet. Gives each piece and whether it could be rendered."""
    for piece in unspoken(parts, texts):
        try:
            parts.storage.put(spoken_key(piece), render(parts.speaker, piece))
        except CannotSpeak:
            yield piece, False
        else:
            yield piece, True


def fixed_fragments(parts: "Parts", dialect: str) -> list[Fragment]:
    """Every piece of fixed words that a flow may play in this dialect, each once."""
    found = {(f.id, f.slow): f for flow in parts.flows.values() for f in fragments(flow, parts.words, dialect)}
    return list(found.values())


def without_sound(parts: "Parts", edition: Edition) -> list[Fragment]:
    """The fixed pieces of Mandarin words that nobody recorded and that are not rendered yet."""
    found = {(f.text, f.slow): f for flow in parts.flows.values() for f in fragments(flow, edition.words)}
    return [f for f in found.values() if f.text and not _mandarin_path(parts, f, edition)]


def render_fragment(parts: "Parts", fragment: Fragment) -> None:
    """Make the sound of a fixed piece of words. Raises CannotSpeak."""
    sound = render(parts.speaker, fragment.text, slow=fragment.slow)
    parts.storage.put(spoken_key(fragment.text, slow=fragment.slow), sound)


def render_words(parts: "Parts") -> Iterator[Fragment]:
    """Render the fixed words that have no file in SHIPPED yet, or whose text has changed; files nobody needs go.

    `texts.json` beside the files says which text each one speaks.
    """
    folder = SHIPPED / DEFAULT_DIALECT
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / "texts.json"
    spoken = json.loads(index.read_text(encoding="utf-8")) if index.exists() else {}
    wanted = {audio_name(f): f for f in fixed_fragments(parts, DEFAULT_DIALECT)}
    for name, fragment in wanted.items():
        if spoken.get(name) != fragment.text or not (folder / name).exists():
            (folder / name).write_bytes(render(parts.speaker, fragment.text, slow=fragment.slow))
            yield fragment
    for path in folder.glob("*.wav"):
        if path.name not in wanted:
            path.unlink()
    said = {name: fragment.text for name, fragment in sorted(wanted.items())}
    index.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def preview(parts: "Parts", text: str) -> bytes:
    """A spoken answer as the villager will hear it (WAV). Raises Refused."""
    if not text.strip():
        raise Refused("要播报的内容是空的，请先写内容。")
    try:
        return render(parts.speaker, text.strip())
    except CannotSpeak as error:
        raise Refused("现在合成不了语音，请稍后再试，或改用短信。") from error


def hear(parts: "Parts", pieces: Iterable[str], recorded: Mapping[str, str], *, slow: bool = False) -> bytes:
    """Pieces of words one after the other as a caller hears them (WAV): a person's recording where there is one
    (`recorded`: text -> key), else rendered and kept. Raises Refused."""
    try:
        audios = [read_sound(_spoken(parts, piece, recorded, slow=slow)) for piece in pieces]
    except CannotSpeak as error:
        raise Refused("现在合成不了语音，请稍后再试，或者真人录一遍。") from error
    return write_wav(joined(audios), mulaw=True)


def sounding_pieces(text: str) -> list[str]:
    """The fixed pieces of a text of words file, as each is spoken."""
    return [sounding(p) for p in cut(text) if isinstance(p, str) and any(sign.isalnum() for sign in p)]


def _spoken(parts: "Parts", piece: str, recorded: Mapping[str, str], *, slow: bool) -> bytes:
    said = sounding(piece)
    if said in recorded and parts.storage.has(recorded[said]):
        return parts.storage.get(recorded[said])
    key = spoken_key(said, slow=slow)
    with suppress(KeyError, BadSound):
        read_sound(kept := parts.storage.get(key))
        return kept
    parts.storage.put(key, made := render(parts.speaker, said, slow=slow))  # none there, or a damaged one
    return made


def keep_persons_recording(parts: "Parts", dialect: str, fragment: Fragment, sound: bytes) -> None:
    """A person's recording of a fragment, levelled and kept; from now on it is what callers hear, as long as the
    fragment says this text."""
    audio = normalise_level(read_sound(sound), _LEVEL_DBFS)
    parts.storage.put(_persons_key(dialect, fragment), write_wav(audio, mulaw=True))


def _paths(parts: "Parts", fragment: Fragment, dialect: str, edition: Edition) -> list[str]:
    match fragment.kind:
        case "words":
            return _words_path(parts, fragment, dialect, edition)
        case "digits":
            said = [digit_fragment(d, fragment.slow) for d in fragment.text if d.isdigit()]
            return [path for digit in said for path in _words_path(parts, digit, dialect, edition)]
        case "audio":
            known = fragment.id and parts.storage.has(fragment.id)
            return [f"/audio/private/{sign_sound(parts.settings, fragment.id)}.wav"] if known else []
        case "silence":
            return [silence_path(int(fragment.id))]
        case _:
            named = ((piece, spoken_key(piece)) for piece in pieces(fragment.text))
            return [_kept_path(parts, key, _as_long(piece)) for piece, key in named if parts.storage.has(key)]


def _words_path(parts: "Parts", fragment: Fragment, dialect: str, edition: Edition) -> list[str]:
    """The sound of a fixed piece: a recording in the dialect, else the same piece in Mandarin.

    A sound belongs to the text it says, not to its place: no caller hears the old words after a change.
    """
    if dialect != DEFAULT_DIALECT:
        if own := _recorded_path(parts, fragment, dialect, edition):
            return own
        fragment = replace(fragment, text=edition.mandarin.get(fragment.id, fragment.text))
    return _mandarin_path(parts, fragment, edition)


def _mandarin_path(parts: "Parts", fragment: Fragment, edition: Edition) -> list[str]:
    if own := _recorded_path(parts, fragment, DEFAULT_DIALECT, edition):
        return own
    key = spoken_key(fragment.text, slow=fragment.slow)
    return [_kept_path(parts, key, _shipped_piece(fragment))] if parts.storage.has(key) else []


def _recorded_path(parts: "Parts", fragment: Fragment, dialect: str, edition: Edition) -> list[str]:
    """A person's recording, else what came with the service, where it says this very text."""
    for key in (edition.sounds.get(dialect, {}).get(fragment.text), _persons_key(dialect, fragment)):
        if key and parts.storage.has(key):
            return [_kept_path(parts, key, _shipped_piece(fragment))]
    name = audio_name(fragment)
    if _shipped_texts(dialect).get(name) == fragment.text and (SHIPPED / dialect / name).is_file():
        return [f"/audio/shipped/{dialect}/{name}"]
    return []


def _kept_path(parts: "Parts", key: str, stand_in: str) -> str:
    """The address of a kept sound. It says what is played where the sound cannot be read then (telephone/sounds.py)."""
    return f"/audio/kept/{key}?or={sign_stand_in(parts.settings, key, stand_in)}"


def _shipped_piece(fragment: Fragment) -> str:
    """The file that came with the service for the same piece of the same step in Mandarin, else silence as long."""
    for slow in (fragment.slow, not fragment.slow):
        name = audio_name(replace(fragment, slow=slow))
        if name in _shipped_texts(DEFAULT_DIALECT):
            return name
    return _as_long(fragment.text)


def _as_long(text: str) -> str:
    """Milliseconds that a text takes to be said."""
    return str(_LEAST_MS + round(len(text) / _SIGNS_A_SECOND * 1000))


@cache
def _shipped_texts(dialect: str) -> dict[str, str]:
    """File -> the text it speaks."""
    index = SHIPPED / dialect / "texts.json"
    return json.loads(index.read_text(encoding="utf-8")) if index.exists() else {}


def _persons_key(dialect: str, fragment: Fragment) -> str:
    said = hashlib.sha256(fragment.text.encode()).hexdigest()
    return f"people/{dialect}/{said}.slow.wav" if fragment.slow else f"people/{dialect}/{said}.wav"
