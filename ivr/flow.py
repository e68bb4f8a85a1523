"""Flow (流程): the steps of a conversation, read from YAML and refused when it cannot work.

A flow file holds `name`, `title`, `start` (channel -> first step), `person` (`go` and `label` of key 0), `emergency`
(channel -> step), `give_up` (the step for a conversation that goes on too long) and `steps`.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ivr.document import FlowError, Map, read
from ivr.step import Step, read_step
from ivr.steps import KINDS
from ivr.words import Words

__all__ = ["CHANNELS", "DEFAULT", "FOLDER", "Flow", "FlowError", "load_flow"]

FOLDER = Path(__file__).parent / "flows"
DEFAULT = FOLDER / "report.yaml"
CHANNELS = ("voice", "sms")
_PARTS = ("name", "title", "start", "person", "emergency", "give_up", "steps")


@dataclass(frozen=True)
class Flow:
    """A conversation's steps. `version` is a hash (hex) of the flow and of all words it was loaded with."""

    name: str
    title: str
    file: str
    start: dict[str, str]
    person: str
    person_label: str
    emergency: dict[str, str]
    give_up: str
    steps: dict[str, Step]
    version: str

    def reachable(self, channel: str) -> list[Step]:
        """Every step that a conversation on this channel may come to, in the order of the file."""
        todo = [self.start[channel], self.give_up] if channel in self.start else []
        if todo and channel == "voice":
            todo.append(self.person)
        if todo and channel in self.emergency:
            todo.append(self.emergency[channel])
        seen: set[str] = set()
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo.extend(self.steps[name].goes().values())
        return [step for name, step in self.steps.items() if name in seen]


def load_flow(path: Path = DEFAULT, words: Words | None = None) -> Flow:
    """The flow of a file. Raises FlowError with the line that is to blame. `words` only enters the version."""
    path = Path(path)
    data = read(path)
    for part in data:
        if part not in _PARTS:
            raise FlowError(f"A flow does not know `{part}`.", path, data.lines[part])
    for part in ("name", "start", "person", "emergency", "give_up", "steps"):
        if not data.get(part):
            raise FlowError(f"The flow lacks `{part}`.", path, 1)
    for part in ("start", "person", "emergency", "steps"):
        if not isinstance(data[part], Map):
            raise FlowError(f"`{part}` must be a mapping.", path, data.lines[part])
    _refuse_channels(data, path)
    if set(data["person"]) != {"go", "label"}:
        raise FlowError("`person` needs `go` (a step) and `label` (what key 0 is for).", path, data.lines["person"])
    lines = data["steps"].lines
    steps = {name: read_step(name, step, KINDS, str(path), lines[name]) for name, step in data["steps"].items()}
    content = path.read_bytes() + (words.version.encode() if words else b"")
    flow = Flow(
        name=data["name"],
        title=data.get("title", data["name"]),
        file=str(path),
        start=dict(data["start"]),
        person=data["person"]["go"],
        person_label=data["person"]["label"],
        emergency=dict(data["emergency"]),
        give_up=data["give_up"],
        steps=steps,
        version=hashlib.sha256(content).hexdigest(),
    )
    _refuse_unknown_steps(flow, data)
    _refuse_endless(flow)
    return flow


def _refuse_channels(data: Map, path: Path) -> None:
    for part in ("start", "emergency"):
        for channel in data[part]:
            if channel not in CHANNELS:
                raise FlowError(f"`{channel}` is no channel (voice, sms).", path, data[part].lines[channel])
    for channel in data["start"]:
        if channel not in data["emergency"]:
            raise FlowError(f"`emergency` lacks the channel {channel}.", path, data.lines["emergency"])


def _refuse_unknown_steps(flow: Flow, data: Map) -> None:
    named = {f"start of {channel}": (step, data["start"].line) for channel, step in flow.start.items()}
    named |= {f"emergency of {channel}": (step, data["emergency"].line) for channel, step in flow.emergency.items()}
    named |= {"person": (flow.person, data.lines["person"]), "give_up": (flow.give_up, data.lines["give_up"])}
    for step in flow.steps.values():
        named |= {f"`{way}` of step `{step.name}`": (goal, step.line) for way, goal in step.goes().items()}
    for what, (goal, line) in named.items():
        if goal not in flow.steps:
            raise FlowError(f"The {what} leads to `{goal}`, which is no step.", flow.file, line)


def _refuse_endless(flow: Flow) -> None:
    """A ring of steps without a wait for the caller would talk for ever; so would a give_up that waits."""
    done: set[str] = set()

    def walk(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            ring = " → ".join((*above[above.index(name) :], name))
            raise FlowError(f"The steps {ring} go round without waiting for the caller.", flow.file, _line(flow, name))
        if name in done or flow.steps[name].waits == "caller":
            return
        for goal in flow.steps[name].goes().values():
            walk(goal, (*above, name))
        done.add(name)

    for name in flow.steps:
        walk(name, ())
    todo = [flow.give_up]
    while todo:
        step = flow.steps[todo.pop()]
        if step.waits:
            raise FlowError(f"`give_up` must lead to the end, but step `{step.name}` waits.", flow.file, step.line)
        todo.extend(step.goes().values())


def _line(flow: Flow, name: str) -> int:
    return flow.steps[name].line
