"""The departments: who takes cases, their duty telephones, and how the list came to be what it is."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session

from app.console.editing.list_history import history_page
from app.console.shell.blueprints import console, parts
from app.console.shell.template_words import dialled
from app.errors import Refused
from app.models import Department, Operator
from app.services.directory import change_history, departments
from app.services.editing import department_edits
from app.services.editing.catalogue import kind
from app.services.wording import editions


@console.get("/departments", endpoint="departments")
def department_list():
    """Every department, and a form for one more."""
    return _list()


@console.post("/departments")
def add_department():
    """One more."""
    try:
        made = parts().database.work(
            lambda session: department_edits.add(session, _me(session), *_written(), parts().settings.region)
        )
    except Refused as refused:
        return _list(str(refused)), 422
    flash(f"{made.name}：添上了。", "done")
    return redirect(url_for("console.departments"), 303)


@console.get("/departments/<uuid:id>")
def department(id: UUID):
    """One department: what it is called, what it has, what was done to it."""
    return _page(id)


@console.post("/departments/<uuid:id>")
def change_department(id: UUID):
    """Another name or duty telephone."""

    def change(session: Session, found: Department) -> None:
        change_history.refuse_overtaken(session, found, request.form.get("seen", ""))
        department_edits.change(session, found, _me(session), *_written(), parts().settings.region)

    return _settle(id, change, "改好了。")


@console.post("/departments/<uuid:id>/close")
def close_department(id: UUID):
    """Nothing is given to it any more."""
    return _settle(
        id,
        lambda session, found: department_edits.close(session, found, _me(session)),
        "停用了，派单的时候不再列出来。以前的事和数字都还在。",
    )


@console.post("/departments/<uuid:id>/reopen")
def reopen_department(id: UUID):
    """Cases and accounts can be given to it again."""
    return _settle(
        id, lambda session, found: department_edits.reopen(session, found, _me(session)), "又可以给它派单了。"
    )


@console.get("/departments/history")
def departments_history():
    """What was done to the list."""
    return history_page(Department, url_for("console.departments"), "部门")


@console.post("/departments/changes/<uuid:id>/take-back")
def take_back_department(id: UUID):
    """Undo one change."""
    with parts().database.reading() as session:
        entry = change_history.entry(session, Department, id) or abort(404)
    try:
        parts().database.work(lambda session: department_edits.take_back(session, entry, _me(session)))
    except Refused as refused:
        return _page(entry.row_id, str(refused)), 422
    return _done(entry.row_id, "收回了，又和原来一样。")


def _written() -> tuple[str, str]:
    return request.form.get("name", ""), request.form.get("phone", "")


def _settle(id: UUID, do, done: str):
    def settle(session: Session) -> None:
        do(session, session.get(Department, id, with_for_update=True) or abort(404))

    try:
        parts().database.work(settle)
    except Refused as refused:
        return _page(id, str(refused)), 422
    return _done(id, done)


def _done(id: UUID, done: str):
    with parts().database.reading() as session:
        editions.refresh(parts(), session)  # a rename changes the categories
    flash(done, "done")
    return redirect(url_for("console.department", id=id), 303)


def _list(problem: str = "") -> str:
    with parts().database.reading() as session:
        return render_template(
            "console/editing/departments.html",
            departments=sorted(departments.departments(session), key=lambda each: each.closed_at is not None),
            cases=department_edits.open_cases(session),
            accounts=department_edits.accounts(session),
            problem=problem,
        )


def _page(id: UUID, problem: str = "") -> str:
    with parts().database.reading() as session:
        found = departments.department(session, id) or abort(404)
        typed = {"name": found.name, "phone": dialled(found.phone) if found.phone else ""}
        return render_template(
            "console/editing/department.html",
            department=found,
            typed=typed | {key: request.form[key] for key in typed if key in request.form},
            cases=department_edits.open_cases(session).get(id, 0),
            accounts=department_edits.accounts(session).get(id, 0),
            naming=[(kind(key), names) for key, names in department_edits.naming(session, found.name).items()],
            seen=change_history.newest(session, found),
            changes=change_history.history(session, Department, id),
            now_there=departments.seen(found),
            problem=problem,
        )


def _me(session: Session) -> Operator:
    return session.get_one(Operator, current_user.id)
