"""States (状态): how a case stands, in the words its caller is told. From data/states.yaml."""

from pathlib import Path

import yaml

from app.files import file, kept
from app.models.case import STATES


class StatesUnusable(Exception):
    """The file cannot work; the message says which state and why."""


@kept
def told() -> dict[str, str]:
    """State of a case -> what its caller is told."""
    return read_states(file("states.yaml"))


def read_states(path: Path) -> dict[str, str]:
    """The words of a file, for every state. Raises StatesUnusable."""
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(read, dict) or set(read) != set(STATES):
        raise StatesUnusable(f"{path.name}: needs exactly {', '.join(STATES)}.")
    for state, words in read.items():
        if not isinstance(words, str) or not words.strip():
            raise StatesUnusable(f"{path.name}: {state} says nothing.")
    return read
