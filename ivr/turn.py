"""The vocabulary of a conversation: what was heard, what is said, what is waited for.

`start` and `resume` (conversation.py) take a Flow, a State and one Heard, and give one Turn. Everything here is
frozen and goes to JSON and back (`to_json`, `from_json`), because a turn is stored and rendered again when a
carrier repeats its webhook.
"""

from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

T = TypeVar("T")

_KINDS: dict[str, type] = {}


def _kept(kind: type[T]) -> type[T]:
    """A class whose values go to JSON and back, by its name."""
    _KINDS[kind.__name__] = kind
    return kind


# ---------------------------------------------------------------- what is said


@_kept
@dataclass(frozen=True)
class Fragment:
    """A piece of speech that is one sound, or one run of digits.

    kind: words (fixed, `id` names its recording, such as `ask.1`), digits (said one by one), place, matter, state,
    text (free text, rendered before the call), audio (`id` is the key of a stored sound), silence (`id` is
    milliseconds). `text` is the same in writing; it is empty for audio and silence. `slow`: the slower rendering
    that a repetition uses.
    """

    kind: str
    id: str = ""
    text: str = ""
    slow: bool = False


@_kept
@dataclass(frozen=True)
class Speak:
    """Say one step's words: fragments in order on the phone; `text` is the whole as an SMS or a line to read."""

    step: str
    fragments: tuple[Fragment, ...]
    text: str


# ------------------------------------------------- what the service is to do, no answer needed


@_kept
@dataclass(frozen=True)
class Confirm:
    """The caller answered the read-back with a key: what was understood is right, or is not."""

    right: bool


@_kept
@dataclass(frozen=True)
class CallBack:
    """A person is to ring this caller. `reason` is a key: asked_for_person, nobody_answered, emergency, silent."""

    reason: str
    urgent: bool = False


@_kept
@dataclass(frozen=True)
class Alert:
    """Words of an emergency were heard: tell an operator now. `word` is what was heard, `matter` its kind."""

    word: str
    matter: str


@_kept
@dataclass(frozen=True)
class AddToCase:
    """A text is an addition to the caller's latest open case."""

    text: str


@_kept
@dataclass(frozen=True)
class JoinCase:
    """It is the same with this caller: the conversation's case joins the joint case `number`."""

    number: str


@_kept
@dataclass(frozen=True)
class PlacePicked:
    """The caller said by key which of several places is meant: one that `villages` found."""

    place: str


@_kept
@dataclass(frozen=True)
class StopTexts:
    """The caller wants no more texts (opt-out), said in these words."""

    text: str


@_kept
@dataclass(frozen=True)
class AllowTexts:
    """The caller wants texts again, said in these words."""

    text: str


@_kept
@dataclass(frozen=True)
class Judge:
    """The caller's own verdict on the case that was asked about: it is solved, or is not."""

    solved: bool


@_kept
@dataclass(frozen=True)
class Grade:
    """How content the caller is, by his own key or text: 1 (很满意) to 5 (很不满意)."""

    grade: int


Event = Speak | Confirm | PlacePicked | CallBack | Alert | AddToCase | JoinCase | StopTexts | AllowTexts | Judge | Grade


# -------------------------------------------------- what is waited for: answered by the service at once


@_kept
@dataclass(frozen=True)
class LookUp:
    """The engine asks a fact of the service, which answers with Found before anything is said.

    what: open_case (values: number, state, matter, place, and answer, the text of the latest reply, 60 characters at
    most, where it is replied; found is False where the caller has none),
    office (found: someone can be put through now), joint_case (values: joint_number, households, joint_matter; an open
    joint case that this caller may belong to and is not in: on the phone of the place and matter just read back, by SMS
    of her village),
    question (values: question, `solved` or `grade`; number and matter of the case; the hotline asked this caller by
    text, and the answer is still open), villages (values: place_1, place_2, place_3, and group where one was said;
    the name of the place just said is that of two or three villages, and nothing tells which). `number`: the caller
    named this case; empty means the latest.
    Only the caller's own cases may be found.
    """

    what: str
    number: str = ""


@_kept
@dataclass(frozen=True)
class OpenCase:
    """Open the case of this conversation, answered with Found(number=..., place=...); place is empty where it was not
    understood from the text.

    On the phone, `text` is empty: the recording is the matter, and a second OpenCase of a call finds the first's case.
    By SMS, `text` is the texted matter, and each text that comes to this is a case of its own.
    """

    text: str = ""


# -------------------------------------------------- what is waited for: answered by the caller


