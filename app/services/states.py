"""States (状态): how a case stands, in the words its caller is told. From data/states.yaml."""

from functools import cache
from pathlib import Path

import yaml

from app.models.case import STATES

_FILE = Path(__file__).parents[1] / "data" / "states.yaml"


class StatesUnusable(Exception):
    """The file cannot work; the message says which state and why."""


@cache
def told() -> dict[str, str]:
    """State of a case -> what its caller is told."""
    return read_states(_FILE)


def read_states(path: Path) -> dict[str, str]:
    """The words of a file, for every state. Raises StatesUnusable."""
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(read, dict) or set(read) != set(STATES):
        raise StatesUnusable(f"{path.name}: needs exactly {', '.join(STATES)}.")
    for state, words in read.items():
        if not isinstance(words, str) or not words.strip():
            raise StatesUnusable(f"{path.name}: {state} says nothing.")
    return read
