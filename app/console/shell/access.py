"""Coming in and going out: the login page, and who is at the desk."""

from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, current_app, flash, redirect, render_template, request, session, url_for
from flask_login import LoginManager, current_user, login_user, logout_user
from werkzeug.wrappers import Response

from app.console.shell.blueprints import console, csrf, entrance, may, parts
from app.console.shell.forms import LoginForm
from app.console.shell.throttle import Throttle
from app.db import now
from app.models import Operator
from app.services.directory import operators, roles

_WRONG = "账号或密码不对，请再试一次。"  # the same for both, so that nobody learns which names exist
_SHIFT = timedelta(hours=12)
_WORK = {roles.CORRECT, roles.DECIDE, roles.MOVE, roles.REPLY}  # whoever may do none of it begins with the figures
_SINCE = "since"  # when the session began, in seconds since 1970


class AtDesk:
    """The operator of this browser session, as Flask-Login wants it: plain values, no database session behind it."""

    is_authenticated = is_active = True
    is_anonymous = False

    def __init__(self, operator: Operator):
        self.id, self.name, self.login = operator.id, operator.name, operator.login
        self.department_id, self.head = operator.department_id, operator.head
        self.department = operator.department.name if operator.department else ""
        self.rights = roles.rights_of(operator.role, operator.rights)
        self.home = "console.cases" if self.rights & _WORK or roles.FIGURES not in self.rights else "console.overview"
        self.must_change, self.large, self.language = operator.must_change, operator.large, operator.language

    def get_id(self) -> str:
        return str(self.id)


def init_app(app: Flask) -> None:
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=_SHIFT,
        SESSION_REFRESH_EACH_REQUEST=False,  # an open page asks for news all the time, and a shift ends all the same
        WTF_CSRF_CHECK_DEFAULT=False,  # checked by the console's blueprints; carriers sign their webhooks instead
        WTF_CSRF_TIME_LIMIT=None,  # a page left open over lunch still works
    )
    csrf.init_app(app)
    app.jinja_env.globals["may"] = may  # may("listen"): whether to offer it
    app.extensions["xiangyin.throttle"] = Throttle()
    logins = LoginManager(app)
    logins.user_loader(_load)
    logins.unauthorized_handler(_ask_for_login)


def _load(id: str) -> AtDesk | None:
    with parts().database.reading() as db:
        try:
            operator = db.get(Operator, UUID(id))
        except ValueError:
            return None
        return AtDesk(operator) if operator and operators.is_good(operator, session.get(_SINCE)) else None


def _ask_for_login() -> Response:
    """To the login page, and back afterwards: to the page that was asked for, or the case that a form belonged to."""
    number = (request.view_args or {}).get("number")
    after_form = url_for("console.case", number=number) if number else None
    wanted = request.full_path.rstrip("?") if request.method == "GET" else after_form
    return redirect(url_for("entrance.login", next=wanted if wanted != "/" else None))


@entrance.route("/login", methods=["GET", "POST"])
def login():
    """Ask for name and password; a wrong one is answered after the same work and in the same words."""
    if current_user.is_authenticated:
        return redirect(_safe(request.args.get("next")))
    form = LoginForm()
    problem = _try_login(form) if form.validate_on_submit() else None
    if current_user.is_authenticated:
        return redirect(_safe(request.args.get("next")), 303)
    return render_template("console/shell/login.html", form=form, problem=problem), 422 if form.is_submitted() else 200


def _try_login(form: LoginForm) -> str | None:
    throttle, name, address = current_app.extensions["xiangyin.throttle"], form.login.data, request.remote_addr or ""
    if seconds := throttle.wait(name, address):
        return f"错的次数多了，请等 {seconds} 秒再试。"
    with parts().database.reading() as db:
        operator = operators.check_password(db, name, form.password.data)
    if operator is None:
        throttle.failed(name, address)
        return _WRONG
    throttle.succeeded(name, address)
    begin_session(operator)
    return None


def begin_session(operator: Operator) -> None:
    """From here on this browser is the operator's, for a shift."""
    session.clear()
    session.permanent = True
    session[_SINCE] = now().timestamp()
    login_user(AtDesk(operator))


@console.post("/logout")
def logout():
    """Leave the desk."""
    logout_user()
    session.clear()
    flash("您已退出。")
    return redirect(url_for("entrance.login"), 303)


def _safe(target: str | None) -> str:
    """Where to go after the login: an address of this console, whatever the link said."""
    home = url_for(current_user.home)
    if not target or not target.isprintable() or "\\" in target:
        return home
    there = urlsplit(target)
    return target if target.startswith("/") and not target.startswith("//") and not there.netloc else home
