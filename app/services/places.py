"""Places: the list of villages of the town or county, from a YAML file that staff edit."""

import re
from pathlib import Path
from uuid import UUID

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Village
from speech_models.dialects import UNKNOWN, load_dialects

EXAMPLE = Path(__file__).parents[1] / "data" / "example_villages.yaml"


# How much likelier a name of the town's is on its hotline than in everyday Chinese, and from somebody who lives there;
# in nats.
NAMED, NAMED_AT_HOME = 4.0, 6.0
SHORTEST_NAME, LONGEST_NAME = 2, 8
MOST_PEOPLE = 1_000_000  # of one village
_KEYS = ("name", "aliases", "groups", "dialect", "population", "town", "code", "lat", "lon")
_LONGEST_TOWN = 64


class PlacesUnusable(Exception):
    """The file cannot work; the message says which entry and why."""


def load_villages(session: Session, path: Path) -> int:
    """Add the villages of a file, and bring those that exist up to date; gives how many it holds.

    The file is a list of {name, aliases, groups, dialect, population, town, code, lat, lon}. Raises PlacesUnusable
    before any change.
    """
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(entries, list):
        raise PlacesUnusable(f"{path.name}: a list of villages is expected.")
    for place, entry in enumerate(entries, 1):
        _check(entry, f"{path.name}, entry {place}")
    for entry in entries:
        village = session.scalar(select(Village).where(Village.name == entry["name"])) or Village(name=entry["name"])
        village.aliases, village.groups = list(entry.get("aliases", [])), int(entry.get("groups", 0))
        village.dialect = entry.get("dialect", village.dialect or "")
        village.population = int(entry.get("population", village.population or 0))
        village.town, village.code = (str(entry.get(key, getattr(village, key) or "")) for key in ("town", "code"))
        village.lat, village.lon = entry.get("lat"), entry.get("lon")
        session.add(village)
    session.flush()
    return len(entries)


def names(session: Session, home: UUID | None) -> dict[str, float]:
    """The names of villages and what else people call them, with what is added to their log-probability (nats);
    `home` is where a caller lives."""
    found = {}
    for village in session.scalars(select(Village)):
        for name in (village.name, *village.aliases):
            if SHORTEST_NAME <= len(name) <= LONGEST_NAME:
                found[name] = NAMED_AT_HOME if village.id == home else NAMED
    return found


def _check(entry, where: str) -> None:
    if not isinstance(entry, dict) or not str(entry.get("name") or "").strip():
        raise PlacesUnusable(f"{where}: a village needs a name.")
    if unknown := set(entry) - set(_KEYS):
        raise PlacesUnusable(f"{where}: {', '.join(sorted(unknown))} is not known ({', '.join(_KEYS)} are).")
    if (dialect := entry.get("dialect", "")) not in ("", UNKNOWN, *load_dialects()):
        raise PlacesUnusable(f"{where}: {dialect} is no dialect; there are {', '.join(load_dialects())}.")
    if not isinstance(entry.get("aliases", []), list) or not str(entry.get("groups", 0)).isdigit():
        raise PlacesUnusable(f"{where}: aliases must be a list and groups a number.")
    if not str(people := entry.get("population", 0)).isdigit() or int(people) > MOST_PEOPLE:
        raise PlacesUnusable(f"{where}: population is a number of people, up to {MOST_PEOPLE}.")
    if not re.fullmatch(r"(\d{12})?", str(entry.get("code", ""))) or len(str(entry.get("town", ""))) > _LONGEST_TOWN:
        raise PlacesUnusable(f"{where}: code has twelve digits, town at most {_LONGEST_TOWN} signs.")
    lat, lon = entry.get("lat"), entry.get("lon")
    if (lat is None) != (lon is None) or not (_is_degrees(lat, 90) and _is_degrees(lon, 180)):
        raise PlacesUnusable(f"{where}: lat and lon are both given, in degrees (30.65 and 104.06), or neither.")


def _is_degrees(value, most: float) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= most)
