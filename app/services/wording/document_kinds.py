"""What a document (文稿) is: a file that staff may edit. Which there are, the catalogue says (catalogue.py)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ivr.document import Sheet
from ivr.patterns import PatternUnusable

WORDS, FILES, SPOKEN = "words", "data", "dialects"  # what a name begins with


@dataclass(frozen=True)
class Kind:
    """One document. `read` raises, in English, where a text cannot work; `shipped` is what it says before anybody
    edits it. `patterns`: it holds regular expressions (ivr/patterns.py), which can be left out one by one."""

    name: str
    title: str
    about: str
    read: Callable[..., object]
    shipped: str
    patterns: bool = False

    def unusable(self, sheet: Sheet) -> list[PatternUnusable]:
        """Patterns of a text in use that must be left out. Raises as `read` does where the text itself cannot work."""
        aside: list[PatternUnusable] = []
        self.read(sheet, aside) if self.patterns else self.read(sheet)
        return aside

    @property
    def group(self) -> str:
        return self.name.split("/")[0]

    @property
    def key(self) -> str:
        """A words file's dialect, a data file's name."""
        file = self.name.split("/", 1)[1]
        return file if self.group == FILES else Path(file).stem


def words_name(dialect: str) -> str:
    """The document of a dialect's words."""
    return f"{WORDS}/{dialect}.yaml"
