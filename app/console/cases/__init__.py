"""The pages of a case: its page, what is done on it, its recordings, the walk-in form."""

from flask import Flask

from app.console.shell.blueprints import add_views

_VIEWS = (
    "actions", "caller", "duplicates", "page", "places", "recordings", "suggestions", "together", "transitions",
    "unsent", "versions", "walk_in",
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Add these pages to the console."""
    add_views(
        app,
        __name__,
        "actions",
        "caller",
        "case_words",
        "clock_words",
        "duplicates",
        "page",
        "places",
        "recordings",
        "suggestions",
        "together",
        "transitions",
        "unsent",
        "versions",
        "walk_in",
    )
