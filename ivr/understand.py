"""What was meant by free text: what a texter wants, and whether somebody is in danger. The rules are data
(words/intents.yaml, words/emergencies.yaml); here is only how they are matched, by character and by sound."""

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from threading import Lock

from ivr import sound
from ivr.document import FlowError, Map, read
from ivr.words import FOLDER

INTENTS = ("status", "add", "help", "stop", "resume", "verdict", "fixed", "me_too", "person", "hello", "thanks")
SURE = 0.8  # from here on the whole text is the keyword; below, the keyword stood inside a sentence
_LEAST_HEARD = 4  # characters from which a pattern also counts by sound
_SIGNS: dict[str, str] = {}  # sound -> the sign that stands for it
_ONE_AT_A_TIME = Lock()
_NUMBER = re.compile(r"(?<!\d)\d{1,12}(?!\d)")
_FIGURES = str.maketrans("零〇幺一二三四五六七八九", "001123456789")
_SEPARATOR = r"[\s:：,，、.。;；!！—-]+"


@dataclass(frozen=True)
class Intent:
    """What a text asks for: one of INTENTS, how sure (0 to 1), what belongs to the case (what follows the keyword of
    an addition; all of it when it says that the matter is settled), a case number in it; `verdict`: an answer to what
    the hotline asked, a key from 1 to 5, or a grade in words (g1 to g5)."""

    name: str
    confidence: float
    rest: str = ""
    number: str = ""
    verdict: str = ""


@dataclass(frozen=True)
class Emergency:
    """`word` of the list, its `kind` (fire, poison ...), what was `heard` in the text; `name` is the kind in Chinese
    and `number` the one to ring (110, 119, 120, 122)."""

    word: str
    kind: str
    heard: str
    name: str
    number: str


def has_words(text: str) -> bool:
    """Whether a text says anything: a character or a word of any script. Figures, signs, pictures and one run of
    Latin letters that is no pinyin (`asdfgh`) do not."""
    letters = [sign for sign in text if sign.isalpha()]
    if not letters or not all(sign.isascii() for sign in letters):
        return bool(letters)
    words = re.findall("[a-z]+", text.lower())
    return len(words) > 1 or sound.is_pinyin(words[0])


# ------------------------------------------------------------------------------------------ intents


def intent(text: str) -> Intent | None:
    """What this text asks for, or None: it is a matter. Never raises, whatever was texted."""
    said = sound.plain(text)
    if not said or len(said) > 200 and not _adding(said):
        return None
    if set(said) <= set("? "):
        return Intent("help", 1.0)
    for name in ("stop", "resume", "help"):
        confidence = _whole(name, said)
        if confidence:
            return Intent(name, confidence)
    if verdict := _verdict(said):
        return Intent("verdict", 1.0, verdict=verdict)
    for name in ("fixed", "me_too", "person", "hello", "thanks"):
        confidence = _small_talk(name, said)
        if confidence:
            return Intent(name, confidence, rest=text.strip() if name == "fixed" else "")
    added = _adding(said)
    if added and len(said) == len(text.strip()):  # what is added stays as it was typed
        return replace(added, rest=text.strip()[len(said) - len(added.rest) :] if added.rest else "")
    return added or _asking(said)


def _verdict(said: str) -> str:
    """A whole text that answers a question of the hotline's: 2, 回2, (g2) 满意; empty where it is none."""
    rules, text = _intents()["verdict"], sound.bare(said)
    key = re.fullmatch(f"(?:{'|'.join(rules['before'])})?([1-5])", text)
    if key:
        return key[1]
    stripped = _without(text, rules["fillers"])
    return next((f"g{grade}" for grade, words in rules["grades"].items() if stripped in words), "")


def _adding(said: str) -> Intent | None:
    rules = _intents()["add"]
    for word in sorted(rules["begins"], key=len, reverse=True):
        if sound.bare(said) in (word, _letters(word)):
            return Intent("add", 1.0)
        for form, confidence in ((word, 1.0), (_letters(word), 0.9)):
            found = re.match(f"{form}{_SEPARATOR}(.+)", said, re.S)
            if found:
                return Intent("add", confidence, rest=found[1].strip())
    found = re.match(r"\+\s*(.+)", said, re.S)
    if found and not found[1].strip().isdigit():  # +86... is a telephone number
        return Intent("add", 0.9, rest=found[1].strip())
    for word in sorted(rules["glued"], key=len, reverse=True):
        if said.startswith(word):
            return Intent("add", 0.9, rest=said[len(word) :].strip(" :：,，、"))
    found = re.match(f"(?:{'|'.join(rules['loose'])})(\\w{{2}}.*)", said, re.S)
    if found:
        return Intent("add", 0.6, rest=found[1].strip())
    return _adding_by_sound(said)


