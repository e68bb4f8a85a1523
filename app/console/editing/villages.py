"""The villages: how they are called and said, how many live there, what they speak, and how the list came to be so."""

import re
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session

from app.console.cases.places import is_called
from app.console.editing.list_history import history_page, page_number
from app.console.shell.blueprints import console, may, parts
from app.console.shell.forms import dialect_choices
from app.errors import Refused
from app.models import Operator, Village
from app.services.desk import case_queries
from app.services.directory import change_history, villages
from app.services.directory.roles import WORDS
from app.services.editing import village_edits
from app.services.wording import prompts

_A_PAGE = 50
_BETWEEN = re.compile(r"[、,，;；\s/]+")  # other names
_ANYBODYS = ("dialect", "population")  # what the daily work may change; the rest needs the right to change lists


@console.get("/villages", endpoint="villages")
def village_list():
    """The villages, by name; `find` by a name, its pinyin or first letters, or the town."""
    return _list()


@console.post("/villages")
def add_village():
    """One more."""
    try:
        made = parts().database.work(lambda session: village_edits.add(session, _me(session), _written()))
    except Refused as refused:
        return _list(str(refused)), 422
    flash(f"{made.name}：添上了。", "done")
    return redirect(url_for("console.village", id=made.id), 303)


@console.get("/villages/<uuid:id>")
def village(id: UUID):
    """One village: what is known of it, and what was done to its entry."""
    return _page(id)


@console.post("/villages/<uuid:id>")
def change_village(id: UUID):
    """Other values; without the right to change lists only what people speak and how many they are."""
    written = _written()
    fields = written if may(WORDS) else {key: value for key, value in written.items() if key in _ANYBODYS}

    def change(session: Session) -> None:
        found = session.get(Village, id, with_for_update=True) or abort(404)
        change_history.refuse_overtaken(session, found, request.form.get("seen", ""))
        village_edits.change(session, found, _me(session), fields)

    try:
        parts().database.work(change)
    except Refused as refused:
        return _page(id, str(refused)), 422
    return _done(id, "记下了。")


@console.post("/villages/<uuid:id>/delete")
def delete_village(id: UUID):
    """It was added by mistake."""

    def delete(session: Session) -> str:
        found = session.get(Village, id, with_for_update=True) or abort(404)
        village_edits.delete(session, found, _me(session))
        return found.name

    try:
        name = parts().database.work(delete)
    except Refused as refused:
        return _page(id, str(refused)), 422
    flash(f"{name}：删掉了。在“改动”里可以收回。", "done")
    return redirect(url_for("console.villages"), 303)


@console.get("/villages/history")
def villages_history():
    """What was done to the list."""
    return history_page(Village, url_for("console.villages"), "各村")


@console.post("/villages/changes/<uuid:id>/take-back")
def take_back_village(id: UUID):
    """Undo one change."""

    with parts().database.reading() as session:
        entry = change_history.entry(session, Village, id) or abort(404)
        there = session.get(Village, entry.row_id) is not None
    try:
        stays = parts().database.work(lambda session: village_edits.take_back(session, entry, _me(session)))
    except Refused as refused:
        if there:
            return _page(entry.row_id, str(refused)), 422
        flash(str(refused), "problem")
        return redirect(url_for("console.villages_history"), 303)
    if stays:
        return _done(entry.row_id, "收回了，又和原来一样。")
    flash("收回了，这个村不在名单里了。", "done")
    return redirect(url_for("console.villages"), 303)


def _done(id: UUID, done: str):
    flash(done, "done")
    return redirect(url_for("console.village", id=id), 303)


def _written() -> dict[str, Any]:
    """The form as an entry of the list; what is no number stays as it was written, and is refused as such."""
    form = {key: request.form.get(key, "").strip() for key in ("name", "town", "dialect")}
    counts = {key: request.form.get(key, "").strip() or "0" for key in ("groups", "population")}
    where = {key: _degrees(request.form.get(key, "").strip()) for key in ("lat", "lon")}
    aliases = [name for name in _BETWEEN.split(request.form.get("aliases", "")) if name]
    return form | counts | where | {"aliases": aliases}


def _degrees(written: str) -> float | str | None:
    try:
        return float(written) if written else None
    except ValueError:
        return written


def _list(problem: str = "") -> str:
    wanted, page = request.args.get("find", "").strip(), page_number()
    with parts().database.reading() as session:
        every = case_queries.villages(session)
    found = [each for each in every if is_called(each, wanted)] if wanted else every
    return render_template(
        "console/editing/villages.html",
        villages=found[(page - 1) * _A_PAGE : page * _A_PAGE],
        found=len(found),
        count=len(every),
        more=len(found) > page * _A_PAGE,
        page=page,
        looked_for=wanted,
        towns=sorted({each.town for each in every if each.town}),
        dialects=dict(dialect_choices("")),
        problem=problem,
    )


def _page(id: UUID, problem: str = "") -> str:
    with parts().database.reading() as session:
        found = session.get(Village, id) or abort(404)
        now_there = villages.seen(found)
        typed = {key: value or "" for key, value in now_there.items()} | {"aliases": "、".join(found.aliases)}
        typed |= {key: "" if now_there[key] is None else now_there[key] for key in ("lat", "lon")}
        return render_template(
            "console/editing/village.html",
            village=found,
            typed=typed | {key: request.form[key] for key in typed if key in request.form},
            dialects=dialect_choices("还不知道"),
            cases=village_edits.cases_of(session, found),
            can_be_said=prompts.can_say(parts(), found.name),
            seen=change_history.newest(session, found),
            changes=change_history.history(session, Village, id),
            now_there=now_there,
            problem=problem,
        )


def _me(session: Session) -> Operator:
    return session.get_one(Operator, current_user.id)
