"""Proposal (建议): what the service understood of a case, kept beside the person's decision."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.types import TypeDecorator


@dataclass(frozen=True)
class Proposal:
    """What the words of a case speak for. `because` are the words themselves; `sure`: good enough to be said back.

    `category` is the everyday one, 其他 where none fits; `topic` the place in the taxonomy, as a path, empty where
    nothing speaks for any. `ask` and `urgency` are of services/sorting/asks.py, with the words that speak for them.
    `either`: the villages that a name may mean where nothing tells which; then `village` and `place` are empty, and
    `group` is the group that was said. `picked`: the one of them that the caller picked.

    False as long as nothing was read yet (`made`); one that found nothing is true.
    """

    category: str = ""
    topic: str = ""
    department: str = ""
    say: str = ""
    village: str = ""
    place: str = ""
    because: tuple[str, ...] = ()
    sure: bool = False
    ask: str = ""
    ask_because: str = ""
    urgency: str = ""
    urgency_because: str = ""
    either: tuple[str, ...] = ()
    group: str = ""
    picked: str = ""
    made: bool = True

    def __bool__(self) -> bool:
        return self.made

    def to_json(self) -> dict[str, Any]:
        """As plain JSON; {} for one that was not made yet."""
        if not self.made:
            return {}
        read = asdict(self) | {"because": list(self.because), "either": list(self.either)}
        del read["made"]
        return read

    @classmethod
    def from_json(cls, read: Mapping[str, Any] | None) -> "Proposal":
        """The proposal that `to_json` wrote, here or in another version: what is not known here is left out."""
        if not read:
            return NOTHING_YET
        kinds = {field.name: type(getattr(_EMPTY, field.name)) for field in fields(cls)}
        known = {key: tuple(value) if isinstance(value, list) else value for key, value in read.items() if key in kinds}
        return cls(**{key: value for key, value in known.items() if isinstance(value, kinds[key])})


_EMPTY = Proposal()
NOTHING_YET = Proposal(made=False)


class ProposalColumn(TypeDecorator):
    """A Proposal as a JSON column; its parts can be asked for in queries: `Case.proposal["village"].as_string()`."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Proposal | None, dialect):
        return None if value is None else value.to_json()

    def process_result_value(self, value, dialect) -> Proposal:
        return Proposal.from_json(value)

    def coerce_compared_value(self, op, value):
        return self.impl_instance.coerce_compared_value(op, value)
