"""What every page of the console has: login, rights, blueprints, language, error pages, forms, words in templates."""

from flask import Flask

from app.console.shell.blueprints import add_views


def init_app(app: Flask) -> None:
    """Add what every page needs. Before the other packages: their pages use its words and its login."""
    add_views(app, __name__, "access", "template_words")


def init_language(app: Flask) -> None:
    """Add the English pages and the error pages. After the other packages: what they answer is translated last."""
    add_views(app, __name__, "english", "failures")
