"""Where what is said is changed: a service with two who may, and the way in."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from app.services.directory import operators
from tests.console import make
from tests.make import Town, town


@contextmanager
def two_admins(folder: Path) -> Iterator[Town]:
    """A whole service with its phone network, and two who may change what it says."""
    with town(folder) as running:
        with running.parts.database.session() as session:
            operators.add_operator(session, make.LOGIN, make.NAME, make.PASSWORD, role="admin")
            operators.add_operator(session, "li", "小李", make.PASSWORD, role="admin")
        yield running


def enter(page: Page, login: str = make.LOGIN) -> None:
    """Log in, at the page of everything that is said."""
    page.goto("/said")
    page.get_by_label("账号").fill(login)
    page.get_by_label("密码").fill(make.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="说什么", exact=True)).to_be_visible()
