"""Staff edit words, lists and rules: the script, forms, recordings, departments and villages."""

from flask import Flask

from app.console.shell.blueprints import add_views


def init_app(app: Flask) -> None:
    """Add these pages to the console."""
    add_views(app, __name__, "departments", "form", "list_history", "recording", "rows", "script", "villages", "year")
