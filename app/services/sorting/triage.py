"""Triage (分办): what a case is about, where, how urgent, what is wanted, proposed from its words. A person decides."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import cn2an
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Case, Proposal, Village
from app.services import ledger
from app.services.directory.callers import dialect_of
from app.services.sorting import asks, training_runs
from app.services.sorting.categories import OTHER, categories, category
from app.services.sorting.category_words import Matter, matter, sounds, toned
from app.services.sorting.classifier import Sorter
from app.services.sorting.ngrams import Document
from app.services.sorting.taxonomy import department_of
from ivr.sound import plain
from speech_models.dialects import UNKNOWN, in_mandarin
from speech_models.transcript import SURE

if TYPE_CHECKING:
    from app.parts import Parts

_NUMBER = r"第?\s*([一二三四五六七八九十百]{1,4}|\d{1,3})\s*(?:村民)?小?"
_SAID = r"组(?![织合成建装])|队|社(?![区会保])"
_GROUP = re.compile(f"{_NUMBER}(?:{_SAID})")
_GROUP_HEARD = re.compile(f"的?\\s*{_NUMBER}(?:{_SAID}|[祖族足阻租主])")  # also what recognisers make of 组
_CLEAR_NAME = 3  # characters from which a village's name is a place wherever it stands
_IS_PLACE = re.compile(rf"[村组队社的这那口里]|{_NUMBER}[组队社]")  # what marks a short name before it as a place
_NO_PLACE = re.compile(r"[不很太变是]")
_FROM = ("我是", "我住", "住在", "家在", "人在", "我在", "我们", "俺们", "咱们", "咱")
_BLANK = "，"  # stands for what has been understood as a place


def propose_for(
    parts: "Parts", session: Session, case: Case, text: str, *, confidence: float, as_heard: str | None = None
) -> Proposal:
    """Propose for a case and keep the proposal on it. What a person decided is not touched."""
    villages = session.scalars(select(Village).order_by(Village.name)).all()
    sorter = training_runs.sorter_in_use(parts, session)
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
    village, place, named, rest, either = _place(villages, text, home)
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


_Found = tuple[Village, str, int, int]  # a village, by which name, from where to where in the text


def _place(
    villages: list[Village], text: str, home: Village | None
) -> tuple[Village | None, str, str, str, tuple[str, ...]]:
    """The village meant, the place with its group, the name recognised, the plain text with every place blanked.

    Last, the villages that the name may mean where nothing tells which; the place is then the group alone. No place
    named: where the caller lives.
    """
    text = plain(text)
    heard = {clear: _line(text, clear) for clear in (True, False)}
    found = [place for village in villages for place in _mentions(village, text, heard)]
    rest = list(text)
    for _, _, at, end in found:
        rest[at:end] = _BLANK * (end - at)
    if not found:
        group = _GROUP.search(text) if home else None
        return home, home.name + _group(group) if home else "", "", _GROUP.sub(_blank, text), ()
    best = max(found, key=lambda place: _fit(text, place))
    group = _GROUP_HEARD.match(text, best[3]) or _GROUP.search(text)
    if group:
        rest[group.start() : group.end()] = _BLANK * (group.end() - group.start())
    meant = _meant([place for place in found if _fit(text, place) == _fit(text, best)], heard[True], home)
    blanked = _GROUP.sub(_blank, "".join(rest))
    if len(meant) > 1:
        return None, _group(group), best[1], blanked, tuple(village.name for village in meant)
    return meant[0], meant[0].name + _group(group), best[1], blanked, ()


def _fit(text: str, place: _Found) -> tuple:
    """How well a mention fits: with its group, by a long name, written as it is, early."""
    _, name, at, end = place
    return bool(_GROUP_HEARD.match(text, end)), len(name), name in text, -at


def _meant(rivals: list[_Found], heard: str, home: Village | None) -> list[Village]:
    """Which of the villages that fit equally is meant: of the town that is named, else the caller's own, else any."""
    villages = list({id(place[0]): place[0] for place in rivals}.values())
    if len(villages) == 1:
        return villages
    of_town = [village for village in villages if village.town and _line(plain(village.town[:-1]), True) in heard]
    if len(of_town) == 1:
        return of_town
    at_home = [village for village in of_town or villages if home is not None and village.name == home.name]
    return at_home or of_town or villages


def _mentions(village: Village, text: str, heard: dict[bool, str]) -> Iterator[tuple[Village, str, int, int]]:
    """Where a village is named, written or by sound, and by which of its names."""
    for name in (village.name, *village.aliases):
        name, clear, wanted = _name(name)
        if not name or (name not in text and wanted not in heard[clear]):
            continue
        starts = {found.start() for found in re.finditer(re.escape(name), text)}
        starts |= {
            heard[clear].count(" ", 0, found.start()) for found in re.finditer(f"(?={re.escape(wanted)})", heard[clear])
        }
        for start in sorted(starts):
            end = start + len(name)
            if clear or _IS_PLACE.match(text, end) or _is_place_here(text, start, end):
                yield village, name, start, end


def _is_place_here(text: str, at: int, end: int) -> bool:
    """Whether a short name that nothing marks as a place stands where only a place would."""
    return (at == 0 and not _NO_PLACE.match(text, end)) or text[:at].endswith(_FROM)


@lru_cache(maxsize=8192)
def _name(written: str) -> tuple[str, bool, str]:
    """A village's name in plain signs, whether it is long enough to be clear, and how it sounds."""
    name = plain(written)
    clear = len(name) >= _CLEAR_NAME
    return name, clear, _line(name, clear)


def _line(text: str, clear: bool) -> str:
    """The sounds of a text as one line to search in: without tones for a clear name, with them for a short one."""
    heard = sounds(text) if clear else toned(text)
    return f" {' '.join('·' if sound.isspace() else sound for sound in heard)} "


def _blank(found: re.Match[str]) -> str:
    return _BLANK * len(found[0])


def _group(found: re.Match[str] | None) -> str:
    if not found:
        return ""
    number = found[1]
    return f"{cn2an.an2cn(int(number)) if number.isdigit() else number}组"
