"""Pictures of every page in every state and look, and the two of the READMEs: `make screenshots`.

python -m tests.browser.screenshots FOLDER pictures every page; without FOLDER, the READMEs' two alone.
"""

import io
import logging
import sys
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import time_machine
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from app.console.shell import template_words
from app.local_time import zone
from app.services.desk import case_queries as desk_list
from app.services.directory import departments, operators
from app.services.figures.week import Week
from tests.browser.conftest import CHROMIUM, SWITCHES
from tests.browser.desks import DESKS
from tests.browser.pages import LOOKS, PAGES, Shown
from tests.console import make
from tests.make import served

IN_DOCS = Path(__file__).parents[2] / "docs" / "pictures"
HEARD = '.practice:has([data-microphone-state="on"]:not([hidden])):has(.handset[data-state=speak])'
IN_README = (
    Shown("desk", "/cases", "morning"),
    Shown("practice_phone", "/practice", "live", does="[data-open-microphone]", until=HEARD),
)
MOMENT = datetime(2026, 9, 16, 9, 40, tzinfo=zone())  # of the READMEs' pictures: they say the same hours whenever made
OFFICE = (1366, 768)  # pixels of an office's old screen
WITH_MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
COLOURS = 128  # of a README's picture, so that it stays small


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
def screen(browser: Browser, desk: make.Desk, size: tuple[int, int]):
    """An empty page of this width and height in pixels, for `show`."""
    width, height = size
    context = browser.new_context(base_url=desk.address, viewport={"width": width, "height": height}, locale="zh-CN")
    yield context.new_page()
    context.close()


def show(page, desk: make.Desk, shown: Shown, look: str) -> int:
    """Open a page in its state, as if nothing had been opened before; returns its status."""
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


def picture(browser: Browser, folder: Path) -> int:
    """Write a PNG of each page in each look, named PAGE-LOOK.png; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for kind in DESKS:
        with running(kind) as desk:
            for look in LOOKS:
                with screen(browser, desk, LOOKS[look][:2]) as page:
                    for shown in (shown for shown in PAGES if shown.desk == kind):
                        show(page, desk, shown, look)
                        page.screenshot(path=folder / f"{shown.name}-{look}.png", full_page=True)
                        count += 1
    return count


def picture_for_readme(browser: Browser, folder: Path) -> int:
    """Write the pictures that the READMEs show, as an office's screen has them, in few colours; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    for shown in IN_README:
        with time_machine.travel(MOMENT), running(shown.desk) as desk, screen(browser, desk, OFFICE) as page:
            show(page, desk, shown, "wide")
            image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        few = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        few.save(folder / f"{shown.name}.png", optimize=True)
    return len(IN_README)


def main(folder: Path | None) -> None:
    """Write the READMEs' pictures and, into `folder`, those of every page."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*SWITCHES, *WITH_MICROPHONE])
        print(f"{picture_for_readme(browser, IN_DOCS)} pictures in {IN_DOCS}")
        if folder:
            print(f"{picture(browser, folder)} pictures in {folder}")
        browser.close()


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
