"""The work list, the search, and the news that an open page asks for."""

from flask import Flask

from app.console.shell.blueprints import add_views


def init_app(app: Flask) -> None:
    """Add these pages to the console."""
    add_views(app, __name__, "desk_words", "failures", "news", "search", "work_list")
