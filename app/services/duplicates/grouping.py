"""Groups (同一件事): which earlier matters a new one may be the same as, decided in the order in which they come."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.services.duplicates.similarity import SAME, Likeness, Near, group_likeness

_HALVES_IN = timedelta(days=180)  # a likeness, until _OLD of it is left: what was long ago is seldom the same
_OLD = 0.5
_SAME_CALLER = 1.2  # the likeness of two matters of one caller counts so much more


@dataclass(frozen=True)
class Fit:
    """A group (`lead`: the key of its first matter) that a new matter may belong to, and how well it fits, from 0."""

    lead: Hashable
    likeness: float


class Matters:
    """All matters so far, with when and by whom each was spoken of."""

    def __init__(self):
        self._likeness = Likeness()
        self._said: dict[Hashable, tuple[datetime, Hashable]] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._said

    def __len__(self) -> int:
        return len(self._said)

    def add(self, key: Hashable, text: str, at: datetime, caller: Hashable = None) -> list[Near]:
        """Take in a matter; returns the earlier ones like it. `caller` is None where the number is hidden."""
        near = [self._counted(other, at, caller) for other in self._likeness.add(key, text)]
        self._said[key] = at, caller
        return near

    def _counted(self, near: Near, at: datetime, caller: Hashable) -> Near:
        """A likeness after what time and the caller say about it."""
        before, who = self._said[near.key]
        faded = max(_OLD, 0.5 ** (abs(at - before) / _HALVES_IN))
        again = _SAME_CALLER if caller is not None and caller == who else 1
        return replace(near, likeness=near.likeness * faded * again)


def fits(near: Iterable[Near], lead_of: Callable[[Hashable], Hashable], size: Callable[[Hashable], int]) -> list[Fit]:
    """The groups that a matter with these near ones may belong to, the best first.

    `lead_of`: the lead of the group that a near matter is in (itself where it is alone); `size`: of a lead's group.
    """
    by_lead: dict[Hashable, list[float]] = {}
    for other in near:
        by_lead.setdefault(lead_of(other.key), []).append(other.likeness)
    found = [Fit(lead, group_likeness(like, size(lead))) for lead, like in by_lead.items()]
    return sorted((fit for fit in found if fit.likeness >= SAME), key=lambda fit: -fit.likeness)
