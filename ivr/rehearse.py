"""Rehearse (排练): whether every dialogue still goes its way when the words are changed.

Wording is free; what is compared with the words before is the way: what the caller gets to, what the service is to do,
and that what a step tells of the matter (its number, its place, the answer) is still told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ivr.dialogue import TALKS, Dialogue, Stage, played, read_dialogue
from ivr.flow import Flow
from ivr.turn import Speak
from ivr.words import DIALECT, PLACEHOLDERS, Words

_MAY_GO = {"town", "hotline"}  # what a step may leave out when it is worded anew


@dataclass(frozen=True)
class Broken:
    """A dialogue (its title) that does not go its way: at which step, and what is no longer told there, if it is that.

    `lost` names placeholders; `audio` is a sound that is no longer played. Empty: the step is not come to, or says
    nothing.
    """

    title: str
    step: str
    lost: tuple[str, ...] = ()


def shipped_dialogues() -> list[Dialogue]:
    """Those that come with the service."""
    return [read_dialogue(path.read_text(encoding="utf-8")) for path in sorted(TALKS.glob("*.txt"))]


def rehearse(
    dialogues: Iterable[Dialogue], flows: Mapping[str, Flow], before: Words, after: Words, dialect: str = DIALECT
) -> Broken | None:
    """The first dialogue that goes another way with the words `after` than with those `before`; None: all go on."""
    for dialogue in dialogues:
        facts = dialogue.facts | {"dialect": dialect}
        flow = flows[dialogue.facts["flow"]]
        broken = _compared(replace(dialogue, facts=facts), Stage(flow, before, facts), Stage(flow, after, facts))
        if broken:
            return broken
    return None


def _compared(dialogue: Dialogue, was: Stage, now: Stage) -> Broken | None:
    ways = [[text for sign, text in played(dialogue, stage) if sign == "*"] for stage in (was, now)]
    for place, (speak, values) in enumerate(was.said):
        if place >= len(now.said) or now.said[place][0].step != speak.step:
            return Broken(dialogue.title, speak.step)
        lost = _told(speak, values) - _told(*now.said[place]) - _MAY_GO
        if lost:
            return Broken(dialogue.title, speak.step, tuple(sorted(lost)))
    if len(now.said) > len(was.said):
        return Broken(dialogue.title, now.said[len(was.said)][0].step)
    return None if ways[0] == ways[1] else Broken(dialogue.title, was.said[-1][0].step if was.said else "")


def _told(speak: Speak, values: Mapping[str, str]) -> set[str]:
    """The placeholders whose values were told."""
    told = {name for name in PLACEHOLDERS if values.get(name) and values[name] in speak.text}
    return told | ({"audio"} if "〔录音〕" in speak.text else set())
