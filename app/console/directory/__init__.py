"""The accounts of those who may log in, and the history of changes to them."""

from flask import Flask

from app.console.shell.blueprints import add_views


def init_app(app: Flask) -> None:
    """Add these pages to the console."""
    add_views(app, __name__, "accounts", "account_history", "own_account")
