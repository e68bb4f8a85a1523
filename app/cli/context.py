"""What every command works with: the parts of the service, and one unit of work."""

from collections.abc import Callable
from typing import TypeVar

import click
from flask import current_app
from sqlalchemy.orm import Session

from app.errors import Refused
from app.parts import Parts

T = TypeVar("T")


def parts() -> Parts:
    """The parts of the service that the command belongs to."""
    return current_app.extensions["xiangyin"]


def unit_of_work(do: Callable[[Session], T]) -> T:
    """Call `do` with a session and return what it returns; where it is refused, the command ends with the sentence."""
    try:
        with parts().database.session() as session:
            return do(session)
    except Refused as error:
        raise click.ClickException(str(error)) from error
