"""What recognition has learnt: lessons and error curves."""

from flask import Flask

from app.console.shell.blueprints import add_views


def init_app(app: Flask) -> None:
    """Add these pages to the console."""
    add_views(app, __name__, "error_curves", "lessons")
