"""Not solved (没办好): how a caller says so by text, from data/not_solved.yaml, which staff edit."""

from pathlib import Path

import yaml

from app.files import file, kept
from ivr import patterns


class PatternsUnusable(Exception):
    """The file cannot work; the message says which entry and why."""


def says_not_solved(text: str) -> bool:
    """Whether a text about a case that was answered says that it is not solved."""
    return _patterns().search(text) is not None


@kept
def _patterns() -> patterns.Patterns:
    return read_patterns(file("not_solved.yaml"), aside=[])


def read_patterns(path: Path, aside: list[patterns.PatternUnusable] | None = None) -> patterns.Patterns:
    """The patterns of a file as one; `aside` as for ivr/patterns.py:read. Raises PatternsUnusable."""
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(read, list) or not read:
        raise PatternsUnusable(f"{path.name}: a list of patterns is expected.")
    try:
        return patterns.read([(f"{path.name}, entry {place}", each) for place, each in enumerate(read, 1)], aside)
    except patterns.PatternUnusable as error:
        raise PatternsUnusable(str(error)) from error
