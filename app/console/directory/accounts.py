"""People (人员): who has an account, as what, with which rights; and who did what to them or listened to whom."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session

from app.console.shell.blueprints import console, parts
from app.errors import Refused
from app.models import Department, Operator
from app.services.directory import audit, departments, operators
from app.services.directory.roles import rights_of, roles


@console.get("/users")
def users():
    """Everybody who has an account, and a form for one more."""
    with parts().database.reading() as session:
        return _list(session)


@console.post("/users")
def add_user():
    """A new account; its password to begin with is shown once."""
    try:
        with parts().database.session() as session:
            password = operators.random_password()
            made = operators.add_operator(
                session,
                request.form.get("login", "").strip(),
                request.form.get("name", ""),
                password,
                role=request.form.get("role", ""),
                department=_department(session),
                must_change=True,
                by=_me(session),
            )
            return _page(session, made, password=password)
    except Refused as refused:
        with parts().database.reading() as session:
            return _list(session, str(refused)), 422


@console.get("/users/<uuid:id>")
def user(id: UUID):
    """One account: what it may do, and what was done to it."""
    with parts().database.reading() as session:
        return _page(session, _find(session, id))


@console.post("/users/<uuid:id>")
def change_user(id: UUID):
    """Another name, role or department."""

    def change(session: Session, operator: Operator) -> None:
        name, role = request.form.get("name", ""), request.form.get("role", "")
        operators.change(session, operator, _me(session), name=name, role=role, department=_department(session))

    return _settle(id, change, "改好了。")


@console.post("/users/<uuid:id>/rights")
def change_rights(id: UUID):
    """Exactly the rights that are ticked."""
    wanted = request.form.getlist("right")
    return _settle(id, lambda session, who: operators.give_rights(session, who, _me(session), wanted), "权限改好了。")


@console.post("/users/<uuid:id>/lock")
def lock_user(id: UUID):
    """Nobody gets in with this account any more."""
    return _settle(id, lambda session, who: operators.lock(session, who, _me(session)), "停用了，现在起登录不了。")


@console.post("/users/<uuid:id>/unlock")
def unlock_user(id: UUID):
    """The account works again."""
    return _settle(id, lambda session, who: operators.unlock(session, who, _me(session)), "又可以登录了。")


@console.post("/users/<uuid:id>/password")
def give_password(id: UUID):
    """A new password to begin with, shown once; what was open with the old one is over."""
    with parts().database.session() as session:
        operator = _find(session, id)
        return _page(session, operator, password=operators.start_password(session, operator, _me(session)))


@console.get("/users/log")
def user_log():
    """Who listened to which recording, and what was done to accounts."""
    with parts().database.reading() as session:
        return render_template(
            "console/directory/account_history.html",
            listenings=audit.listenings(session),
            changes=audit.changes(session),
        )


def _list(session: Session, problem: str = "") -> str:
    return render_template(
        "console/directory/accounts.html",
        people=operators.everybody(session),
        roles=roles().roles,
        departments=departments.offered(session),
        problem=problem,
    )


def _page(session: Session, operator: Operator, *, problem: str = "", password: str = "") -> str:
    """`password`: to begin with, on this page and nowhere else."""
    session.flush()
    return render_template(
        "console/directory/account.html",
        person=operator,
        rights=rights_of(operator.role, operator.rights),
        usual=roles().roles[operator.role].rights,
        names=roles().names,
        roles=roles().roles,
        departments=departments.offered(session),
        changes=audit.changes(session, operator.id),
        problem=problem,
        password=password,
    )


def _settle(id: UUID, do, done: str):
    try:
        with parts().database.session() as session:
            do(session, _find(session, id))
    except Refused as refused:
        with parts().database.reading() as session:
            return _page(session, _find(session, id), problem=str(refused)), 422
    flash(done, "done")
    return redirect(url_for("console.user", id=id), 303)


def _find(session: Session, id: UUID) -> Operator:
    return operators.find(session, id) or abort(404)


def _me(session: Session) -> Operator:
    return session.get_one(Operator, current_user.id)


def _department(session: Session) -> Department | None:
    """The department of the form; the form shows its list whatever the role is, and only one role has any."""
    if not (id := request.form.get("department")) or request.form.get("role") != "department":
        return None
    try:
        return departments.department(session, UUID(id))
    except ValueError:
        raise Refused("没有这个部门，请从列表里选。") from None
