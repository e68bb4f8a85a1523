"""Place names: which village a text names, written or by its sound, and which group of it."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import cn2an

from app.models import Village
from app.services.sorting.category_words import sounds, toned
from ivr.sound import plain

if TYPE_CHECKING:
    pass

_NUMBER = r"第?\s*([一二三四五六七八九十百]{1,4}|\d{1,3})\s*(?:村民)?小?"
_SAID = r"组(?![织合成建装])|队|社(?![区会保])"
_GROUP = re.compile(f"{_NUMBER}(?:{_SAID})")
_GROUP_HEARD = re.compile(f"的?\\s*{_NUMBER}(?:{_SAID}|[祖族足阻租主])")  # also what recognisers make of 组
_CLEAR_NAME = 3  # characters from which a village's name is a place wherever it stands
_IS_PLACE = re.compile(rf"[村组队社的这那口里]|{_NUMBER}[组队社]")  # what marks a short name before it as a place
_NO_PLACE = re.compile(r"[不很太变是]")
_FROM = ("我是", "我住", "住在", "家在", "人在", "我在", "我们", "俺们", "咱们", "咱")
_BLANK = "，"  # stands for what has been understood as a place
_Found = tuple[Village, str, int, int]  # a village, by which name, from where to where in the text


def place_in(
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
