"""Not solved (没办好): how a caller says so by text, from data/not_solved.yaml, which staff edit."""

import re
from pathlib import Path

import yaml

from app.files import file, kept


class PatternsUnusable(Exception):
    """The file cannot work; the message says which entry and why."""


def says_not_solved(text: str) -> bool:
    """Whether a text about a case that was answered says that it is not solved."""
    return bool(_patterns().search(text))


@kept
def _patterns() -> re.Pattern:
    return read_patterns(file("not_solved.yaml"))


def read_patterns(path: Path) -> re.Pattern:
    """The patterns of a file as one. Raises PatternsUnusable."""
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(read, list) or not read:
        raise PatternsUnusable(f"{path.name}: a list of patterns is expected.")
    for place, pattern in enumerate(read, 1):
        try:
            empty = re.compile(str(pattern)).search("")
        except re.error as error:
            raise PatternsUnusable(f"{path.name}, entry {place}: {error}.") from error
        if empty:
            raise PatternsUnusable(f"{path.name}, entry {place}: it fits every text.")
    return re.compile("|".join(f"(?:{pattern})" for pattern in read))
