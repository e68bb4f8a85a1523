"""Templates (回复模板): sentences to begin a reply with, from data/templates.yaml, which staff edit."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from app.files import file, kept
from app.models import Case
from app.services.sorting.categories import category

PLACEHOLDERS = ("编号", "村", "事情", "部门", "镇名", "称呼")  # what a template may name in braces
_KEYS = {"name", "text"}
_LONGEST = 500


class TemplatesUnusable(Exception):
    """The file cannot work; the message says which entry and why."""


@dataclass(frozen=True)
class Template:
    """`text` may name PLACEHOLDERS in braces; what is not known of a case stays a blank to be filled in."""

    name: str
    text: str


@kept
def templates() -> list[Template]:
    """Those of the file in force."""
    return read_templates(file("templates.yaml"))


def read_templates(path: Path) -> list[Template]:
    """The templates of a file. Raises TemplatesUnusable."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(entries, list):
        raise TemplatesUnusable(f"{path.name}: a list of templates is expected.")
    found: list[Template] = []
    for place, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or set(entry) != _KEYS or not all(str(v or "").strip() for v in entry.values()):
            raise TemplatesUnusable(f"{path.name}, entry {place}: needs name and text.")
        if len(str(entry["text"])) > _LONGEST:
            raise TemplatesUnusable(f"{path.name}, entry {place}: a text has {_LONGEST} signs at most.")
        if entry["name"] in {template.name for template in found}:
            raise TemplatesUnusable(f"{path.name}, entry {place}: {entry['name']} is there twice.")
        for name in _named(f"{path.name}, entry {place}", str(entry["text"])):
            if name not in PLACEHOLDERS:
                raise TemplatesUnusable(f"{path.name}, entry {place}: knows no placeholder {{{name}}}.")
        found.append(Template(str(entry["name"]), str(entry["text"])))
    return found


def for_case(case: Case, town: str) -> list[Template]:
    """Every template, filled with what is known of a case."""
    decided = category(case.category)
    values = {
        "编号": case.number,
        "村": case.place or (case.village.name if case.village else ""),
        "事情": decided.say if decided else "",
        "部门": decided.department if decided else "",
        "镇名": town,
    }
    return [Template(template.name, filled(template, values)) for template in templates()]


def filled(template: Template, values: dict[str, str]) -> str:
    """The text of a template for a case; what is not known becomes ___."""
    text = template.text
    for name in PLACEHOLDERS:
        text = text.replace(f"{{{name}}}", values.get(name) or "___")
    return text


def _named(where: str, text: str) -> list[str]:
    pieces = text.replace("}", "{").split("{")
    if text.count("{") != text.count("}") or len(pieces) % 2 == 0:
        raise TemplatesUnusable(f"{where}: has a {{ or }} without its partner.")
    return pieces[1::2]
