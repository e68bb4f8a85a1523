"""Data files in force (资料) in this process: what staff published in the place of a file of app/data, else that file.

What is read from them is kept until other files are put in force, as services/wording/editions.py does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, wraps
from pathlib import Path
from threading import Lock
from typing import TypeVar

from ivr.document import Sheet
from speech_models import dialects

T = TypeVar("T")
DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class _Set:
    """The published texts by their names, and how many sets there were before them."""

    texts: Mapping[str, str]
    number: int


_in_force = _Set({}, 0)
_switching = Lock()


def file(name: str) -> Path | Sheet:
    """The file of this name that is in force."""
    texts = _in_force.texts
    return Sheet(name, texts[name]) if name in texts else DATA / name


def put_in_force(data: Mapping[str, str], spoken: Mapping[str, str]) -> None:
    """From now on these texts stand in the place of the files of app/data (`data`) and of speech_models/dialects
    (`spoken`), by their names; what is not named is as shipped."""
    global _in_force
    with _switching:
        if dict(data) != _in_force.texts:
            _in_force = _Set(dict(data), _in_force.number + 1)  # swapped whole: other threads are reading
    dialects.put_in_force({Path(name).stem: dialects.read_dialect(Sheet(name, text)) for name, text in spoken.items()})


def kept(read: Callable[[], T]) -> Callable[[], T]:
    """What a function reads from the files in force, read once for each set of them."""
    once = lru_cache(maxsize=1)(lambda number: read())

    @wraps(read)
    def in_force() -> T:
        return once(_in_force.number)

    return in_force
