"""The sentences of training/sentences.txt with their slots filled."""

import random
import re
from pathlib import Path

SENTENCES = Path(__file__).with_name("sentences.txt")
EACH = 6


def sentences(seed: int = 5, each: int = EACH) -> list[str]:
    """Every sentence; one with slots up to `each` times, with words drawn by chance but the same in every run."""
    lines = [line for line in SENTENCES.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    slots = {name: words.split() for name, _, words in (line.partition(": ") for line in lines) if words}
    chance, made = random.Random(seed), []
    for line in (line for line in lines if ": " not in line):
        for _ in range(each if "{" in line else 1):
            made.append(re.sub(r"\{(\w+)\}", lambda slot: chance.choice(slots[slot[1]]), line))
    made = list(dict.fromkeys(made))
    chance.shuffle(made)
    return made
