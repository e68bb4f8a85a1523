"""What a department may not see is in no page that it can open: the whole HTML is read for it."""

import re

import pytest
from sqlalchemy import select

from app.console.cases.story import _STORY
from app.db import now
from app.models import Case, EarlyWarning, Operator
from app.services import ledger
from app.services.cases import call_back_tasks, decisions, lifecycle, lookup
from app.services.deadlines import clocks
from app.services.desk import department_view
from app.services.directory import departments
from app.services.duplicates import joining
from app.services.events import CALLER, KINDS, REPLY
from tests.console import make
from tests.console.cases.test_moves import clerk

PHONE, OTHERS_PHONE = "+8619912345678", "+8619987654321"


@pytest.fixture
def town(desk):
    """Of one caller two cases, the first with the waterworks and the same matter as a neighbour's; gives its number."""
    with desk.session() as session:
        departments.load_departments(session, departments.EXAMPLE, ())
        home = make.village(session, "清水村")
        caller = make.caller(session, PHONE, village_id=home.id)
        neighbour = make.caller(session, OTHERS_PHONE, village_id=home.id)
        mine = make.case(session, number="10247", by=caller, channel="sms", text="停水了", village_id=home.id)
        earlier = make.case(session, number="10250", by=caller, channel="sms", text="邻居打我", minutes_ago=900)
        same = make.case(session, number="10268", by=neighbour, channel="sms", text="我家也停水，我有病")
        for case in (mine, earlier, same):
            clocks.start(session, case)
        operator = session.scalars(select(Operator)).first()
        joining.join(session, same, mine, "小张")
        joining.join(session, earlier, mine, "小张")
        joining.propose(session, make.case(session, number="10284", text="水管坏了"), mine, 0.9)
        session.add(EarlyWarning(kind="burst", case_id=mine.id, category="供水", count=3, days=1))
        call_back_tasks.call_back(session, "asked_for_person", case=mine, caller=caller)
        lifecycle.assign(session, mine, operator, departments.named(session, "水务站"))
        make.recording(session, mine, desk.storage, words=make.spread("停 水"))
    return "10247"


def sign(desk) -> None:
    with desk.session() as session:
        water = Operator(login="w", name="老李", password_hash="", department=departments.named(session, "水务站"))
        session.add(water)
        session.flush()
        lifecycle.sign(session, lookup.find(session, "10247"), water)


def everything(client, number: str) -> dict[str, str]:
    """Every page that a department can open, found by following the addresses in its pages."""
    wanted = (PHONE[-4:], OTHERS_PHONE[-4:], "清水村", number)
    pages, waiting = {}, ["/cases", "/news", f"/news?case={number}"]
    waiting += [f"/find?for={each}" for each in wanted]
    while waiting:
        address = waiting.pop()
        if address in pages:
            continue
        answer = client.get(address, follow_redirects=True)
        pages[address] = answer.get_data(as_text=True) if answer.status_code == 200 else ""
        found = [each.split("#")[0] for each in re.findall(r'href="(/(?:cases|find)[^"]*)"', pages[address])]
        a_day = "/cases/day/"  # leads to the days before and after it, without end
        waiting += [each for each in found if not (a_day in address and a_day in each)]
    return pages


def digits(html: str) -> str:
    return re.sub(r"[\s()-]", "", html)


def holding(pages: dict[str, str], secret: str) -> list[str]:
    return [address for address, html in pages.items() if secret in digits(html)]


def test_before_it_has_signed_a_department_sees_no_number(desk, town):
    pages = everything(clerk(desk, "水务站"), town)
    assert "停水了" in pages[f"/cases/{town}"]
    assert holding(pages, "19912345678") == []
    assert "没有找到" in pages[f"/find?for={PHONE[-4:]}"]


def test_once_it_has_signed_it_sees_the_number_and_finds_the_case_by_it(desk, town):
    sign(desk)
    pages = everything(clerk(desk, "水务站"), town)
    assert f"/cases/{town}" in holding(pages, "19912345678")
    assert "没有找到" not in pages[f"/find?for={PHONE[-4:]}"]
    assert f"事项 {town}" in pages[f"/find?for={PHONE[-4:]}"]


