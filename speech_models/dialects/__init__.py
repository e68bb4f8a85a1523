"""Dialect words (乡音词): what villagers say in their dialect and what it means in Standard Mandarin.

One YAML file per dialect in this folder, explained in docs/dialects.md. What was said is never rewritten: a gloss only
says where a word stands in a text and what it means.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar

import yaml
from pypinyin import lazy_pinyin
from pypinyin.contrib.tone_convert import to_finals, to_initials

T = TypeVar("T")
FOLDER = Path(__file__).parent
UNKNOWN = "mandarin"  # a caller of whom no dialect is known
ABOUT = {
    "people": "人", "body": "身体", "illness": "病痛", "weather": "天气", "time": "时间", "place": "地方",
    "farm": "农活", "animals": "牲畜", "food": "吃喝", "house": "房屋", "things": "用物", "road": "道路",
    "money": "钱", "officials": "公家", "quarrel": "吵闹", "feeling": "心情", "doing": "做事", "manner": "样子",
    "asking": "问话", "negation": "有无",
}  # fmt: skip
_FILE_FIELDS = {"name", "where", "reviewed", "near", "entries"}
_ENTRY_FIELDS = {"word", "means", "about", "misheard", "example", "ambiguous", "not_in"}
_BY_SOUND = 3  # characters from which a word is also found by its sound alone


class DialectUnusable(Exception):
    """A file cannot work; the message is one sentence with the file and the entry."""


@dataclass(frozen=True)
class Entry:
    """A dialect word. `means` holds one or more readings parted by 、, the most usual first; `about` is a key of ABOUT.

    `misheard`: what a Mandarin recogniser is likely to write instead. `ambiguous`: the same characters are also
    ordinary Mandarin or another dialect's word. `not_in`: longer Mandarin phrases in which they are only a part.
    """

    word: str
    means: str
    about: str
    example: str
    misheard: tuple[str, ...] = ()
    ambiguous: bool = False
    not_in: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dialect:
    """A dialect's words. `near_initials` and `near_finals` are pairs of pinyin that its speakers do not tell apart."""

    key: str
    name: str
    where: str
    reviewed: bool
    near_initials: tuple[tuple[str, str], ...]
    near_finals: tuple[tuple[str, str], ...]
    entries: tuple[Entry, ...]

    def folded(self, syllable: str) -> str:
        """A toneless pinyin syllable in which the sounds that this dialect does not tell apart are equal."""
        initial, final = to_initials(syllable, strict=False), to_finals(syllable, strict=False)
        for one, other in self.near_initials:
            initial = one if initial == other else initial
        for one, other in self.near_finals:
            short, long = sorted((one, other), key=len)
            final = final.removesuffix(long) + short if final.endswith(long) else final
        return initial + final


@dataclass(frozen=True)
class Gloss:
    """`text[start:end]` is, or is likely a mis-hearing of, the dialect `word`, which means `means`.

    `reviewed`: a local has checked the list that says so.
    """

    start: int
    end: int
    word: str
    means: str
    reviewed: bool


_in_force: Mapping[str, Dialect] = {}
_generation = 0


def put_in_force(edited: Mapping[str, Dialect]) -> None:
    """From now on these stand in the place of the files of the same key; what is not named is as shipped."""
    global _in_force, _generation
    if dict(edited) != _in_force:
        _in_force = dict(edited)  # swapped whole: other threads are reading
        _generation += 1


def follows(read: Callable[..., T]) -> Callable[..., T]:
    """What a function reads from the dialects, kept for each of its arguments as long as the same are in force."""
    once = lru_cache(maxsize=4096)(lambda generation, *asked: read(*asked))

    @wraps(read)
    def in_force(*asked) -> T:
        return once(_generation, *asked)

    return in_force


