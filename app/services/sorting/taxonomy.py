"""Taxonomy (分类): the three-level categories of citizens' matters, from data/taxonomy.tsv, and who sees to each.

The names are those of the official category tree; lines marked 自加 are rural matters it does not have.
A category is written as its path: 城乡建设/城市建设和市政管理/自来水供应.
"""

from functools import cache
from pathlib import Path

import yaml

from app.files import DATA, file, kept

_HEAD = ["一级分类", "二级分类", "三级分类", "来源"]
_SOURCES = ("", "自加")
LEVELS = 3
REST = "其他"


class TaxonomyUnusable(Exception):
    """A file of the taxonomy cannot work; the message says which line and why."""


@cache
def topics() -> tuple[str, ...]:
    """Every category by its path, in the order of the file."""
    return read_taxonomy(DATA / "taxonomy.tsv")


@cache
def tops() -> tuple[str, ...]:
    """The names of the first level, in the order of the file."""
    return tuple(dict.fromkeys(topic.split("/")[0] for topic in topics()))


@cache
def nodes() -> frozenset[str]:
    """Every path of one, two or three levels."""
    return frozenset("/".join(topic.split("/")[:level]) for topic in topics() for level in range(1, LEVELS + 1))


def department_of(topic: str) -> str:
    """Who sees to a category; what is said of a deeper level goes before what is said of a higher one."""
    parts = topic.split("/")
    named = _departments()
    return next((named[p] for n in range(len(parts), 0, -1) if (p := "/".join(parts[:n])) in named), "")


def read_taxonomy(path: Path) -> tuple[str, ...]:
    """The categories of a file of tab-separated lines. Raises TaxonomyUnusable."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    if not lines or lines[0].split("\t") != _HEAD:
        raise TaxonomyUnusable(f"{path.name}: the first line must be the four titles {' '.join(_HEAD)}, with tabs.")
    found: dict[str, None] = {}
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        names, source = cells[:LEVELS], "".join(cells[LEVELS:])
        if len(names) < LEVELS or not all(names) or any("/" in name for name in names):
            raise TaxonomyUnusable(f"{path.name}, line {number}: three names are needed, with tabs, none with a slash.")
        if source not in _SOURCES:
            raise TaxonomyUnusable(f"{path.name}, line {number}: the fourth column is empty or 自加, not {source}.")
        if "/".join(names) in found:
            raise TaxonomyUnusable(f"{path.name}, line {number}: {'/'.join(names)} is there twice.")
        found["/".join(names)] = None
    return tuple(found)


def read_departments(path: Path) -> dict[str, str]:
    """Category -> department. Every name of the first level must be there. Raises TaxonomyUnusable."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict) or not all(isinstance(name, str) and name for name in found.values()):
        raise TaxonomyUnusable(f"{path.name}: lines of the form “category: department” are expected.")
    for node in found:
        if node not in nodes():
            raise TaxonomyUnusable(f"{path.name}: there is no category {node} in taxonomy.tsv.")
    for top in tops():
        if top not in found:
            raise TaxonomyUnusable(f"{path.name}: the category {top} has no department.")
    return found


@kept
def _departments() -> dict[str, str]:
    return read_departments(file("departments.yaml"))
