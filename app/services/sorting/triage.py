"""Triage (分办): what a case is about, where, how urgent, what is wanted, proposed from its words. A person decides."""

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Case, Proposal, Village
from app.services import ledger
from app.services.directory.callers import dialect_of
from app.services.sorting import asks, in_use
from app.services.sorting.categories import OTHER, categories, category
from app.services.sorting.category_words import Matter, matter
from app.services.sorting.classifier import Sorter
from app.services.sorting.ngrams import Document
from app.services.sorting.place_names import place_in
from app.services.sorting.taxonomy import department_of
from speech_models.dialects import UNKNOWN, in_mandarin
from speech_models.transcript import SURE

if TYPE_CHECKING:
    from app.parts import Parts


def propose_for(
    parts: "Parts", session: Session, case: Case, text: str, *, confidence: float, as_heard: str | None = None
) -> Proposal:
    """Propose for a case and keep the proposal on it. What a person decided is not touched."""
    villages = session.scalars(select(Village).order_by(Village.name)).all()
    sorter = in_use.sorter_in_use(parts, session)
    picked = case.proposal.picked
    home = next((v for v in villages if v.name == picked), case.caller.village if case.caller else None)
    found = propose(
        villages,
        text,
        confidence=confidence,
        as_heard=as_heard,
        dialect=dialect_of(case.caller),
        sorter=sorter,
        home=home,
    )
    case.proposal = replace(found, picked=picked)
    ledger.record(
        session, case, "understood", by="hotline", category=found.category, topic=found.topic, place=found.place,
        because=found.because,
    )  # fmt: skip
    return found


def told_more(parts: "Parts", session: Session, case: Case, text: str) -> None:
    """What a caller adds by text to a texted case may say where it is, if nothing has said so yet."""
    if case.text and not case.village_id and not case.proposal.village:
        propose_for(parts, session, case, f"{case.text}。{text}", confidence=1.0)


def pick(session: Session, case: Case, village: str) -> None:
    """The caller's own key says which of the villages is meant that her words may mean."""
    if village not in case.proposal.either:
        return
    place = village + case.proposal.group
    case.proposal = replace(case.proposal, village=village, place=place, either=(), group="", picked=village)
    ledger.record(session, case, "place_picked", by="caller", place=place)


def propose(
    villages: list[Village],
    text: str,
    *,
    confidence: float = 1.0,
    as_heard: str | None = None,
    dialect: str = UNKNOWN,
    sorter: Sorter | None = None,
    home: Village | None = None,
) -> Proposal:
    """A proposal from a text or a transcript of this confidence. Matching is by sound, not by character.

    In a doubtful transcript a word of the matter that stands there as it is written may be believed, if it stood so
    before correction, too (`as_heard`: the text then).

    The place is sought first and only in the text; the matter in what is left of it (a village called 石桥村 is no
    bridge) and in what its dialect words mean. In doubt, and where no place is named, it is `home`, where the caller
    lives.
    """
    village, place, named, rest, either = place_in(villages, text, home)
    found = said = matter(rest)
    meaning = in_mandarin(rest, dialect)
    if meaning != rest:
        found = max(said, matter(meaning), key=lambda read: read.weight)
    name, topic, words = _filed(found, sorter or Sorter(), meaning)
    as_said = name == found.category.name
    wanted = asks.ask(rest)
    urgent = asks.urgency(text, topic, wanted.name)
    return Proposal(
        category=name,
        topic=topic,
        department=department_for(name, topic),
        say=found.category.say if found.words and as_said else "",
        village=village.name if village else "",
        place="" if either else place,
        because=(*words, *((named,) if named else ())),
        sure=as_said and found.certain and (confidence >= SURE or (found is said and _written(said, as_heard))),
        ask=wanted.name,
        ask_because=wanted.because,
        urgency=urgent.name,
        urgency_because=urgent.because,
        either=either,
        group=place if either else "",
    )


def _written(said: Matter, as_heard: str | None) -> bool:
    """Whether a word of the matter stands there character by character, and did so before correction."""
    return said.written and (as_heard is None or matter(as_heard).written)


def _filed(found: Matter, sorter: Sorter, text: str) -> tuple[str, str, tuple[str, ...]]:
    """The everyday category, the place in the taxonomy and the words that speak for them.

    The words of an everyday category come first as long as nothing was learnt. From then on they must agree with what
    was learnt in the first level, or give way to it.
    """
    document = Document(text)
    by = sorter.sort(document)
    agree = by.top in {topic.split("/")[0] for topic in found.category.topics}
    if found.words and (agree or not by.topic or sorter.learnt is None):
        return found.category.name, sorter.nearest(document, found.category.topics), found.words
    everyday = next((each.name for each in categories() if by.topic in each.topics), OTHER)
    return everyday, by.topic, by.because


def department_for(name: str, topic: str) -> str:
    """Who sees to it: the everyday category's department, else the one of its place in the taxonomy."""
    everyday = category(name)
    return everyday.department if everyday and (name != OTHER or not topic) else department_of(topic)