def _adding_by_sound(said: str) -> Intent | None:
    found = re.match(f"([一-鿿]{{2,4}}){_SEPARATOR}(.+)", said, re.S)
    heard = found and [sound.folded(syllable) for syllable in sound.spoken(found[1])]
    for word in _intents()["add"]["begins"]:
        if heard and len(word) > 1 and heard == [sound.folded(syllable) for syllable in sound.spoken(word)]:
            return Intent("add", SURE, rest=found[2].strip())
    return None


def _asking(said: str) -> Intent | None:
    said = re.sub(r"[零〇幺一二三四五六七八九]{4,12}", lambda found: found[0].translate(_FIGURES), said)
    alone = re.fullmatch(r"([0-9]{4,12})[\s.。!]*", said)
    if alone:
        return Intent("status", 1.0, number=alone[1])
    numbers = _NUMBER.findall(said)
    number = numbers[0] if len(numbers) == 1 else ""
    confidence = _whole("status", said.replace(number, " ", 1) if number else said)
    if confidence:
        return Intent("status", confidence, number=number)
    short = sound.bare(said)
    if len(short) <= 24 and any(re.search(pattern, short) for pattern in _intents()["status"]["inside"]):
        return Intent("status", 0.7, number=number)
    return None


def _small_talk(name: str, said: str) -> float:
    """How surely a short text is nothing but such sayings in a row: 1 in full, 0.9 in pinyin, 0.85 by sound, 0.7 when
    one ends a sentence."""
    rules = _intents()[name]
    text = sound.bare(said)
    if not text or len(text) > 24 or "not" in rules and re.search(rules["not"], said):
        return 0.0
    if text in rules.get("exactly", ()) or _in_a_row(name).fullmatch(text):
        return 1.0
    if text.isascii():
        return 0.9 if len(text) > 2 and text in _typed(name) else 0.0
    if len(text) > 1 and any(
        len(form) == len(text) and _sounds(name, form) == _sounds(name, text) for form in rules["whole"]
    ):
        return 0.85
    return 0.7 if any(re.search(pattern, text) for pattern in rules.get("inside", ())) else 0.0


@cache
def _in_a_row(name: str) -> re.Pattern:
    rules = _intents()[name]
    saying, filler = (
        "|".join(re.escape(word) for word in sorted(rules[part], key=len, reverse=True))
        for part in ("whole", "fillers")
    )
    return re.compile(f"(?:{filler})*(?:(?:{saying})(?:{filler})*)+")


def _whole(name: str, said: str) -> float:
    """How surely a whole text is one of an intent's forms: 1 by character, 0.9 in pinyin, 0.85 by sound."""
    rules = _intents()[name]
    text = sound.bare(said)
    if text in rules.get("exactly", ()):
        return 1.0
    forms = _forms(name)
    stripped = _without(text, rules["fillers"])
    if stripped in forms or text in rules["whole"]:
        return 1.0
    if text.isascii() and text.isalpha():
        asked = re.sub("(le|ma|ne|ba|mei)+$", "", text)  # 了吗呢吧没
        return 0.9 if len(text) > 2 and {text, asked} & _typed(name) else 0.0
    if len(stripped) < 2 or any(sign.isascii() for sign in stripped):
        return 0.0
    heard = _sounds(name, stripped)
    return 0.85 if any(len(form) > 1 and _sounds(name, form) == heard for form in forms) else 0.0


def _sounds(name: str, text: str) -> list[str]:
    """To stop by mistake does harm, so there the sound must be the same but for the tone."""
    return [(sound.toneless if name == "stop" else sound.folded)(syllable) for syllable in sound.spoken(text)]


def _without(text: str, fillers: list[str]) -> str:
    for filler in sorted(fillers, key=len, reverse=True):
        text = text.replace(filler, "")
    return text


def _letters(word: str) -> str:
    return "".join(sound.toneless(syllable) for syllable in sound.spoken(word))


