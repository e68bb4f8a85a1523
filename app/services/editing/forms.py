"""Forms (表): a document as things to fill in, by its shape (shapes.py), and what was filled in as its text.

Only what was changed is written; the rest of the text stays as it is, comments and all.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from app.errors import Refused
from app.services.editing.form_fields import Cell, Rows, Text
from app.services.editing.form_layouts import SHAPES, Blank, Group
from app.services.editing.refusals import in_chinese
from app.services.editing.said import Said
from app.services.editing.yaml_text import Path, read_value, value_at, with_value
from ivr.document import Sheet

_SIGN = ":"  # between the keys in the name of a field
_NEW = "+"  # the last key of a field that adds one


class Unreadable(Refused):
    """The text is no YAML, or is not built as its shape says: it has to be mended as text."""


class WronglyFilledIn(Refused):
    """Nothing was kept. `problems`: a sentence for each field; what belongs to none stands under an empty name."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(next(iter(problems.values())))
        self.problems = dict(problems)


@dataclass(frozen=True)
class Field:
    """One thing to fill in, with where it stands in the document and what stands there. `entry`: of which entry."""

    path: Path
    label: str
    cell: Cell
    hint: str
    value: object
    entry: str = ""

    @property
    def name(self) -> str:
        """Its name in the form."""
        return _SIGN.join(map(str, self.path)) or _SIGN

    @property
    def rows(self) -> Rows:
        """What the form shows."""
        return self.cell.shown(self.value)


@dataclass(frozen=True)
class Change:
    """What a value said and what it says, in words; of a list, the entries that went and those that came."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Row:
    """The fields of one entry, with the name of the entry where it has one."""

    title: str
    fields: tuple[Field, ...]


def laid_out(name: str, text: str) -> list[tuple[Group, list[Row]]]:
    """The form of a document as its text fills it. Raises Unreadable, and KeyError where the document has no form."""
    groups = SHAPES[name]
    try:
        read = read_value(text)
    except yaml.YAMLError as error:
        raise Unreadable("格式不对，请先按文本改好。") from error
    if not isinstance(read, Mapping | list):
        raise Unreadable("格式不对，请先按文本改好。")
    return [(group, _rows(group, read)) for group in groups]


def fields_of(name: str, text: str) -> list[Field]:
    """Every field of the form of a document. Raises like laid_out."""
    return [field for _, rows in laid_out(name, text) for row in rows for field in row.fields]


def filled_in(said: Said, typed: Mapping[str, Sequence[str]]) -> str:
    """The text of a document with what was typed (name of a field -> its inputs). Raises WronglyFilledIn, Unreadable.

    What cannot be in use is refused, as publishing would, and told at the field that it is about.
    """
    text, changed, problems = said.text, [], {}
    fields = fields_of(said.kind.name, text)
    for field in fields:
        try:
            rows = field.cell.rows(typed.get(field.name, ()))
            if rows != field.rows:
                text = _with(text, field, field.cell.read(rows))
                changed.append(field)
        except Refused as refused:
            problems[field.name] = str(refused)
        except yaml.YAMLError as error:
            raise Unreadable("格式不对，请先按文本改好。") from error
    if problems:
        raise WronglyFilledIn(problems)
    try:
        said.kind.read(Sheet(said.kind.key, text))
    except Exception as error:  # each reader has its own
        raise WronglyFilledIn(dict([_told(said, error, text, changed, typed)])) from error
    return text


def values_of(name: str, text: str) -> dict[str, object]:
    """What each field says, by its name; nothing where the text cannot be read."""
    try:
        return {field.name: field.value for field in fields_of(name, text)}
    except Unreadable:
        return {}


def changes(name: str, before: str, after: str) -> list[Change]:
    """The fields in which two texts of a document differ; none where one of them cannot be read."""
    try:
        old, new = ({field.name: field for field in fields_of(name, text)} for text in (before, after))
    except Unreadable:
        return []
    found = []
    for key in dict.fromkeys([*old, *new]):
        was, now = (known[key].value if key in known else None for known in (old, new))
        if was != now:
            found.append(_change(new.get(key) or old[key], was, now))
    return found


def _change(field: Field, was: object, now: object) -> Change:
    what = "：".join(filter(None, (field.entry, field.label)))
    if isinstance(was, list) and isinstance(now, list):
        gone, come = [each for each in was if each not in now], [each for each in now if each not in was]
        was, now = (gone, come) if gone or come else (was, now)
    return Change(what, field.cell.told(was), field.cell.told(now))


def _rows(group: Group, read: object) -> list[Row]:
    if group.each is None:
        return [Row("", tuple(f for blank in group.blanks for f in _fields(blank, (), read)))]
    holder = value_at(read, group.each)
    rows = []
    for key in _keys(holder):
        entry = value_at(holder, (key,))
        named = group.names.get(str(key)) or (entry.get("name") if isinstance(entry, Mapping) else "") or str(key)
        title = group.called.format(named)
        fields = tuple(f for blank in group.blanks for f in _fields(blank, (*group.each, key), read, title))
        rows.append(Row(title, fields))
    return rows


def _fields(blank: Blank, at: Path, read: object, title: str = "") -> list[Field]:
    path = (*at, *blank.at)
    if path[-1:] == ("*",):
        holder = value_at(read, path[:-1])
        inner = [(*path[:-1], key) for key in _keys(holder)]
        return [
            Field(p, blank.labels.get(str(p[-1]), str(p[-1])), blank.cell, "", value_at(read, p), title) for p in inner
        ]
    value = None if path[-1:] == (_NEW,) else value_at(read, path)
    return [Field(path, blank.label, blank.cell, blank.hint, value, title)]


def _keys(holder: object) -> list[str | int]:
    if isinstance(holder, Mapping):
        return list(holder)
    return list(range(len(holder))) if isinstance(holder, list) else []


def _with(text: str, field: Field, value: object) -> str:
    if field.path[-1:] != (_NEW,):
        return with_value(text, field.path, None if value == "" and field.cell.leaves else value)
    key, each = value.values()
    path = (*field.path[:-1], key)
    if value_at(read_value(text), path) is not None:
        raise Refused(f"“{key}”上面已经有了，请在那里改。")
    return with_value(text, path, each)


def _is_broken(said: Said) -> bool:
    try:
        said.kind.read(Sheet(said.kind.key, said.text))
    except Exception:
        return True
    return False


def _told(
    said: Said, error: Exception, text: str, changed: Sequence[Field], typed: Mapping[str, Sequence[str]]
) -> tuple[str, str]:
    """The field that a reader's refusal is about, of those that were changed, and the refusal in Chinese."""
    sentence = re.sub(r"^第 \d+ 行：", "", in_chinese(error, text))
    message = getattr(error, "sentence", None) or str(error)
    words = set(re.findall(r"\w+", message))

    def named(field: Field) -> int:
        keys = [part for key in (*field.path, field.entry) for part in re.findall(r"\w+", str(key))]
        return sum(key in words for key in keys) + 3 * any(
            t.strip() in message for t in typed[field.name] if len(t) > 3
        )

    if not changed or _is_broken(said):
        return "", sentence
    field = max(changed, key=named)
    return field.name, field.cell.shown(sentence)[0][0] if isinstance(field.cell, Text) else sentence
