"""The two blueprints of the console, who may enter each, and the headers of everything they answer."""

from importlib import import_module
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import select

from app.console.shell.rights import ANYBODY, is_heads_own, needed
from app.models import Case
from app.parts import Parts
from app.services.desk import case_queries

FOLDER = Path(__file__).parents[1]  # holds the templates and static files of all packages
console = Blueprint("console", __name__, root_path=str(FOLDER), template_folder="templates")
entrance = Blueprint(
    "entrance", __name__, root_path=str(FOLDER), template_folder="templates", static_folder="static", url_prefix="/desk"
)
csrf = CSRFProtect()
_LARGEST_SOUND = 8 * 1024 * 1024  # bytes of a recording made in the browser: a minute

# A page may load nothing from elsewhere; `blob:` is the sound of a reply that is listened to before it is sent.
_POLICY = (
    "default-src 'self'; media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def add_views(app: Flask, package: str, *names: str) -> None:
    """Import these files of a package, which adds their views, and have those that have an `init_app` called."""
    for name in names:
        module = import_module(f"{package}.{name}")
        if hasattr(module, "init_app"):
            module.init_app(app)


def parts() -> Parts:
    """The running service's concrete parts."""
    return current_app.extensions["xiangyin"]


def may(right: str) -> bool:
    """Whether whoever asks may do this (services/directory/roles.py); in templates, whether to offer it."""
    return current_user.is_authenticated and right in current_user.rights


@console.before_request
def require_login():
    """Nobody sees or does anything here without a login."""
    return None if current_user.is_authenticated else current_app.login_manager.unauthorized()


@console.before_request
def require_right() -> None:
    """Nobody sees or does what is not theirs to see or do: the table in rights.py."""
    right = needed(request.endpoint)
    heads_own = current_user.head and is_heads_own(right, (request.view_args or {}).get("name"))
    if right is None or not (right == ANYBODY or may(right) or heads_own):
        abort(403)


@console.before_request
def keep_departments_to_their_own() -> None:
    """Who belongs to a department gets no case but its own. (The services refuse it, too.)"""
    if current_user.department_id is None:
        return
    number = (request.view_args or {}).get("number")
    if number:
        with parts().database.reading() as session:
            case = session.scalar(
                select(Case.id).where(Case.number == number, *case_queries.seen_by(current_user.department_id))
            )
        if case is None:
            abort(404)


@console.before_request
@entrance.before_request
def require_own_form() -> None:
    """A form counts only when one of our own pages sent it (CSRF). After the login: who was logged out is told so."""
    if request.endpoint == "console.record_words":
        request.max_content_length = _LARGEST_SOUND
    csrf.protect()


@console.after_request
@entrance.after_request
def guard(response: Response) -> Response:
    """Pages load nothing from elsewhere, and neither they nor recordings stay on a shared computer's disk."""
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if request.endpoint != "entrance.static":
        response.headers["Cache-Control"] = "no-store"
    return response
