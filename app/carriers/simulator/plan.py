"""What the people of the network do: how a caller behaves, how a phone answers, what the network does wrong."""

import re
from dataclasses import dataclass, field

_ITEM = re.compile(r"(?P<key>[0-9*#])(?:(?P<how>[@~])(?P<seconds>[0-9]+(?:[.][0-9]+)?)|(?P<soon>!))?|(?P<none>-)")


@dataclass(frozen=True)
class Press:
    """One key and when it is pressed; `key` empty lets one request for a key pass.

    how: `asked` (where a key is asked for, after hearing it out), `soon` (at the next Gather of any kind, while its
    prompt plays), `recording` (`seconds` into the next recording), `clock` (`seconds` after the call was answered).
    """

    key: str
    how: str = "asked"
    seconds: float = 0.0


def parse_keys(text: str) -> tuple[Press, ...]:
    """Keys as written on a command line: `1`, `1!`, `0~2.5`, `0@12`, `-`, joined by commas.

    `1` where a key is asked for (a Gather that leads to a recording, or waits a second at most, asks for none); `1!`
    at the next Gather while the prompt plays; `0~2.5` 2.5 s into the next recording; `0@12` 12 s after the call was
    answered, wherever it then is; `-` lets one request for a key pass. Raises ValueError for anything else.
    """
    return tuple(_press(item.strip()) for item in text.split(",") if item.strip())


def _press(item: str) -> Press:
    match = _ITEM.fullmatch(item)
    if match is None:
        raise ValueError(f"{item!r} is not a key: write 1, 1!, 0~2.5 (into a recording), 0@12 (on the clock) or -")
    if match["none"]:
        return Press("")
    if match["soon"]:
        return Press(match["key"], "soon")
    how = {"@": "clock", "~": "recording", None: "asked"}[match["how"]]
    return Press(match["key"], how, float(match["seconds"] or 0))


@dataclass(frozen=True)
class Plan:
    """How a caller behaves: `speech` is one WAV file (bytes) per recording, in order; silence after the last.

    `hang_up` is seconds after the answer, `after_speaking` (at the end of the last of `speech`), or None (stays to
    the end).
    """

    speech: tuple[bytes, ...] = ()
    keys: tuple[Press, ...] = ()
    hang_up: float | str | None = None

    def __post_init__(self):
        if isinstance(self.hang_up, str) and self.hang_up != "after_speaking":
            raise ValueError(f"hang_up is seconds or after_speaking, not {self.hang_up!r}")


def read_plan(keys: str, hang_up: str, speech: tuple[bytes, ...]) -> Plan:
    """A plan as it is written in a form. Raises ValueError."""
    if not hang_up:
        return Plan(speech, parse_keys(keys))
    return Plan(speech, parse_keys(keys), hang_up if hang_up == "after_speaking" else float(hang_up))


@dataclass(frozen=True)
class Number:
    """A number of the network that a service answers, with the addresses set for it (all POST)."""

    number: str
    voice_url: str
    voice_fallback_url: str = ""
    status_callback: str = ""
    sms_url: str = ""
    sms_fallback_url: str = ""


@dataclass(frozen=True)
class Phone:
    """A telephone and its owner. `voice`: answers, busy, no-answer or failed.

    `talk_s` is how long its owner talks when put through by a Dial; `plan` is what they do when the service calls.
    `text_error`: an error code; 2xxxx refuses a text when it is handed in, 3xxxx fails it later by receipt.
    """

    voice: str = "answers"
    answer_after_s: float = 3.0
    talk_s: float = 10.0
    plan: Plan = field(default_factory=Plan)
    text_error: str = ""

    def __post_init__(self):
        if self.voice not in ("answers", "busy", "no-answer", "failed"):
            raise ValueError(f"voice is answers, busy, no-answer or failed, not {self.voice!r}")

    def ring(self, timeout_s: float) -> tuple[float, str]:
        """How long it rings and what comes of it, in Twilio's word (completed: answered)."""
        if self.voice == "answers" and self.answer_after_s < timeout_s:
            return self.answer_after_s, "completed"
        return (1.0, self.voice) if self.voice in ("busy", "failed") else (timeout_s, "no-answer")


NOTICES = ("hangup_action", "recording", "status", "receipt")
STEERING = ("voice", "gather", "record", "redirect", "dial")
LOSABLE = (*NOTICES, *STEERING)


@dataclass(frozen=True)
class Faults:
    """What the network does wrong; nothing unless asked.

    duplicate, drop, reorder: chances (0 to 1) that a webhook comes twice, that a notice (status, recording, receipt,
    the action after a hang-up) never comes, that it comes up to ten seconds late, so that later ones overtake it.
    delay_s: every notice is up to this late. lost: kinds of webhook (`LOSABLE`) that never come; a document that does
    not leads to the fallback.
    not_ready: so many fetches of a recording answer 404 after its callback. answers_lost: the chance that a create
    is done and its answer replaced by a 504. rest_status: every REST request is refused with this status.
    """

    duplicate: float = 0.0
    drop: float = 0.0
    reorder: float = 0.0
    delay_s: float = 0.0
    lost: tuple[str, ...] = ()
    not_ready: int = 0
    answers_lost: float = 0.0
    rest_status: int = 0

    def __post_init__(self):
        unknown = set(self.lost) - set(LOSABLE)
        if unknown:
            raise ValueError(f"Only {', '.join(LOSABLE)} can be lost, not {', '.join(sorted(unknown))}")
