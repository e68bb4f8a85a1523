"""Every page of the list in pages.py: it keeps to the rules for accessibility and fits the screen in every look."""

import re

import pytest

from app.console.shell.english import HAN
from app.services.directory import operators
from app.services.directory.departments import EXAMPLE, read_departments
from app.services.sorting.categories import categories
from app.services.sorting.taxonomy import topics
from speech_models.dialects import load_dialects
from tests.browser.accessibility import complaints
from tests.browser.desks import DESKS, MORNING, VILLAGES
from tests.browser.pages import LOOKS, PAGES
from tests.browser.screenshots import address_of, running, screen, show
from tests.console import make

# Names of the town's own lists; what people said stands in elements with translate="no".
_NAMES = {name for topic in topics() for name in [topic, *topic.split("/")]} | set(read_departments(EXAMPLE, ()))
_NAMES |= {word for each in categories() for word in (each.name, each.department)}
_NAMES |= {dialect.name for dialect in load_dialects().values()} | set(VILLAGES)
_NAMES |= {"青禾镇", "清水村", "新河村", "水利站", "三组", "普通话", "小张", "李大姐", "老周", "中文", "语言"}
_NAMES |= {home for _, place, *_ in MORNING for home in (place, place[:-2])}
_NAMED = re.compile("|".join(sorted(map(re.escape, _NAMES), key=len, reverse=True)))


@pytest.fixture(scope="module", params=DESKS)
def desk_with(request):
    with running(request.param) as desk:
        yield request.param, desk


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_accessible_and_fits_the_screen(chromium, desk_with, look):
    kind, desk = desk_with
    problems = []
    with screen(chromium, desk, LOOKS[look][:2]) as page:
        for shown in (shown for shown in PAGES if shown.desk == kind):
            assert show(page, desk, shown, look) == shown.status, shown.name
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            problems += [f"{shown.name}: {wide} pixels too wide"] if wide > 0 else []
            problems += [f"{shown.name}: {complaint}" for complaint in complaints(page)]
    assert problems == []


def test_nothing_but_what_people_said_is_chinese_on_an_english_page(desk_with):
    kind, desk = desk_with
    left = {}
    for shown in (shown for shown in PAGES if shown.desk == kind and shown.login):
        with desk.session() as session:
            operators.named(session, shown.login).language = "en"
        client = desk.app.test_client()
        client.set_cookie("session", make.login_cookie(desk, shown.login))
        page = re.sub(
            r'(?s)<(\w+)[^>]*translate="no".*?</\1>|<textarea.*?</textarea>',
            "",
            client.get(address_of(desk, shown)).text,
        )
        said = {" ".join(text.split()) for text in re.findall(r">([^<>]*)<", page) if HAN.search(text)}
        if unknown := {text for text in said if HAN.search(_NAMED.sub("", text))}:
            left[shown.name] = unknown
    assert left == {}
