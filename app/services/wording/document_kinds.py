"""What a document (文稿) is: a file that staff may edit. Which there are, the catalogue says (catalogue.py)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ivr.document import Sheet

WORDS, FILES, SPOKEN = "words", "data", "dialects"  # what a name begins with


@dataclass(frozen=True)
class Kind:
    """One document. `read` raises, in English, where a text cannot work; `shipped` is what it says before anybody
    edits it."""

    name: str
    title: str
    about: str
    read: Callable[[Sheet], object]
    shipped: str

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
