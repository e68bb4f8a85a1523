"""A real Chromium at a real server. Every page any test opens is checked: page_rules, accessibility, size, time."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import g, request
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests.browser.accessibility import complaints
from tests.browser.page_rules import Page as Sent
from tests.console import make

CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = [
    "--headless", "--no-sandbox", "--disable-gpu", "--mute-audio", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip
LARGEST = 100_000  # bytes of a page
_slowest: dict[str, float] = {}  # view -> seconds


def pytest_terminal_summary(terminalreporter) -> None:
    """The slowest answer of each view; told, not judged, since a machine may be busy."""
    for view, seconds in sorted(_slowest.items(), key=lambda each: -each[1])[:10]:
        terminalreporter.write_line(f"{1000 * seconds:6.0f} ms at most: {view}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail(f"The browser tests need Chromium at {CHROMIUM}; install Debian's package chromium.", pytrace=False)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def desk(tmp_path) -> Iterator[make.Desk]:
    """The service, answering on a loopback port (`desk.address`). What it sends is checked when the test ends."""
    desk = make.desk(tmp_path)
    problems: list[str] = []

    @desk.app.before_request
    def begin():
        g.begun = time.perf_counter()

    @desk.app.after_request
    def look_at(response):
        taken, view = time.perf_counter() - g.begun, request.endpoint or "nowhere"
        _slowest[view] = max(taken, _slowest.get(view, 0.0))
        if response.mimetype == "text/html" and not response.is_streamed and response.status_code not in (302, 303):
            found = Sent(response.get_data(as_text=True)).problems
            if "default-src 'self'" not in response.headers.get("Content-Security-Policy", ""):
                found.append("no content security policy")
            if len(response.get_data()) > LARGEST:
                found.append(f"{len(response.get_data())} bytes, more than {LARGEST}")
            problems.extend(f"{response.status_code} {request.path}: {problem}" for problem in found)
        return response

    server = make_server("127.0.0.1", 0, desk.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    desk.address = f"http://127.0.0.1:{server.server_port}"
    yield desk
    server.shutdown()
    thread.join()
    server.server_close()
    desk.parts.database.close()
    assert not problems


@pytest.fixture
def browser_page(chromium, desk) -> Iterator[Page]:
    """An empty page, nobody logged in. Complaints in its console and requests to elsewhere fail the test.

    The browser writes every 4xx answer into its console; those a test provokes are the test's own business.
    """
    with watched(chromium, desk.address) as page:
        yield page


@contextmanager
def watched(chromium, address: str) -> Iterator[Page]:
    """An empty page at a service; complaints and requests to elsewhere fail the test."""
    context = chromium.new_context(
        base_url=address, viewport={"width": 1024, "height": 768}, locale="zh-CN", service_workers="block"
    )
    context.set_default_timeout(10_000)
    page, problems = context.new_page(), []
    page.on("pageerror", lambda error: problems.append(f"script: {error}"))
    page.on("console", lambda said: _complaint(said) and problems.append(f"console: {said.text}"))
    page.on("request", lambda asked: _own(asked.url, address) or problems.append(f"asked elsewhere: {asked.url}"))
    page.on("response", lambda answer: answer.status >= 500 and problems.append(f"{answer.status} {answer.url}"))
    yield page
    problems += complaints(page)
    context.close()
    assert not problems


@pytest.fixture
def page(desk, browser_page) -> Page:
    """The list of cases, an operator logged in (by the cookie that the login page gives)."""
    browser_page.context.add_cookies([{"name": "session", "value": make.login_cookie(desk), "url": desk.address}])
    browser_page.goto("/cases")
    return browser_page


def log_in(page: Page, password: str = make.PASSWORD) -> None:
    page.get_by_label("账号").fill(make.LOGIN)
    page.get_by_label("密码").fill(password)
    page.keyboard.press("Enter")


def wait_until(page: Page, condition: str, seconds: int = 10) -> None:
    """Wait for a JavaScript condition. (Playwright's own way needs eval, which the console's policy forbids.)"""
    page.evaluate(
        f"""() => new Promise((done, late) => {{
          setTimeout(() => late(new Error("never came true: " + {condition!r})), {1000 * seconds});
          const look = () => ({condition} ? done() : requestAnimationFrame(look));
          look();
        }})"""
    )


def _complaint(said) -> bool:
    provoked = "Failed to load resource" in said.text and "status of 4" in said.text
    return said.type in ("error", "warning") and not provoked


def _own(url: str, address: str) -> bool:
    return url.startswith((address, "blob:" + address, "data:"))
