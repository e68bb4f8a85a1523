"""Village words (村里的词): words that are likelier on this line than in everyday Chinese, read from a file of data."""

from functools import cache
from pathlib import Path

import yaml

DATA = Path(__file__).with_name("village_words.yaml")
# How much likelier, in nats: e to the fourth, about fifty times.
LIKELIER = 4.0
SHORTEST, LONGEST = 2, 8


class BadWords(ValueError):
    """The file of words cannot be used; the message is one sentence that says where and why."""


@cache
def village_words(path: Path = DATA) -> dict[str, float]:
    """Each word with what is added to its log-probability, in nats. Raises BadWords."""
    try:
        groups = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise BadWords(f"{path.name} is not YAML: {str(error).splitlines()[0]}.") from error
    if not isinstance(groups, dict) or not all(isinstance(words, str) for words in groups.values()):
        raise BadWords(f"{path.name}: each group must be a name with its words, separated by spaces.")
    found: dict[str, float] = {}
    for group, words in groups.items():
        for word in words.split():
            if not SHORTEST <= len(word) <= LONGEST or not all("\u3400" <= sign <= "\u9fff" for sign in word):
                raise BadWords(f"{path.name}, {group}: {word!r} is not a word of 2 to 8 Chinese characters.")
            if word in found:
                raise BadWords(f"{path.name}, {group}: {word!r} stands in the file twice.")
            found[word] = LIKELIER
    return found
