"""Pictures of every page in every state and look: `make screenshots`, or python -m tests.browser.screenshots FOLDER."""

import logging
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from app.console.shell import template_words
from app.services.desk import case_queries as desk_list
from app.services.directory import departments, operators
from app.services.figures.week import Week
from tests.browser.conftest import CHROMIUM, SWITCHES
from tests.browser.desks import DESKS
from tests.browser.pages import LOOKS, PAGES, Shown
from tests.console import make
from tests.make import served


@contextmanager
def running(kind: str):
    """A desk with what is at it, answering on a loopback port (`address`)."""
    with TemporaryDirectory() as folder:
        desk = make.desk(Path(folder))
        DESKS[kind](desk)
        with served(desk.app) as desk.address:
            yield desk
        desk.parts.database.close()


@contextmanager
def screen(browser, desk: make.Desk, look: str):
    """An empty page as large as a look has it, for `show`."""
    width, height, *_ = LOOKS[look]
    context = browser.new_context(base_url=desk.address, viewport={"width": width, "height": height}, locale="zh-CN")
    yield context.new_page()
    context.close()


def show(page, desk: make.Desk, shown: Shown, look: str) -> int:
    """Open a page in its state, as if nothing had been opened before; gives the status it came with."""
    *_, large, language = LOOKS[look]
    page.context.clear_cookies()
    if page.url.startswith(desk.address):
        page.evaluate("sessionStorage.clear()")
    if shown.login:
        with desk.session() as session:
            operators.choose_looks(operators.named(session, shown.login), language, large)
        cookie = {"name": "session", "value": make.login_cookie(desk, shown.login), "url": desk.address}
        page.context.add_cookies([cookie])
    status = page.goto(address_of(desk, shown)).status
    for what in shown.does.split():
        page.wait_for_load_state()
        page.click(what.replace("_", " ")) if what[0] in ".#[" else page.keyboard.press(what)
    page.wait_for_load_state()
    if shown.until:
        page.wait_for_selector(shown.until)
    return status


def address_of(desk: make.Desk, shown: Shown) -> str:
    """The page's address at this desk."""
    with desk.parts.database.reading() as session:
        ids = {person.login: person.id for person in operators.everybody(session)}
        ids |= {row.name: row.id for row in (*departments.departments(session), *desk_list.villages(session))}
    return shown.address.format(today=template_words.today(), week=Week.this(), **ids)


def picture(folder: Path) -> int:
    """A PNG of each page in each look, named PAGE-LOOK.png; gives how many."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        for kind in DESKS:
            with running(kind) as desk:
                for look in LOOKS:
                    with screen(browser, desk, look) as page:
                        for shown in (shown for shown in PAGES if shown.desk == kind):
                            show(page, desk, shown, look)
                            page.screenshot(path=folder / f"{shown.name}-{look}.png", full_page=True)
                            count += 1
        browser.close()
    return count


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots")
    print(f"{picture(folder)} pictures in {folder}")
