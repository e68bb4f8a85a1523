"""Triage (分类): what a case is about and where, proposed from its words. A person decides."""

import re
from dataclasses import asdict, dataclass

import cn2an
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Case, Village
from app.services import cases
from app.services.categories import OTHER, categories
from ivr.sound import folded, plain, spoken

_ALIKE_WEIGHT = 0.8  # a word that only sounds right, beside one that is written right
_SURE = 0.6  # a transcript below this confidence is not said back
_GROUP = re.compile(r"([零一二三四五六七八九十百\d]{1,3})\s*(组|队|社)")


@dataclass(frozen=True)
class Proposal:
    """What the words speak for. `because` are the words themselves; `sure`: good enough to be said back."""

    category: str = ""
    department: str = ""
    say: str = ""
    village: str = ""
    place: str = ""
    because: tuple[str, ...] = ()
    sure: bool = False


def propose_for(session: Session, case: Case, text: str, *, confidence: float) -> Proposal:
    """Propose for a case and keep the proposal on it. What a person decided is not touched."""
    found = propose(session.scalars(select(Village)).all(), text, confidence=confidence)
    case.proposal = asdict(found) | {"because": list(found.because)}
    cases.record(
        session, case, "understood", by="hotline", category=found.category, place=found.place, because=found.because
    )
    return found


def propose(villages: list[Village], text: str, *, confidence: float = 1.0) -> Proposal:
    """A proposal from a text or a transcript of this confidence. Matching is by sound, not by character."""
    heard = _sounds(text)
    matter, words, exact = _matter(text, heard)
    village, place, named = _place(villages, text, heard)
    sure = confidence >= _SURE or exact
    return Proposal(
        category=matter.name,
        department=matter.department,
        say=matter.say if words else "",
        village=village.name if village else "",
        place=place,
        because=(*words, *((named,) if named else ())),
        sure=sure and bool(words or place),
    )


def _matter(text: str, heard: list[str]):
    """The category whose words weigh most, those words, and whether one of them stands there character by character."""
    best, best_words, best_weight, exact = None, (), 0.0, False
    for category in categories():
        written = [word for word in category.words if word in text]
        alike = [w for w in category.words if w not in written and len(w) > 1 and _sounds_in(w, heard)]
        weight = sum(len(word) for word in written) + _ALIKE_WEIGHT * sum(len(word) for word in alike)
        if weight > best_weight:
            best, best_words, best_weight, exact = category, (*written, *alike), weight, bool(written)
    other = next(c for c in categories() if c.name == OTHER)
    return best or other, best_words, exact


def _place(villages: list[Village], text: str, heard: list[str]):
    """The village named, the place as it is written (with the group), and the name that was recognised."""
    best, best_name, best_length = None, "", 0
    for village in villages:
        for name in (village.name, *village.aliases):
            if len(name) > best_length and (name in text or _sounds_in(name, heard)):
                best, best_name, best_length = village, name, len(name)
    if best is None:
        return None, "", ""
    return best, best.name + _group(text), best_name


def _sounds(text: str) -> list[str]:
    return [folded(syllable) for syllable in spoken(plain(text))]


def _sounds_in(word: str, heard: list[str]) -> bool:
    """Whether the word is there by sound, syllable for syllable."""
    wanted = _sounds(word)
    return any(heard[at : at + len(wanted)] == wanted for at in range(len(heard) - len(wanted) + 1))


def _group(text: str) -> str:
    found = _GROUP.search(text)
    if not found:
        return ""
    number = found[1]
    return f"{cn2an.an2cn(int(number)) if number.isdigit() else number}组"
