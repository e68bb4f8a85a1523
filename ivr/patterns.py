"""Patterns (说法的写法): regular expressions that staff write, run so that none of them can hold up the house.

They run on RE2 (google-re2), whose time grows with the text and never with the ways in which a pattern may fit. Beyond
RE2, a branch may end in `(?!甲|乙)`: not followed by one of these words. What else a pattern may say is an allow-list.
"""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import re2

LONGEST = 400  # characters of a pattern
MOST = 500  # patterns of a list
LONGEST_TEXT = 4_000  # characters of a text that are looked at: a caller's ten minutes are about 3,000
_LARGEST = 5_000  # instructions of a pattern's program
_MEMORY = 1 << 20  # bytes for a program and what RE2 remembers while it runs
_ONE, _ALL = 0.02, 0.1  # seconds of CPU in which a pattern, and a whole list, must have read the longest text
_GENERAL = (
    "没",
    "a",
    "1",
    " ",
    "，",
    "还没有修好。",
    "了吗",
)  # what long texts are made of
_OWN_SIGNS = 8  # of a pattern, of each of which one long text is made

_HAN = r"0-9A-Za-z_\x{3400}-\x{9fff}"  # a letter, a figure or a character
_ESCAPES = {"d": "0-9", "w": _HAN, "s": r"\s\x{3000}"}
_KEPT_ESCAPES = "tnrf"
_CODE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
_UP_TO = re.compile(r"\{,(?=\d+\})")  # {,3}: RE2 would take it for these very signs
_NOT_FOLLOWED = re.compile(r"\(\?!([^()\[\]{}\\.*+?^$]+)\)(?=\||\Z)")


class PatternUnusable(Exception):
    """A pattern cannot be used; the message says of which file, which one and why."""


@dataclass(frozen=True)
class _Program:
    """`whole`: what fits is all that was found; else its first group, after which something must not follow."""

    program: "re2._Regexp"
    whole: bool

    def find(self, text: bytes, at: int) -> tuple[int, int] | None:
        found = self.program.search(text, at)
        return found and found.span(0 if self.whole else 1)