@pytest.mark.parametrize("signed", [False, True])
def test_a_department_never_sees_other_cases_other_callers_or_where_a_caller_lives(desk, town, signed):
    if signed:
        sign(desk)
    pages = everything(clerk(desk, "水务站"), town)
    for secret in (
        "10250",
        "10268",
        "10284",
        "邻居打我",
        "我有病",
        "水管坏了",
        "19987654321",
        "住在哪",
        "同一件事",
        "要找人说话",
    ):
        assert holding(pages, secret) == [], secret


def test_the_desk_sees_all_of_it(desk, operator, town):
    html = digits(operator.get(f"/cases/{town}").get_data(as_text=True))
    for known in ("19912345678", "10250", "10268", "10284", "要找人说话"):
        assert known in html


def test_a_department_that_has_not_the_case_any_more_sees_nothing_of_it(desk, town):
    sign(desk)
    with desk.session() as session:
        lookup.find(session, town).assignments[0].ended_at = now()
    pages = everything(clerk(desk, "水务站"), town)
    assert holding(pages, "19912345678") == holding(pages, "停水") == []


@pytest.fixture
def rules(monkeypatch):
    """`rules(words="never")`: the file as if it said so; `also`: kinds of events that are seen besides."""

    def say(also=frozenset(), **when):
        shipped = department_view.fields()
        changed = department_view.Fields(shipped.when | when, shipped.events | also)
        monkeypatch.setattr(department_view, "fields", lambda: changed)

    return say


def test_words_and_sounds_wait_for_the_signature_where_the_file_says_so(desk, town, rules):
    rules(words="signed", recordings="signed")
    with desk.session() as session:
        operator, case = session.scalars(select(Operator)).first(), session.scalars(select(Case)).first()
        decisions.correct(session, case.recordings[0], operator, "改成停水")
        decisions.add_text(session, case, "补充停水")
        sound = f"/recordings/{case.recordings[0].id}.wav"
    water = clerk(desk, "水务站")
    pages = everything(water, town)
    assert holding(pages, "停水") == []
    assert "<audio" not in pages[f"/cases/{town}"]
    assert water.get(sound).status_code == 404
    sign(desk)
    html = everything(water, town)[f"/cases/{town}"]
    for known in ("停水了", "改成停水", "补充停水", "<audio"):
        assert known in html
    assert water.get(sound).status_code == 200


@pytest.mark.parametrize("kind", sorted(name for name, kind in KINDS.items() if kind.whose in (CALLER, REPLY)))
def test_whatever_event_holds_her_words_they_wait_for_the_signature(desk, town, rules, kind):
    rules(words="signed", also={kind})
    with desk.session() as session:
        data = dict.fromkeys(KINDS[kind].words, "灶屋漏水")
        ledger.record(session, lookup.find(session, town), kind, by="caller", **data)
    water = clerk(desk, "水务站")
    assert holding(everything(water, town), "灶屋漏水") == []
    sign(desk)
    if _STORY[kind][1] or kind == "alerted":
        assert "灶屋漏水" in everything(water, town)[f"/cases/{town}"]


def test_what_is_never_seen_is_not_seen_after_the_signature_either(desk, town, rules):
    rules(phone="never")
    sign(desk)
    assert holding(everything(clerk(desk, "水务站"), town), "19912345678") == []


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("[]", "exactly"),
        ("fields: {words: always}\nevents: []", "exactly"),
        ("fields: {words: always, recordings: always, phone: often}\nevents: []", "phone is often"),
        ("fields: {words: always, recordings: always, phone: never}\nevents: closed", "events"),
    ],
)
def test_a_file_of_fields_that_cannot_work_is_refused(tmp_path, written, says):
    file = tmp_path / "fields.yaml"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(department_view.FieldsUnusable, match=says):
        department_view.read_fields(file)
