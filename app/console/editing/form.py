"""A document as a form (表): what staff change without YAML, told at the field where it cannot be."""

from dataclasses import replace
from datetime import date
from functools import partial

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from app.console.editing.year import years_shown
from app.console.shell.blueprints import console, parts
from app.console.shell.template_words import today
from app.errors import Refused
from app.services.deadlines import business_hours, holidays
from app.services.directory.departments import departments
from app.services.editing import documents, forms
from app.services.editing.catalogue import HOLIDAYS, kind
from app.services.editing.form_layouts import SHAPES
from app.services.editing.said import Said
from app.services.sorting.taxonomy import topics
from ivr.document import Sheet

_CALENDAR, _DEPARTMENTS = "data/office_hours.yaml", "data/departments.yaml"
_DAYS_AHEAD = 60


@console.get("/said/form/<path:name>")
def said_form(name: str):
    """A document to be filled in."""
    return _page(name)


@console.post("/said/form/<path:name>")
def fill_in(name: str):
    """Keep what was filled in as a draft."""
    if name not in SHAPES:
        abort(404)
    typed = {field: request.form.getlist(field) for field in request.form}
    try:
        with parts().database.session() as session:
            current = documents.current(session, name)
            if request.form.get("seen") != current.sha256:
                raise documents.Overtaken(f"{current.by}刚才也改了，您填的还在下面。请看看草稿里现在写的，再保存。")
            offered = _to_fill_in(current)
            text = forms.filled_in(offered, typed)
            text = current.text if text == offered.text else text
            if text != current.text:
                documents.save(session, name, current_user.name, text, seen=current.sha256)
    except forms.Unreadable as refused:
        flash(str(refused), "problem")
        return redirect(url_for("console.said_text", name=name), 303)
    except forms.WronglyFilledIn as refused:
        return _page(name, typed=typed, problems=refused.problems), 422
    except documents.Overtaken as refused:
        return _page(name, typed=typed, problems={"": str(refused)}, overtaken=True), 422
    flash("记在草稿里了，还没有发布。" if text != current.text else "没有改动。")
    return redirect(url_for("console.said_form", name=name), 303)


def _page(name: str, *, typed=None, problems=None, overtaken: bool = False):
    if name not in SHAPES:
        abort(404)
    with parts().database.reading() as session:
        current, live = documents.current(session, name), documents.live(session, name)
        versions = documents.history(session, name)
        known = [department.name for department in departments(session)] if name == _DEPARTMENTS else []
    try:
        laid_out = forms.laid_out(name, _to_fill_in(current).text)
    except forms.Unreadable as refused:
        flash(str(refused), "problem")
        return redirect(url_for("console.said_text", name=name), 303)
    return render_template(
        "console/editing/form.html",
        kind=kind(name), current=current, live=live, groups=laid_out, typed=typed or {}, problems=problems or {},
        overtaken=overtaken, drafted=_drafted(current, live), rows_of=_rows_of,
        last=documents.last_changes(versions, partial(forms.values_of, name)),
        changes=documents.difference(live.text, current.text) if current.number is None else [],
        told=forms.changes(name, live.text, current.text),
        offered={"departments": known, "categories": topics()} if name == _DEPARTMENTS else {},
        days=_days(current) if name == _CALENDAR else None, holidays=HOLIDAYS,
        years=years_shown(current, date.fromisoformat(today()).year) if name == HOLIDAYS else [],
    )  # fmt: skip


def _to_fill_in(said: Said) -> Said:
    """A document with a place for what is to be filled in next: the notice of the next year, and of an unknown one."""
    if said.kind.name != HOLIDAYS:
        return said
    this = date.fromisoformat(today()).year
    text = said.text if business_hours.calendar().knows(this) else holidays.with_year(said.text, this)
    return replace(said, text=holidays.with_year(text, this + 1))


def _rows_of(field: forms.Field, typed: dict[str, list[str]]) -> list[list[str]]:
    """What the inputs of a field hold: what was typed, else what the document says."""
    try:
        return field.cell.rows(typed[field.name]) if field.name in typed else field.rows
    except Refused:
        return field.rows


def _drafted(current: Said, live: Said) -> set[str]:
    """The fields that the draft says otherwise."""
    before, after = (forms.values_of(said.kind.name, said.text) for said in (live, current))
    return {field for field, value in after.items() if value != before.get(field)}


def _days(current: Said) -> business_hours.Ahead | None:
    """What the calendar of the draft makes of the days to come; None where it cannot be read."""
    try:
        hours = business_hours.read_hours(Sheet(current.kind.key, current.text))
    except business_hours.HoursUnusable:
        return None
    return business_hours.ahead(hours, date.fromisoformat(today()), _DAYS_AHEAD)
