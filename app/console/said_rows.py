"""Lists of what is said as rows: one entry of a document in a form, instead of its YAML."""

import re

import yaml
from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from app.console.blueprints import console, parts
from app.errors import Refused
from app.services import documents
from app.services.catalogue import kind
from app.services.yaml_edit import with_entry

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
_NEEDED = ("name", "say", "department", "words", "topics", "text")


@console.get("/said/rows/<path:name>/<int:place>")
def said_entry(name: str, place: int):
    """One entry of a list (from 0; its length: a new one), to be edited."""
    return _page(name, place)


@console.post("/said/rows/<path:name>/<int:place>")
def write_entry(name: str, place: int):
    """Keep an entry in the draft; `away`: take it out."""
    fields = ROWS.get(name) or abort(404)
    typed = {key: request.form.get(key, "").replace("\r\n", "\n").strip() for key, _, _ in fields}
    try:
        with parts().database.session() as session:
            text = documents.current(session, name).text
            entry = None if "away" in request.form else _entry(fields, typed)
            after = with_entry(text, place, entry)
            documents.save(session, name, current_user.name, after, seen=request.form.get("seen", ""))
    except yaml.YAMLError:
        flash("草稿的格式不对，请先在全文里改好。", "problem")
        return redirect(url_for("console.said_text", name=name), 303)
    except Refused as refused:
        return _page(name, place, typed=typed, problem=str(refused)), 422
    flash("记在草稿里了，还没有发布。")
    return redirect(url_for("console.said_text", name=name), 303)


def entries(text: str) -> list[dict]:
    """The entries of a list's text; empty where it cannot be read."""
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError:
        return []
    return [entry for entry in read if isinstance(entry, dict)] if isinstance(read, list) else []


def entries_by_name(text: str) -> dict[str, dict]:
    """The entries of a list's text by their names."""
    return {str(entry.get("name")): entry for entry in entries(text)}


def _page(name: str, place: int, *, typed: dict[str, str] | None = None, problem: str = "") -> str:
    fields = ROWS.get(name) or abort(404)
    with parts().database.reading() as session:
        current = documents.current(session, name)
    found = entries(current.text)
    if place > len(found):
        abort(404)
    entry = found[place] if place < len(found) else {}
    values = typed or {key: _shown(entry.get(key) or "") for key, _, _ in fields}
    return render_template(
        "console/said_entry.html", kind=kind(name), current=current, fields=fields, values=values, entry=entry,
        place=place, problem=problem,
    )  # fmt: skip


def _shown(value: object) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def _entry(fields, typed: dict[str, str]) -> dict:
    found = {}
    for key, _, many in fields:
        value = [word for word in re.split(r"[\s、，,；;]+", typed[key]) if word] if many else typed[key]
        if value or key in _NEEDED:
            found[key] = value
    return found
