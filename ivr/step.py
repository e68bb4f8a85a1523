"""Step: one place of a flow. What every kind shares, and how its YAML is read into its fields.

A new kind is one file in ivr/steps, one line in the table there, one talk in ivr/talks and one entry in
docs/flows.md.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Protocol

from ivr.document import FlowError, Map
from ivr.turn import Event, Heard, Wait

PERSON_KEY = "0"  # reaches a person at any time, in every flow

Where = Wait | str  # what a step comes to: something to wait for, or the name of the next step


class Talk(Protocol):
    """One turn in the making, as a step may read and change it (ivr/conversation.py has the real one)."""

    values: dict[str, str]

    @property
    def gone(self) -> bool:
        """The caller has hung up: nothing more is said, nobody is waited for."""

    def hang_up(self) -> None:
        """From now on the caller is gone."""

    def put(self, /, **values: str) -> None:
        """Set values; an empty one is forgotten."""

    def forget_case(self) -> None:
        """Forget which case is talked about."""

    def take(self, limit: str, times: int) -> bool:
        """Whether the way through this limit was free: it is `times` times."""

    def forget_limits(self) -> None:
        """Every way is free again."""

    def do(self, event: Event) -> None:
        """Have the service do something that needs no answer."""

    def say(self, step: "Step", *, again: bool = False) -> None:
        """Say a step's words, if it has any and somebody listens."""

    def again(self, step: "Step", repeats: int, wait: Wait) -> Wait | None:
        """A miss: say the step's words again and return its wait, or None when that was done `repeats` times."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One place of a flow. `enter` is called on arrival, `hear` with what answers its wait."""

    name: str
    line: int

    waits: ClassVar[str] = ""  # whom it waits for: caller, service, or nobody
    speaks: ClassVar[str] = "never"  # never, may or must have words
    repeats_itself: ClassVar[bool] = False  # says its words again, slower, after a miss
    is_transfer: ClassVar[bool] = False  # rings a person, and must be told how that ended

    def goes(self) -> dict[str, str]:
        """Where it may lead: what leads there -> name of the next step."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.metadata.get("go") and getattr(self, f.name)}

    def labels(self) -> dict[str, str]:
        """Its own keys on the phone: key -> what it is for, as said."""
        return {}

    def enter(self, talk: Talk) -> Where:
        raise NotImplementedError

    def hear(self, talk: Talk, heard: Heard) -> Where:
        """Something that does not answer this step's wait changes nothing: the same again."""
        return self.enter(talk)


# ------------------------------------------------------------------ the fields of a step, as read from YAML


def step_name(*, optional: bool = False) -> Any:
    """A field that names the next step."""
    return _field(_text, "" if optional else None, go=True)


def text(default: str | None = None) -> Any:
    return _field(_text, default)


def one_of(*choices: str) -> Any:
    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return value

    return _field(read, None)


def whole(default: int | None = None, *, least: int = 1, most: int = 3600) -> Any:
    def read(value: Any) -> int:
        if not (isinstance(value, str) and value.isascii() and value.isdigit() and least <= int(value) <= most):
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(value)

    return _field(read, default)


def yes_no(default: bool | None = None) -> Any:
    def read(value: Any) -> bool:
        if value not in ("yes", "no"):
            raise ValueError("must be yes or no")
        return value == "yes"

    return _field(read, default)


def table(read: Callable[[Any], dict]) -> Any:
    """A field that is a mapping, turned by `read`, which raises ValueError with the end of a sentence."""
    return _field(read, None)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be one word of text")
    return value


def _field(read: Callable[[Any], Any], default: Any, **metadata: Any) -> Any:
    metadata["read"] = read
    return field(metadata=metadata) if default is None else field(default=default, metadata=metadata)


def read_step(name: str, data: Any, kinds: dict[str, type[Step]], file: str, line: int) -> Step:
    """A Step from its YAML. Raises FlowError with the line that is to blame."""
    if not isinstance(data, Map):
        raise FlowError(f"Step `{name}` must be a mapping with `do:` and its fields.", file, line)
    kind = kinds.get(data.get("do", ""))
    if kind is None:
        raise FlowError(f"Step `{name}` must `do:` one of {', '.join(kinds)}.", file, data.lines.get("do", line))
    known = {f.name: f for f in fields(kind) if "read" in f.metadata}
    for key in data:
        if key != "do" and key not in known:
            raise FlowError(f"Step `{name}` does not know `{key}`.", file, data.lines[key])
    values = {}
    for key, known_field in known.items():
        if key in data:
            try:
                values[key] = known_field.metadata["read"](data[key])
            except ValueError as error:
                raise FlowError(f"`{key}` of step `{name}` {error}.", file, data.lines[key]) from error
    try:
        return kind(name=name, line=line, **values)
    except TypeError as error:
        missing = [key for key, f in known.items() if key not in data and _has_no_default(kind, key)]
        raise FlowError(f"Step `{name}` lacks {', '.join(missing)}.", file, line) from error


def _has_no_default(kind: type[Step], key: str) -> bool:
    return not hasattr(kind, key)