@cache
def _forms(name: str) -> frozenset[str]:
    rules = _intents()[name]
    return frozenset(_without(form, rules["fillers"]) or form for form in rules["whole"])


@cache
def _typed(name: str) -> frozenset[str]:
    rules = _intents()[name]
    return frozenset(_letters(form) for form in [*rules["whole"], *rules.get("exactly", ()), *rules.get("typed", ())])


@lru_cache(maxsize=1)
def _intents() -> Map:
    return read(FOLDER / "intents.yaml")


# ------------------------------------------------------------------------------------------ emergencies


@dataclass(frozen=True)
class _Kind:
    key: str
    name: str
    number: str
    words: tuple[str, ...]
    patterns: tuple[re.Pattern, ...]
    patterns_heard: tuple[re.Pattern, ...]  # the same over sounds, a sign each
    sounds: dict[tuple[str, ...], str]
    ordinary: re.Pattern | None


def emergency(text: str) -> Emergency | None:
    """The first emergency that a text or transcript speaks of, or None. Never raises.

    Recall first: a recogniser gets four characters in ten wrong, so words also match by their sound. Ordinary
    sayings (`not` in the data: 灭火器, 水淹了菜地) are struck out before.
    """
    said = re.sub(r"\s+", "", sound.plain(text))
    said = re.sub(r"[^\w]", "|", said)
    always, kinds = _emergencies()
    said = _strike(said, always)
    for kind in kinds:
        found = _match(kind, _strike(said, kind.ordinary))
        if found:
            return Emergency(found[0], kind.key, found[1], kind.name, kind.number)
    return None


def _match(kind: _Kind, said: str) -> tuple[str, str] | None:
    """(the word of the list, what was heard)."""
    for word in kind.words:
        if word in said:
            return word, word
    for pattern in kind.patterns:
        found = pattern.search(said)
        if found:
            return found[0], found[0]
    heard = _as_sounds(said)
    for pattern in kind.patterns_heard:
        found = next((at for at in pattern.finditer(heard) if at.end() - at.start() >= _LEAST_HEARD), None)
        if found:
            return said[found.start() : found.end()], said[found.start() : found.end()]
    syllables = sound.spoken(said)
    for size in sorted({len(sounds) for sounds in kind.sounds}):
        for at in range(len(syllables) - size + 1):
            word = kind.sounds.get(_heard_as(syllables[at : at + size]))
            if word:
                return word, said[at : at + size]
    return None


def _heard_as(syllables: tuple[str, ...]) -> tuple[str, ...]:
    """Two syllables are too easily something else, so there the tones count too."""
    return syllables if len(syllables) < 3 else tuple(sound.folded(syllable) for syllable in syllables)


def _as_sounds(text: str) -> str:
    """Each character replaced by one sign for its sound and tone; done to a pattern and a text, they match by sound."""
    return "".join(_sign(char) if "㐀" <= char <= "鿿" else char for char in text)


@lru_cache(maxsize=16384)
def _sign(char: str) -> str:
    with _ONE_AT_A_TIME:
        return _SIGNS.setdefault(sound.spoken(char)[0], chr(0xE000 + len(_SIGNS)))


def _strike(said: str, ordinary: re.Pattern | None) -> str:
    return ordinary.sub(lambda found: "|" * len(found[0]), said) if ordinary else said


@lru_cache(maxsize=1)
def _emergencies() -> tuple[re.Pattern | None, tuple[_Kind, ...]]:
    path = FOLDER / "emergencies.yaml"
    data = read(path)
    everywhere = data.pop("everywhere", {})
    try:
        return _one_of(everywhere.get("not", [])), tuple(_kind(key, rules) for key, rules in data.items())
    except (re.error, KeyError) as error:
        raise FlowError(f"A kind of emergency cannot be read: {error}.", path) from error


def _kind(key: str, rules: Map) -> _Kind:
    words = rules.get("words", [])
    return _Kind(
        key=key,
        name=rules["name"],
        number=rules["call"],
        words=(*words, *rules.get("exact", [])),
        patterns=tuple(re.compile(pattern) for pattern in rules.get("patterns", [])),
        patterns_heard=tuple(re.compile(_as_sounds(pattern)) for pattern in rules.get("patterns", [])),
        sounds={_heard_as(sound.spoken(word)): word for word in words},
        ordinary=_one_of(rules.get("not", [])),
    )


def _one_of(patterns: list[str]) -> re.Pattern | None:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None
