"""Other systems as the desk sees them: webhooks and what could not be told."""

from flask import Flask

from app.console.shell.blueprints import add_views


def init_app(app: Flask) -> None:
    """Add these pages to the console."""
    add_views(app, __name__, "delivery_words", "other_systems")
