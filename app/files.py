"""Data files in force (资料) in this process: what staff published in the place of a file of app/data, else that file.

What is read from them is kept until other files are put in force, as services/wording/editions.py does.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar

from ivr.document import Sheet
from speech_models import dialects

T = TypeVar("T")
DATA = Path(__file__).parent / "data"

_published: dict[str, str] = {}
_generation = 0


def file(name: str) -> Path | Sheet:
    """The file of this name that is in force."""
    return Sheet(name, _published[name]) if name in _published else DATA / name


def put_in_force(data: Mapping[str, str], spoken: Mapping[str, str]) -> None:
    """From now on these texts stand in the place of the files of app/data (`data`) and of speech_models/dialects
    (`spoken`), by their names; what is not named is as shipped."""
    global _generation
    if dict(data) != _published:
        _published.clear()
        _published.update(data)
        _generation += 1
    dialects.put_in_force({Path(name).stem: dialects.read_dialect(Sheet(name, text)) for name, text in spoken.items()})


def kept(read: Callable[[], T]) -> Callable[[], T]:
    """What a function reads from the files in force, read once for each set of them."""
    once = lru_cache(maxsize=1)(lambda generation: read())

    @wraps(read)
    def in_force() -> T:
        return once(_generation)

    return in_force
