"""Edition (版): what is said as it was published at one moment, with a person's recordings of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ivr.flow import Flow
from ivr.words import DIALECT, Words, digit_fragment, fragments


@dataclass(frozen=True)
class Edition:
    """The words of an edition. `sounds`: dialect -> text of a piece -> key of a person's recording of it."""

    number: int
    words: Words
    sounds: Mapping[str, Mapping[str, str]]
    flows: Mapping[str, Flow]

    @cached_property
    def mandarin(self) -> dict[str, str]:
        """Fragment id -> its Mandarin text, which stands in where a dialect has no recording."""
        found = {f.id: f.text for flow in self.flows.values() for f in fragments(flow, self.words, DIALECT)}
        return found | {digit_fragment(d).id: digit_fragment(d).text for d in "0123456789"}
