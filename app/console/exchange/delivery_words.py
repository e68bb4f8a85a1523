"""How what other systems were told is written."""

from urllib.parse import urlsplit

from flask import Flask

from app.models import (
    Delivery,
)


def init_app(app: Flask) -> None:
    """Give the templates these words."""
    filters = (host, untold_why)
    app.jinja_env.filters.update({word.__name__: word for word in filters})


def host(url: str) -> str:
    """The machine of an address: what a clerk may know it by."""
    return urlsplit(url).hostname or url


def untold_why(delivery: Delivery) -> str:
    """Why another system did not take an event: 对方回了 500, 连不上."""
    answered = delivery.error.removeprefix("answered ")
    return f"对方回了 {answered}" if answered.isdigit() else "连不上"
