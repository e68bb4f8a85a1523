"""The script's page: each step's words, written with Chinese names in braces, with what is known of them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app.errors import Refused
from app.phone_numbers import digits_dialled
from app.services.editing import documents
from app.services.editing.said import TOLD, Said
from app.services.editing.yaml_text import step_of
from app.services.wording import prompts
from app.services.wording.document_kinds import words_name
from ivr.check import LONGEST
from ivr.script import Line, script
from ivr.step import Step
from ivr.text import sms_parts
from ivr.words import DIALECT, PLACEHOLDERS, Slot, cut

if TYPE_CHECKING:
    from app.parts import Parts
    from app.settings import Settings

PARTS = {  # of the script: what it is called, and its flows
    "call": ("打来电话", [("report", "voice")]),
    "text": ("发来短信", [("report", "sms")]),
    "answer": ("打电话答复", [("answer", "voice")]),
    "ask": ("回访", [("follow_up", "voice"), ("follow_up", "sms")]),
    "rest": (
        "自动短信和出故障时",
        [("receipt", "sms"), ("delay", "sms"), ("urging", "sms"), ("alarm", "sms"), ("busy", "voice")],
    ),
}
BRACES = "、".join(f"{{{TOLD[name]}}}" for name in PLACEHOLDERS)  # what words may name
_SIGNS = {told: name for name, told in TOLD.items()}
_SYLLABLES = 4.3  # a second, as prompts are spoken
_EXAMPLES = {"answer": "已经派人去修了，后天修好", "number": "10017", "state": "正在办", "hotline": "0990000000"}
_CHANNELS = {"voice": "电话", "sms": "短信"}
_LABELS = {"voice": "电话里说", "again": "没听清再说", "sms": "短信"}


@dataclass(frozen=True)
class Field:
    """What a step says in one field: `text` as it is edited, a variant on each line."""

    name: str
    label: str
    text: str
    seconds: int
    parts: int
    mandarin: str = ""


@dataclass(frozen=True)
class Words:
    """A step on the page. `keys`: the explanation of keys, which is made by itself. `seen`: the digest for saving."""

    step: str
    fields: tuple[Field, ...]
    keys: str
    seen: str
    changed: bool
    recorded: tuple[tuple[str, str], ...] = ()


def script_page(parts: "Parts", session: Session, current: Said, live: Said, part: str) -> list[tuple[str, list]]:
    """(title of a flow, its lines with the words of each step) of one part of the script."""
    dialect = current.kind.key
    mandarin = documents.current(session, words_name(DIALECT)) if dialect != DIALECT else None
    found = []
    for name, channel in PARTS[part][1]:
        flow = parts.flows.get(name)
        if flow is None:
            continue
        lines: list[tuple[Line, Words | None]] = []
        for line in script(flow, channel):
            step = flow.steps.get(line.step)
            keys = parts.words._key_fragments(step, flow.person_label, dialect, False) if step and step.labels() else []
            told = "；".join(f.text for f in keys if f.kind == "words")
            lines.append((line, _words(step, channel, current, live, mandarin, told) if step else None))
        openings = {step: _opening(current, mandarin, step, channel) for step in flow.steps}
        twice = sum(other == name for other, _ in PARTS[part][1]) > 1
        title = f"{flow.title}（{_CHANNELS[channel]}）" if twice else flow.title
        found.append((title, [(line, words, openings.get(line.goes_to, "")) for line, words in lines]))
    return found


def fields_of(step: Step, channel: str) -> list[str]:
    """What a step may say on a channel."""
    if channel == "sms":
        return ["sms"]
    return ["voice", "again"] if step.repeats_itself else ["voice"]


def in_chinese(text: str) -> str:
    """A text with the Chinese names of what stands in braces."""
    return re.sub(r"\{([^{}]*)\}", lambda found: f"{{{TOLD.get(found[1], found[1])}}}", text)


def in_signs(text: str) -> list[str]:
    """What was typed, as variants with the engine's names; empty lines are left out."""
    lines = [line.strip() for line in text.replace("｛", "{").replace("｝", "}").splitlines()]
    return [re.sub(r"\{([^{}]*)\}", lambda f: f"{{{_SIGNS.get(f[1], f[1])}}}", line) for line in lines if line]


def pieces_to_hear(text: str, settings: "Settings") -> list[str]:
    """The pieces in which typed words are spoken, an example in the place of what is not known. Raises Refused."""
    lines = in_signs(text)
    if not lines:
        raise Refused("还没有写话，请先写。")
    examples = LONGEST | _EXAMPLES | {"town": settings.town, "hotline": digits_dialled(settings.hotline)}
    try:
        pieces = cut(lines[0])
    except ValueError as error:
        raise Refused("花括号里的词不对，请照着表里的写。") from error
    said = [piece if isinstance(piece, str) else examples.get(piece.name, "") for piece in pieces]
    return [piece for piece in said if piece.strip()]


def _words(step: Step, channel: str, current: Said, live: Said, mandarin: Said | None, keys: str) -> Words:
    said, before = step_of(current.text, step.name), step_of(live.text, step.name)
    spoken = step_of(mandarin.text, step.name) if mandarin else {}
    names = fields_of(step, channel)
    fields = tuple(
        Field(
            name,
            _LABELS[name],
            in_chinese("\n".join(said.get(name, []))),
            _seconds(said.get(name) or spoken.get(name) or []),
            sms_parts(_longest(said.get(name) or spoken.get(name) or [])) if name == "sms" else 0,
            in_chinese("\n".join(spoken.get(name, []))),
        )
        for name in names
    )
    seen = json.dumps({name: said[name] for name in names if said.get(name)}, ensure_ascii=False)
    changed = any(said.get(name) != before.get(name) for name in names)
    return Words(step.name, fields, keys, seen, changed, _recorded(said, current.sounds, channel))


def _recorded(said: Mapping[str, list[str]], sounds: Mapping[str, str], channel: str) -> tuple[tuple[str, str], ...]:
    """Each fixed piece of a step's words, and the file of a person's recording of it, where there is one."""
    if channel == "sms":
        return ()
    texts = [text for name in ("voice", "again") for text in said.get(name, [])]
    pieces = dict.fromkeys(piece for text in texts for piece in prompts.sounding_pieces(text))
    return tuple((piece, sounds.get(piece, "").removeprefix("people/")) for piece in pieces)


def _opening(current: Said, mandarin: Said | None, step: str, channel: str) -> str:
    for said in (current, mandarin):
        texts = step_of(said.text, step) if said else {}
        for name in ("voice", "sms") if channel == "voice" else ("sms", "voice"):
            if texts.get(name):
                return in_chinese(texts[name][0])
    return step


def _longest(texts: list[str]) -> str:
    whole = [
        "".join(p if isinstance(p, str) else LONGEST.get(p.name, "") for p in cut(text) if not _is_sound(p))
        for text in texts
    ]
    return max(whole, key=len, default="")


def _seconds(texts: list[str]) -> int:
    signs = sum(sign.isalnum() for sign in _longest(texts[:1]))
    return round(signs / _SYLLABLES)


def _is_sound(piece: str | Slot) -> bool:
    return isinstance(piece, Slot) and piece.kind == "audio"
