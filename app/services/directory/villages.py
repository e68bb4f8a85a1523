"""Places: the list of villages of the town or county, from a YAML file or from the desk (village_changes.py)."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.files import DATA
from app.models import Village
from app.services.directory import change_history
from speech_models.dialects import UNKNOWN, load_dialects

EXAMPLE = DATA / "example_villages.yaml"


# How much likelier a name of the town's is on its hotline than in everyday Chinese, and from somebody who lives there;
# in nats.
NAMED, NAMED_AT_HOME = 4.0, 6.0
SHORTEST_NAME, LONGEST_NAME = 2, 8
MOST_PEOPLE = 1_000_000  # of one village
MOST_GROUPS = 99
LONGEST = 64  # signs of a village's, a town's or another name
_KEYS = ("name", "aliases", "groups", "dialect", "population", "town", "code", "lat", "lon")


class PlacesUnusable(Exception):
    """The file cannot work; the message says which entry and why."""


def load_villages(session: Session, path: Path) -> int:
    """Add the villages of a file, and bring those that exist up to date; returns how many it holds.

    The file is a list of {name, aliases, groups, dialect, population, town, code, lat, lon}. Raises PlacesUnusable
    before any change.
    """
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(entries, list):
        raise PlacesUnusable(f"{path.name}: a list of villages is expected.")
    for place, entry in enumerate(entries, 1):
        try:
            check(entry)
        except PlacesUnusable as error:
            raise PlacesUnusable(f"{path.name}, entry {place}: {error}") from error
    for entry in entries:
        known = named(session, entry["name"])
        before = seen(known) if known else None
        kept = {key: before[key] for key in ("dialect", "population", "town", "code")} if before else {}
        village = known or Village()
        fill(village, kept | entry)
        session.add(village)
        change_history.note(session, None, village, before, seen(village))
    session.flush()
    return len(entries)


def named(session: Session, name: str) -> Village | None:
    """The village of this name."""
    return session.scalar(select(Village).where(Village.name == name))


def seen(village: Village) -> dict[str, Any]:
    """An entry of the list, as the file has it and the history keeps it."""
    return {key: getattr(village, key) for key in _KEYS}


def fill(village: Village, entry: Mapping[str, Any]) -> None:
    """Make a village what an entry says that was checked; what it leaves out is not known."""
    village.name, village.aliases = entry["name"].strip(), list(dict.fromkeys(entry.get("aliases", ())))
    village.groups, village.population = int(entry.get("groups", 0)), int(entry.get("population", 0))
    village.dialect, village.town, village.code = (str(entry.get(key, "")) for key in ("dialect", "town", "code"))
    village.lat, village.lon = entry.get("lat"), entry.get("lon")


def names(session: Session, home: UUID | None) -> dict[str, float]:
    """The names of villages and what else people call them, with what is added to their log-probability (nats);
    `home` is where a caller lives."""
    found = {}
    for village in session.scalars(select(Village).order_by(Village.name)):
        for name in (village.name, *village.aliases):
            if SHORTEST_NAME <= len(name) <= LONGEST_NAME:
                found[name] = NAMED_AT_HOME if village.id == home else NAMED
    return found


def check(entry) -> None:
    """Raises PlacesUnusable, with one sentence, for an entry that cannot be a village's."""
    if not isinstance(entry, dict) or not _is_name(entry.get("name"), 1):
        raise PlacesUnusable(f"a village needs a name of up to {LONGEST} signs.")
    if unknown := set(entry) - set(_KEYS):
        raise PlacesUnusable(f"{', '.join(sorted(unknown))} is not known ({', '.join(_KEYS)} are).")
    if (dialect := entry.get("dialect", "")) not in ("", UNKNOWN, *load_dialects()):
        raise PlacesUnusable(f"{dialect} is no dialect; there are {', '.join(load_dialects())}.")
    aliases = entry.get("aliases", [])
    if not isinstance(aliases, list) or not all(_is_name(alias, SHORTEST_NAME) for alias in aliases):
        raise PlacesUnusable(f"aliases is a list of names of {SHORTEST_NAME} to {LONGEST} signs.")
    for key, most in (("groups", MOST_GROUPS), ("population", MOST_PEOPLE)):
        if not re.fullmatch(r"[0-9]{1,9}", str(count := entry.get(key, 0))) or int(count) > most:
            raise PlacesUnusable(f"{key} is a number of {_COUNTED[key]}, up to {most}.")
    if not re.fullmatch(r"(\d{12})?", str(entry.get("code", ""))) or len(str(entry.get("town", ""))) > LONGEST:
        raise PlacesUnusable(f"code has twelve digits, town at most {LONGEST} signs.")
    lat, lon = entry.get("lat"), entry.get("lon")
    if (lat is None) != (lon is None) or not (_is_degrees(lat, 90) and _is_degrees(lon, 180)):
        raise PlacesUnusable("lat and lon are both given, in degrees (30.65 and 104.06), or neither.")


_COUNTED = {"groups": "groups", "population": "people"}


def _is_name(value, shortest: int) -> bool:
    return isinstance(value, str) and shortest <= len(value.strip()) <= LONGEST and value.isprintable()


def _is_degrees(value, most: float) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= most)
