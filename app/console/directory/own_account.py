"""One's own account: another password, the language of the pages, larger type."""

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session

from app.console.shell.access import begin_session
from app.console.shell.blueprints import console, parts
from app.errors import Refused
from app.models import Operator
from app.services.directory import operators
from app.services.directory.roles import roles

_OPEN = {"console.me", "console.change_password", "console.logout"}


@console.before_request
def have_own_password_chosen():
    """Whoever came in with a password that somebody else knows chooses another before anything else."""
    if current_user.must_change and request.endpoint not in _OPEN:
        return redirect(url_for("console.me"), 303)
    return None


@console.get("/me")
def me():
    """One's own account."""
    with parts().database.reading() as session:
        return _page(session)


@console.post("/me/password")
def change_password():
    """Choose another password."""
    form = request.form
    try:
        with parts().database.session() as session:
            operator = session.get_one(Operator, current_user.id)
            operators.choose_password(session, operator, *(form.get(name, "") for name in ("old", "new", "again")))
    except Refused as refused:
        with parts().database.reading() as session:
            return _page(session, str(refused)), 422
    begin_session(operator)
    flash("密码改好了。别处登录着的，要用新密码再登录。", "done")
    return redirect(url_for(current_user.home), 303)


@console.post("/me/looks")
def change_looks():
    """Choose the language and the size of the type."""
    try:
        with parts().database.session() as session:
            operator = session.get_one(Operator, current_user.id)
            operators.choose_looks(operator, request.form.get("language", ""), bool(request.form.get("large")))
        flash("改好了。", "done")
    except Refused as refused:
        flash(str(refused), "problem")
    return redirect(url_for("console.me"), 303)


def _page(session: Session, problem: str = "") -> str:
    operator = session.get_one(Operator, current_user.id)
    return render_template(
        "console/directory/own_account.html",
        person=operator,
        role=roles().roles[operator.role],
        names=roles().names,
        languages=operators.LANGUAGES,
        problem=problem,
    )