@_kept
@dataclass(frozen=True)
class WaitForKey:
    """One of `keys`. What is said before may be cut short by a key. `seconds` of silence after it count as none."""

    keys: tuple[str, ...]
    seconds: int


@_kept
@dataclass(frozen=True)
class WaitForRecording:
    """The caller speaks after a beep. `person_key` (0) ends it and asks for a person, also during the prompt.

    `silence_seconds` of silence end it; `max_seconds` is the longest recording kept.
    """

    max_seconds: int
    silence_seconds: int
    person_key: str = "0"


@_kept
@dataclass(frozen=True)
class WaitForTranscript:
    """The recording is being recognised; asked again `polls` times at most, `poll_ms` of silence each.

    answered with Understood when the transcript is there, with TooLate after the last poll.
    """

    polls: int
    poll_ms: int


@_kept
@dataclass(frozen=True)
class WaitForPerson:
    """Put the caller through to a person; answered with PersonAnswered or PersonAbsent."""

    reason: str
    seconds: int


@_kept
@dataclass(frozen=True)
class WaitForText:
    """The next text of this thread, whenever it comes."""


@_kept
@dataclass(frozen=True)
class Finished:
    """Nothing more is expected; on the phone, hang up after what is said."""


Wait = LookUp | OpenCase | WaitForKey | WaitForRecording | WaitForTranscript | WaitForPerson | WaitForText | Finished


# ---------------------------------------------------------------- what was heard


@_kept
@dataclass(frozen=True)
class Key:
    """A key was pressed: one of 0-9, * or #."""

    key: str


@_kept
@dataclass(frozen=True)
class Silence:
    """Nothing came: no key, or a recording without a sound."""


@_kept
@dataclass(frozen=True)
class Recorded:
    """A recording of `seconds` was made, ended by silence, by `key` or by the caller hanging up."""

    seconds: float
    key: str = ""
    hung_up: bool = False


@_kept
@dataclass(frozen=True)
class Understood:
    """The transcript of the latest recording is there.

    `place` and `matter` are empty unless the service is sure enough to say them back; `text` may be empty
    (nothing understandable was said).
    """

    text: str
    place: str = ""
    matter: str = ""


@_kept
@dataclass(frozen=True)
class TooLate:
    """No transcript came in the time a caller can be asked to wait."""


@_kept
@dataclass(frozen=True)
class PersonAnswered:
    """The caller was put through and the talk is over."""


@_kept
@dataclass(frozen=True)
class PersonAbsent:
    """Nobody answered the transfer."""


@_kept
@dataclass(frozen=True)
class HungUp:
    """The caller has hung up."""


@_kept
@dataclass(frozen=True)
class Texted:
    """A text came."""

    text: str


@_kept
@dataclass(frozen=True)
class Found:
    """The service's answer to a LookUp or OpenCase."""

    found: bool
    values: dict[str, str] = field(default_factory=dict)


Heard = Key | Silence | Recorded | Understood | TooLate | PersonAnswered | PersonAbsent | HungUp | Texted | Found


# ---------------------------------------------------------------- a turn


@_kept
@dataclass(frozen=True)
class State:
    """Where a conversation stands. Small, frozen, JSON.

    `version` is the Flow's content hash; `tries` counts misses at this step; `turns` counts turns in all;
    `values` are what the words may name ({number}, {place}, ...).
    """

    flow: str
    version: str
    channel: str  # voice or sms
    dialect: str
    step: str
    tries: int = 0
    turns: int = 0
    values: dict[str, str] = field(default_factory=dict)


@_kept
@dataclass(frozen=True)
class Turn:
    """What to do and say now (events, in order), and what to wait for."""

    state: State
    events: tuple[Event, ...]
    wait: Wait

    @property
    def speech(self) -> tuple[Fragment, ...]:
        """Everything said in this turn on the phone, in order."""
        return tuple(f for e in self.events if isinstance(e, Speak) for f in e.fragments)


def to_json(thing: Any) -> Any:
    """A value of this module as plain JSON; each object carries its class under `is`."""
    if type(thing) in _KINDS.values():
        return {"is": type(thing).__name__} | {f.name: to_json(getattr(thing, f.name)) for f in fields(thing)}
    if isinstance(thing, tuple):
        return [to_json(item) for item in thing]
    return dict(thing) if isinstance(thing, dict) else thing


def from_json(data: Any) -> Any:
    """The value that `to_json` wrote. Raises KeyError for a class that this version does not know."""
    if isinstance(data, dict) and "is" in data:
        return _KINDS[data["is"]](**{key: from_json(value) for key, value in data.items() if key != "is"})
    if isinstance(data, list):
        return tuple(from_json(item) for item in data)
    return data
