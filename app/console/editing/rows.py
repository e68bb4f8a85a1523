"""Lists of what is said as rows: one entry of a document in a form, instead of its YAML."""

import re

import yaml
from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from app.console.shell.blueprints import console, parts
from app.errors import Refused
from app.services.editing import documents
from app.services.editing.catalogue import kind
from app.services.editing.yaml_text import Plain, read_value, with_entry, with_value
from app.services.wording.document_kinds import SPOKEN
from speech_models.dialects import ABOUT

ROWS = {  # document -> its fields: name, what it is called, whether it is a list of words
    "data/templates.yaml": [("name", "名字", False), ("text", "要说的话", False)],
    "data/categories.yaml": [
        ("name", "名字", False),
        ("say", "电话里怎么念", False),
        ("department", "归哪个部门", False),
        ("words", "老百姓怎么说", True),
        ("weak", "有点像的词（可以不写）", True),
        ("never", "听着像，其实不是的（可以不写）", True),
        ("topics", "类别（从最平常的写起）", True),
    ],
}
_DIALECT = [
    ("word", "方言词", False),
    ("means", "普通话是什么意思（几个意思，最常用的写前面）", False),
    ("about", "关于什么", False),
    ("misheard", "机器容易听成什么（至少两个字，可以不写）", True),
    ("example", "例句（里面要有这个词）", False),
    ("ambiguous", "普通话也有这几个字，但是另一个意思", False),
    ("not_in", "在这些词里不算（可以不写）", True),
]
CHOICES = {"about": ABOUT, "ambiguous": {"": "不是", "yes": "是"}}
_NEEDED = ("name", "say", "department", "words", "topics", "text", "word", "means", "about", "misheard", "example")


@console.get("/said/rows/<path:name>/<int:place>")
def said_entry(name: str, place: int):
    """One entry of a list (from 0; its length: a new one), to be edited."""
    return _page(name, place)


@console.post("/said/rows/<path:name>/<int:place>")
def write_entry(name: str, place: int):
    """Keep an entry in the draft; `away`: take it out."""
    fields = row_fields(name) or abort(404)
    typed = {key: request.form.get(key, "").replace("\r\n", "\n").strip() for key, _, _ in fields}
    try:
        with parts().database.session() as session:
            text = documents.current(session, name).text
            entry = None if "away" in request.form else _entry(fields, typed)
            after = _with_entry(text, place, entry)
            documents.save(session, name, current_user.name, after, seen=request.form.get("seen", ""))
    except yaml.YAMLError:
        flash("草稿的格式不对，请先在全文里改好。", "problem")
        return redirect(url_for("console.said_text", name=name), 303)
    except Refused as refused:
        return _page(name, place, typed=typed, problem=str(refused)), 422
    flash("记在草稿里了，还没有发布。")
    return redirect(url_for("console.said_text", name=name), 303)


def row_fields(name: str) -> list[tuple[str, str, bool]]:
    """The fields of an entry of a document; the first is its name. None for a document that is no list of entries."""
    return ROWS.get(name) or (_DIALECT if name.startswith(SPOKEN) else [])


def entries(text: str) -> list[dict]:
    """The entries of a list's text; empty where it cannot be read."""
    try:
        read = read_value(text)
    except yaml.YAMLError:
        return []
    read = read.get("entries") if isinstance(read, dict) else read
    return [entry for entry in read if isinstance(entry, dict)] if isinstance(read, list) else []


def entries_by_name(name: str, text: str) -> dict[str, dict]:
    """The entries of a list's text by their names."""
    return {str(entry.get(row_fields(name)[0][0])): entry for entry in entries(text)}


def _with_entry(text: str, place: int, entry: dict | None) -> str:
    if not isinstance(read_value(text), dict):
        return with_entry(text, place, entry)
    before = entries(text)
    return with_value(text, ("entries",), [*before[:place], *([entry] if entry else []), *before[place + 1 :]])


def _page(name: str, place: int, *, typed: dict[str, str] | None = None, problem: str = "") -> str:
    fields = row_fields(name) or abort(404)
    with parts().database.reading() as session:
        current = documents.current(session, name)
    found = entries(current.text)
    if place > len(found):
        abort(404)
    entry = found[place] if place < len(found) else {}
    values = typed or {key: _shown(entry.get(key) or "") for key, _, _ in fields}
    return render_template(
        "console/editing/entry.html", kind=kind(name), current=current, fields=fields, values=values, entry=entry,
        place=place, problem=problem, choices=CHOICES,
    )  # fmt: skip


def _shown(value: object) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def _entry(fields, typed: dict[str, str]) -> dict:
    found = {}
    for key, _, many in fields:
        value = [word for word in re.split(r"[\s、，,；;]+", typed[key]) if word] if many else typed[key]
        if value or key in _NEEDED:
            found[key] = Plain(value) if key == "ambiguous" else value
    return found
