"""The console (操作台): what operators see. Joined to the service by `init_app`."""

from flask import Flask

from app.console import (
    access,
    answers,
    changes,
    curves,
    failures,
    finding,
    joining,
    learning,
    me,
    moves,
    news,
    pages,
    people,
    place_list,
    sounds,
    suggestions,
    together,
    users,
    versions,
    waves,
    wording,
)  # importing a file of views adds them
from app.console.blueprints import console, entrance

__all__ = [
    "access",
    "answers",
    "console",
    "entrance",
    "finding",
    "init_app",
    "joining",
    "learning",
    "me",
    "moves",
    "news",
    "pages",
    "people",
    "place_list",
    "sounds",
    "suggestions",
    "together",
    "users",
    "versions",
    "waves",
]


def init_app(app: Flask) -> None:
    """Add the console to the service: logins, forms that only its own pages can send, its words and its pages."""
    access.init_app(app)
    wording.init_app(app)
    curves.init_app(app)
    versions.init_app(app)
    changes.init_app(app)
    failures.init_app(app)
    app.register_blueprint(entrance)  # open to everybody: the login page, style and scripts
    app.register_blueprint(console)  # a login for every page: blueprints.require_login
