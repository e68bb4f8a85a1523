"""Categories (类别): what matters there are, how they are said, who sees to them. From data/categories.yaml."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from app.files import file, kept
from app.services.sorting.taxonomy import topics

OTHER = "其他"
_NEEDED = {"name", "say", "department", "words"}
_OPTIONAL = {"topics", "weak", "never"}


class CategoriesUnusable(Exception):
    """The file cannot work; the message says which entry and why."""


@dataclass(frozen=True)
class Category:
    """`say` is how the read-back names it; `words` are what people say when they mean it; `topics` are its
    places in the taxonomy, the usual one first.

    `weak` words only hint at it; `never` are words that look or sound like one of its words and are none.
    """

    name: str
    say: str
    department: str
    words: tuple[str, ...]
    topics: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@kept
def categories() -> list[Category]:
    """Those of the file in force."""
    return read_categories(file("categories.yaml"))


def read_categories(path: Path) -> list[Category]:
    """The categories of a file. Raises CategoriesUnusable."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(entries, list):
        raise CategoriesUnusable(f"{path.name}: a list of categories is expected.")
    found: list[Category] = []
    for place, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or not _NEEDED <= set(entry) <= _NEEDED | _OPTIONAL:
            raise CategoriesUnusable(
                f"{path.name}, entry {place}: needs name, say, department and words; topics, weak and never may be "
                "added."
            )
        if entry["name"] in {c.name for c in found}:
            raise CategoriesUnusable(f"{path.name}, entry {place}: {entry['name']} is there twice.")
        lists = {key: tuple(str(word) for word in entry.get(key) or ()) for key in ("words", *sorted(_OPTIONAL))}
        for topic in lists["topics"]:
            if topic not in topics():
                raise CategoriesUnusable(f"{path.name}, entry {place}: there is no category {topic} in taxonomy.tsv.")
        found.append(Category(**{**entry, **lists}))
    if OTHER not in {c.name for c in found}:
        raise CategoriesUnusable(f"{path.name}: the category {OTHER} is missing; what fits nowhere goes there.")
    _refuse_a_word_in_two(path, found)
    return found


def category(name: str) -> Category | None:
    """The category of this name."""
    return next((c for c in categories() if c.name == name), None)


def _refuse_a_word_in_two(path: Path, found: list[Category]) -> None:
    """A word speaks for one category only, and is there once."""
    owner: dict[str, str] = {}
    for entry in found:
        for word in (*entry.words, *entry.weak, *entry.never):
            if word in owner:
                raise CategoriesUnusable(f"{path.name}: the word {word} is in {owner[word]} and in {entry.name}.")
            owner[word] = entry.name


def departments_named() -> set[str]:
    """The departments that the categories in force name."""
    return {entry.department for entry in categories()}