@follows
def load_dialects(folder: Path = FOLDER) -> dict[str, Dialect]:
    """Every dialect of a folder by its key, the file's name; of our own folder as it is in force. Read once.

    Raises DialectUnusable.
    """
    shipped = {path.stem: read_dialect(path) for path in sorted(folder.glob("*.yaml"))}
    return shipped | (dict(_in_force) if folder == FOLDER else {})


def read_dialect(path: Path) -> Dialect:
    """One file. Raises DialectUnusable."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DialectUnusable(f"{path.name}: not readable as YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict) or set(data) != _FILE_FIELDS or not isinstance(data["entries"], list):
        raise DialectUnusable(f"{path.name}: needs exactly name, where, reviewed, near and a list of entries.")
    if not isinstance(data["reviewed"], bool) or not _are_texts((data["name"], data["where"])):
        raise DialectUnusable(f"{path.name}: name and where must be texts, reviewed must be yes or no.")
    near = data["near"] if isinstance(data["near"], dict) else {}
    entries = tuple(_entry(f"{path.name}, entry {at}", raw) for at, raw in enumerate(data["entries"], 1))
    _refuse_doubles(path, entries)
    return Dialect(
        key=path.stem,
        name=data["name"],
        where=data["where"],
        reviewed=data["reviewed"],
        near_initials=_pairs(path, near.get("initials")),
        near_finals=_pairs(path, near.get("finals")),
        entries=entries,
    )


def _entry(place: str, raw: object) -> Entry:
    """One entry. `place` names it in the refusal until its word is known."""
    if not isinstance(raw, dict) or not _are_texts((raw.get("word"),)):
        raise DialectUnusable(f"{place}: needs a word.")
    place = f"{place} ({raw['word']})"
    unknown = sorted(str(field) for field in set(raw) - _ENTRY_FIELDS)
    if unknown:
        raise DialectUnusable(f"{place}: does not know {', '.join(unknown)}.")
    for field in ("means", "example"):
        if not _are_texts((raw.get(field),)):
            raise DialectUnusable(f"{place}: {field} is missing.")
    if raw.get("about") not in ABOUT:
        raise DialectUnusable(f"{place}: about must be one of {', '.join(ABOUT)}.")
    if raw["word"] not in raw["example"]:
        raise DialectUnusable(f"{place}: the example does not hold the word.")
    lists = {field: raw.get(field, []) for field in ("misheard", "not_in")}
    if not all(isinstance(found, list) and _are_texts(found) for found in lists.values()):
        raise DialectUnusable(f"{place}: misheard and not_in must be lists of texts.")
    if any(len(form) < 2 for form in lists["misheard"]):
        raise DialectUnusable(f"{place}: a mis-hearing of one character would be found everywhere.")
    if not all(raw["word"] in phrase and phrase != raw["word"] for phrase in lists["not_in"]):
        raise DialectUnusable(f"{place}: a phrase of not_in must be longer than the word and hold it.")
    if not isinstance(raw.get("ambiguous", False), bool):
        raise DialectUnusable(f"{place}: ambiguous must be yes or no.")
    return Entry(**raw | {field: tuple(found) for field, found in lists.items()})


def _are_texts(found: Iterable[object]) -> bool:
    return all(isinstance(one, str) and one.strip() for one in found)


def _refuse_doubles(path: Path, entries: tuple[Entry, ...]) -> None:
    seen: dict[str, str] = {}
    for entry in entries:
        for form in (entry.word, *entry.misheard):
            if form in seen:
                told = f"{form} is there already" + (f", with {seen[form]}" if form != seen[form] else "")
                raise DialectUnusable(f"{path.name}, entry {entry.word}: {told}.")
            seen[form] = entry.word


def _pairs(path: Path, rules: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(rules, list) or not all(
        isinstance(rule, list) and len(rule) == 2 and _are_texts(rule) and all(sound.isascii() for sound in rule)
        for rule in rules
    ):
        raise DialectUnusable(f"{path.name}: near needs initials and finals, each a list of pairs of pinyin.")
    return tuple((one, other) for one, other in rules)


# ------------------------------------------------------------------------------------------ finding words in a text


@dataclass(frozen=True)
class _Table:
    """What to look for. A form whose entry is None hides the words within it."""

    forms: dict[str, tuple[Entry, bool] | None]
    sounds: dict[tuple[str, ...], tuple[Entry, bool]]
    dialect: Dialect | None
    form_sizes: tuple[int, ...]
    sound_sizes: tuple[int, ...]

    def found_at(self, text: str, syllables: list[str], at: int) -> tuple[int, tuple[Entry, bool] | None]:
        """(length, entry) of the longest form that begins here; by character before by sound. (0, None): nothing."""
        for size in self.form_sizes:
            if text[at : at + size] in self.forms:
                return size, self.forms[text[at : at + size]]
        for size in self.sound_sizes:
            heard = tuple(syllables[at : at + size])
            if heard in self.sounds:
                return size, self.sounds[heard]
        return 0, None


def gloss(text: str, dialect: str = UNKNOWN) -> list[Gloss]:
    """The dialect words of a text, in order, none overlapping, the longest first.

    Of a known dialect: its words, what they are likely misheard as, and words of three characters or more by their
    sound. Else (`mandarin`, or a dialect without a file): only words as written that no dialect gives another meaning
    and that are not ordinary Mandarin. The text itself stays as it is.
    """
    table = _table(dialect)
    syllables = _syllables(text, table.dialect) if table.sounds else []
    found: list[Gloss] = []
    at = 0
    while at < len(text):
        size, hit = table.found_at(text, syllables, at)
        if hit:
            entry, reviewed = hit
            found.append(Gloss(at, at + size, entry.word, entry.means, reviewed))
        at += size or 1
    return found


def in_mandarin(text: str, dialect: str = UNKNOWN) -> str:
    """A text with the most usual meaning in the place of every glossed word: for understanding only, never shown."""
    read, at = "", 0
    for found in gloss(text, dialect):
        read += text[at : found.start] + found.means.split("、")[0]
        at = found.end
    return read + text[at:]


@follows
def _table(dialect: str) -> _Table:
    known = load_dialects().get(dialect)
    entries = [(entry, known.reviewed) for entry in known.entries] if known else _unmistakable()
    forms: dict[str, tuple[Entry, bool] | None] = {}
    for entry, reviewed in entries:
        forms |= dict.fromkeys(entry.not_in)
        forms |= dict.fromkeys((entry.word, *(entry.misheard if known else ())), (entry, reviewed))
    long = [(e, r) for e, r in entries if len(e.word) >= _BY_SOUND] if known else []
    sounds = {tuple(_syllables(e.word, known)): (e, r) for e, r in long}
    return _Table(forms, sounds, known, _sizes(forms), _sizes(sounds))


def _unmistakable() -> list[tuple[Entry, bool]]:
    """Words that mean the same wherever they are said. Reviewed only when every list that has them is."""
    listed: dict[str, list[tuple[Entry, bool]]] = {}
    for dialect in load_dialects().values():
        for entry in dialect.entries:
            listed.setdefault(entry.word, []).append((entry, dialect.reviewed))
    return [
        (same[0][0], all(reviewed for _, reviewed in same))
        for same in listed.values()
        if len({entry.means for entry, _ in same}) == 1 and not any(entry.ambiguous for entry, _ in same)
    ]


def _sizes(forms: Iterable[str | tuple[str, ...]]) -> tuple[int, ...]:
    return tuple(sorted({len(form) for form in forms}, reverse=True))


def _syllables(text: str, dialect: Dialect) -> list[str]:
    """One for each character, folded as the dialect folds; what is not Chinese stays itself."""
    return [_syllable(sign, dialect.key) for sign in text]


@follows
def _syllable(sign: str, dialect: str) -> str:
    return load_dialects()[dialect].folded(lazy_pinyin(sign)[0]) if "一" <= sign <= "鿿" else sign
