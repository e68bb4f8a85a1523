"""The console (操作台): what operators see. Joined to the service by `init_app`."""

from flask import Flask

from app.console import (
    access,
    answers,
    changes,
    counter,
    curves,
    departments,
    english,
    exchange,
    failures,
    figures,
    finding,
    given_up,
    half_written,
    joining,
    learning,
    list_changes,
    listing,
    me,
    moves,
    news,
    pages,
    people,
    place_list,
    practice,
    rates,
    said,
    said_form,
    said_rows,
    said_sounds,
    sounds,
    suggestions,
    together,
    users,
    versions,
    villages,
    waves,
    wording,
)  # importing a file of views adds them
from app.console.blueprints import console, entrance

__all__ = [
    "access",
    "answers",
    "console",
    "counter",
    "departments",
    "entrance",
    "exchange",
    "figures",
    "finding",
    "given_up",
    "half_written",
    "init_app",
    "joining",
    "learning",
    "listing",
    "me",
    "moves",
    "news",
    "pages",
    "people",
    "place_list",
    "practice",
    "rates",
    "said",
    "said_form",
    "said_rows",
    "said_sounds",
    "sounds",
    "suggestions",
    "together",
    "users",
    "versions",
    "villages",
    "waves",
]


def init_app(app: Flask) -> None:
    """Add the console to the service: logins, forms that only its own pages can send, its words and its pages."""
    access.init_app(app)
    wording.init_app(app)
    curves.init_app(app)
    versions.init_app(app)
    changes.init_app(app)
    list_changes.init_app(app)
    figures.init_app(app)
    english.init_app(app)
    failures.init_app(app)
    practice.init_app(app)
    app.register_blueprint(entrance)  # open to everybody: the login page, style and scripts
    app.register_blueprint(console)  # a login for every page: blueprints.require_login
