"""Groups (同一件事): which earlier matter a new one may be the same as, decided in the order in which they come."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.services.likeness import SAME, Likeness, Near, group_likeness

_HALVES_IN = timedelta(days=180)  # a likeness, until _OLD of it is left: what was long ago is seldom the same
_OLD = 0.5
_SAME_CALLER = 1.2  # the likeness of two matters of one caller counts so much more


@dataclass(frozen=True)
class Fit:
    """The group (`lead`: the key of its first matter) that a new matter fits best, and how well, from 0 to 1."""

    lead: Hashable
    likeness: float


class Groups:
    """All matters so far and the groups they are in; every matter is in one, most alone."""

    def __init__(self):
        self._likeness = Likeness()
        self.lead_of: dict[Hashable, Hashable] = {}
        self.members: dict[Hashable, list[Hashable]] = {}
        self._said: dict[Hashable, tuple[datetime, Hashable]] = {}

    def fits(
        self,
        key: Hashable,
        text: str,
        at: datetime,
        caller: Hashable = None,
        may: Callable[[Hashable], bool] = lambda lead: True,
    ) -> list[Fit]:
        """Take in a matter, alone for now; gives the groups it fits, the best first.

        `caller` is None where the number is hidden; `may`: which groups may be thought of.
        """
        by_lead: dict[Hashable, list[float]] = {}
        for near in self._likeness.add(key, text):
            by_lead.setdefault(self.lead_of[near.key], []).append(self._counts(near, at, caller))
        self.lead_of[key], self._said[key] = key, (at, caller)
        self.members[key] = [key]
        found = [Fit(lead, group_likeness(like, len(self.members[lead]))) for lead, like in by_lead.items()]
        good = [fit for fit in found if fit.likeness >= SAME and may(fit.lead)]
        return sorted(good, key=lambda fit: -fit.likeness)

    def join(self, key: Hashable, lead: Hashable) -> None:
        """A matter, with all that joined it before, is the same as the group's."""
        lead = self.lead_of[lead]
        if self.lead_of[key] == lead:
            return
        for member in self.members.pop(self.lead_of[key]):
            self.lead_of[member] = lead
            self.members[lead].append(member)

    def _counts(self, near: Near, at: datetime, caller: Hashable) -> float:
        """A likeness after what time and the caller say about it."""
        before, who = self._said[near.key]
        faded = max(_OLD, 0.5 ** ((at - before) / _HALVES_IN))
        return near.likeness * faded * (_SAME_CALLER if caller is not None and caller == who else 1)