class Patterns:
    """Patterns as one, as if joined by |. Shared by threads."""

    def __init__(self, patterns: Sequence[str] = ()):
        """Raises PatternUnusable, without the file."""
        self._programs = _programs([branch for pattern in patterns for branch in _branches(pattern)])

    def search(self, text: str) -> str | None:
        """What fits first in a text, or None. Of a very long text only the beginning is looked at."""
        written = _bytes(text)
        return next((written[begin:end].decode() for begin, end in self._found(written)), None)

    def struck_out(self, text: str, by: str) -> str:
        """A text with all that fits replaced; what is longer than is looked at is left out."""
        written, at, parts = _bytes(text), 0, []
        for begin, end in self._found(written):
            parts += written[at:begin].decode(), by
            at = end
        return "".join((*parts, written[at:].decode()))

    def _found(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Where something fits, one after the other; of two at the same place the one that was written first."""
        at, ahead = 0, [(program, program.find(text, 0)) for program in self._programs]
        while ahead := [(program, span) for program, span in ahead if span]:
            begin, at = min((span for _, span in ahead), key=lambda span: span[0])
            yield begin, at
            ahead = [(program, span if span[0] >= at else program.find(text, at)) for program, span in ahead]


def _bytes(text: str) -> bytes:
    return text[:LONGEST_TEXT].encode(errors="replace")  # half a character of a broken text is none


def read(sayings: Sequence[tuple[str, object]], aside: list[PatternUnusable] | None = None) -> Patterns:
    """The patterns of a list, each with where it stands (`not_solved.yaml, entry 3`).

    Each, and all together, are tried on long texts: a second for a few dozen. Raises PatternUnusable. With `aside`, for
    what is in use already, nothing is tried, and those that RE2 does not take are left out and noted there.
    """
    usable: list[str] = []
    for where, pattern in sayings:
        try:
            alone = _alone(where, str(pattern))
        except PatternUnusable as error:
            if aside is None:
                raise
            aside.append(error)
            continue
        usable.append(str(pattern))
        if aside is None and any(_seconds(alone, text) > _ONE for text in _long_texts(str(pattern))):
            raise PatternUnusable(f"{where}: the pattern “{pattern}” takes too long with a long text.")
    if aside is None and sayings:
        _try_all(sayings[0][0], usable)
    return Patterns(usable)


def _alone(where: str, pattern: str) -> Patterns:
    try:
        alone = Patterns([pattern])
    except PatternUnusable as error:
        raise PatternUnusable(f"{where}: {error}") from error
    if alone.search("") is not None:
        raise PatternUnusable(f"{where}: the pattern “{pattern}”: it fits every text.")
    return alone


def _try_all(where: str, patterns: Sequence[str]) -> None:
    if len(patterns) > MOST:
        raise PatternUnusable(f"{where}: there may be {MOST} patterns in a list, not {len(patterns)}.")
    together = Patterns(patterns)
    for text in (*map(_long, _GENERAL), _long("".join(patterns))):
        if _seconds(together, text) > _ALL:
            raise PatternUnusable(f"{where}: the patterns of this list take too long with a long text.")


def _long_texts(pattern: str) -> Iterator[str]:
    """Texts of the longest length that a pattern might have trouble with: runs of its own signs, and of others."""
    signs = "".join(sign for sign in dict.fromkeys(pattern) if sign.isalnum())
    yield from map(_long, filter(None, ("".join(filter(str.isalnum, pattern)), signs, *signs[:_OWN_SIGNS])))
    yield from map(_long, _GENERAL)


def _long(piece: str) -> str:
    return (piece * (LONGEST_TEXT // max(1, len(piece)) + 1))[:LONGEST_TEXT] if piece else ""


def _seconds(patterns: Patterns, text: str) -> float:
    """CPU time of this thread, the better of two: a busy machine refuses nothing."""
    taken = []
    for _ in range(2):
        began = time.thread_time()
        patterns.struck_out(text, "")
        patterns.search(text)
        taken.append(time.thread_time() - began)
    return min(taken)


# --------------------------------------------------------------------------- in RE2's words


@dataclass
class _Branch:
    """What stands between two bars of a pattern, in RE2's words; `pattern`: as it was written, for the refusal."""

    pattern: str
    said: str = ""
    not_followed: tuple[str, ...] = ()


def _programs(branches: Sequence[_Branch]) -> tuple[_Program, ...]:
    """Neighbours that need no group of their own are one program."""
    programs: list[_Program] = []
    plain: list[_Branch] = []
    for branch in branches:
        _compiled(_source(branch), branch.pattern)  # each by itself, so that a refusal names it
        if branch.not_followed:
            programs += _joined(plain)
            programs.append(_Program(_compiled(_source(branch), branch.pattern), whole=False))
            plain = []
        else:
            plain.append(branch)
    return (*programs, *_joined(plain))


def _joined(branches: Sequence[_Branch]) -> list[_Program]:
    if not branches:
        return []
    source = "|".join(f"(?:{branch.said})" for branch in branches)
    return [_Program(_compiled(source, branches[0].pattern, largest=_LARGEST * len(branches)), whole=True)]


def _source(branch: _Branch) -> str:
    return f"({branch.said})(?:{_beginning_with_none(branch.not_followed)})" if branch.not_followed else branch.said


def _compiled(source: str, pattern: str, largest: int = _LARGEST):
    options = re2.Options()
    options.log_errors, options.max_mem = False, max(_MEMORY, 64 * largest)
    try:
        program = re2.compile(source, options)
    except re2.error as error:
        said = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        if "too large" in said or "repetition size" in said:
            raise _too_large(pattern) from error
        raise PatternUnusable(f"the pattern “{pattern}” cannot be read: {said}.") from error
    if program.programsize > largest:
        raise _too_large(pattern)
    return program


def _too_large(pattern: str) -> PatternUnusable:
    return PatternUnusable(f"the pattern “{pattern}” repeats too much.")


def _beginning_with_none(words: Sequence[str]) -> str:
    """A pattern for the end of the text, or for what is there where none of these words begins."""
    rests: dict[str, list[str]] = {}
    for word in words:
        rests.setdefault(word[0], []).append(word[1:])
    options = ["$", "[^" + "".join(map(_sign, rests)) + "]"]
    options += [f"{_sign(sign)}(?:{_beginning_with_none(rest)})" for sign, rest in rests.items() if "" not in rest]
    return "|".join(options)


def _sign(sign: str) -> str:
    return f"\\x{{{ord(sign):x}}}"


def _branches(pattern: str) -> list[_Branch]:
    """A pattern cut at the bars that stand in no bracket, each branch in RE2's words. Raises PatternUnusable."""
    if len(pattern) > LONGEST:
        raise PatternUnusable(f"the pattern “{pattern[:20]}” is longer than {LONGEST} characters.")
    branches, depth, at = [_Branch(pattern)], 0, 0
    while at < len(pattern):
        sign, branch = pattern[at], branches[-1]
        if sign == "\\":
            at, said = _escape(pattern, at, in_class=False)
            branch.said += said
        elif sign == "[":
            at, said = _class(pattern, at)
            branch.said += said
        elif sign == "|" and not depth:
            branches.append(_Branch(pattern))
            at += 1
        elif pattern.startswith("(?", at) and not pattern.startswith("(?:", at):
            if depth or not (found := _NOT_FOLLOWED.match(pattern, at)) or "" in (words := found[1].split("|")):
                raise PatternUnusable(
                    f"the pattern “{pattern}” may use ( and (?: alone, and at its end (?!…) with plain words."
                )
            branch.not_followed, at = tuple(words), found.end()
        else:
            depth += (sign == "(") - (sign == ")")
            up_to = _UP_TO.match(pattern, at)
            branch.said, at = branch.said + ("{0," if up_to else sign), up_to.end() if up_to else at + 1
    return branches


def _class(pattern: str, at: int) -> tuple[int, str]:
    """The class in square brackets that begins at `at`: where it ends, and how RE2 writes it."""
    begin = 2 if pattern.startswith("[^", at) else 1
    said, at = pattern[at : at + begin], at + begin
    if pattern.startswith("]", at):  # the first one is a sign like any other
        said, at = said + "\\]", at + 1
    while at < len(pattern) and pattern[at] != "]":
        if pattern[at] == "\\":
            at, one = _escape(pattern, at, in_class=True)
        else:
            at, one = at + 1, "\\[" if pattern[at] == "[" else pattern[at]
        said += one
    return at + 1, said + pattern[at : at + 1]


def _escape(pattern: str, at: int, *, in_class: bool) -> tuple[int, str]:
    """What a backslash and the sign after it mean: where they end, and how RE2 writes it."""
    sign = pattern[at + 1 : at + 2]
    if code := _CODE.match(pattern, at):
        return code.end(), f"\\x{{{code[1] or code[2]}}}"
    if sign in _ESCAPES and sign:
        return at + 2, _ESCAPES[sign] if in_class else f"[{_ESCAPES[sign]}]"
    if sign.lower() in _ESCAPES and sign and not in_class:
        return at + 2, f"[^{_ESCAPES[sign.lower()]}]"
    if sign and (sign in _KEPT_ESCAPES or not sign.isalnum()):
        return at + 2, f"\\{sign}" if sign.isascii() else sign
    raise PatternUnusable(f"the pattern “{pattern}” cannot be read: nothing is known of \\{sign}.")
