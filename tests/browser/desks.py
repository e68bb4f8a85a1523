"""What is at the desk whose pages are pictured and checked: nothing, one call, a morning, a busy day, a live call."""

import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import cycle

from sqlalchemy import select

from app.carriers.simulator.practice import Practice
from app.db import now
from app.models import (
    Comparison,
    Conversation,
    Delivery,
    EarlyWarning,
    Lesson,
    LiveWords,
    Operator,
    Presence,
    Rating,
    Village,
    Webhook,
)
from app.service import read_flows
from app.services import ledger
from app.services.cases import answering, decisions, lifecycle
from app.services.deadlines import clocks, holidays
from app.services.desk import unsent
from app.services.directory import audit, change_history, departments
from app.services.editing import department_edits, documents, village_edits
from app.services.editing.catalogue import HOLIDAYS
from app.services.editing.yaml_text import Plain, step_of, with_value
from app.services.exchange import publications
from app.services.sorting.taxonomy import topics
from tests.console import make

LONG = "我们组里那条水渠从去年冬天就裂了口子，春耕放水的时候一半都漏到沟里去了，" * 9
SAID = "家里 老屋 漏雨 清水村 三组 麻烦 派 个 人 来 看看"
VILLAGES = (
    "一个名字特别长的高山移民安置新村", "石桥村", "柳沟村", "大湾村", "东坪村", "河口村",
    "上营村", "下营村", "北沟村", "南山村",
)  # fmt: skip
MORNING = (  # number, place, category, words, minutes ago, channel
    ("10259", "柳树湾村一组", "应急救灾", "后山 在 往下 掉 石头， 我家 墙 裂了", 4, "voice"),
    ("10258", "清水村三组", "路灯照明", "村口 的 路灯 坏了 三天 了， 晚上 看不见 路", 12, "voice"),
    ("10257", "石桥村二组", "低保救助", "我妈 的 低保 上个月 没有 到账", 25, "sms"),
    ("10256", "王家坪村四组", "道路桥梁", "路 塌了 一块， 三轮车 过不去", 41, "voice"),
    ("10255", "柳树湾村二组", "环境卫生", "垃圾 堆了 一个 礼拜 没人 收", 58, "sms"),
    ("10254", "清水村五组", "惠农补贴", "种粮 补贴 怎么 还 没 发", 75, "voice"),
    ("10251", "石桥村三组", "供水", "水 停了 两天 了", 1600, "voice"),
    ("10247", "王家坪村六组", "住房安全", "老屋 漏雨 厉害， 一下雨 就 不敢 睡", 3000, "voice"),
    ("10243", "清水村一组", "养老保险", "老伴 走了， 丧葬费 怎么 领", 4400, "sms"),
)
CARD, SCRIPT = "data/card.yaml", "words/mandarin.yaml"


class Handsets(Practice):
    """The practice phone where nobody has rung yet, without a network behind it."""

    def look(self, number, **known):
        return {"call": "", "going_on": False, "rings": False, "events": [], "seen": 0, "texts": [], "texts_seen": 0}


class Talking(Handsets):
    """The practice phone while the hotline waits for somebody to speak; two texts have come."""

    EVENTS = ({"event": "answered"}, {"event": "beep"})
    TEXTS = ("您的事记下了，编号 10247。回“查”看办到哪里。", "您好，路灯明天上午派人来修。青禾镇乡音热线")

    def look(self, number, *, events=0, texts=0, **known):
        events, texts = int(events), int(texts)
        new = [{"event": "text", "body": body} for body in self.TEXTS[texts:]]
        more = {"events": self.EVENTS[events:], "seen": len(self.EVENTS), "texts": new, "texts_seen": len(self.TEXTS)}
        if events:
            threading.Event().wait(1)  # as long as nothing happens
        return {"call": "CA1", "going_on": True, "rings": False, **more}


def nothing(desk: make.Desk) -> None:
    """A desk on its first morning."""


def one(desk: make.Desk) -> None:
    """One call that was just heard."""
    with desk.session() as session:
        departments.load_departments(session, departments.EXAMPLE, ())
        _spoken(session, desk, "10247", SAID)


def morning(desk: make.Desk) -> None:
    """An ordinary morning in a small town, as the READMEs picture it."""
    with desk.session() as session:
        departments.load_departments(session, departments.EXAMPLE, ())
        me = session.scalars(select(Operator)).one()
        homes = {name: make.village(session, name) for name in ("清水村", "石桥村", "柳树湾村", "王家坪村")}
        cases = {}
        for number, place, category, words, minutes, channel in MORNING:
            home, caller = homes[place.split("村")[0] + "村"], make.caller(session)
            proposal = {"category": category, "village": home.name, "place": place, "because": [words.split()[-1]]}
            case = make.case(
                session, number=number, by=caller, proposal=proposal, channel=channel, minutes_ago=minutes,
                text=words.replace(" ", "") if channel == "sms" else "",
            )  # fmt: skip
            cases[number] = case
            if channel == "voice":
                recorded = make.recording(session, case, desk.storage, words=make.spread(words))
                recorded.transcripts[0].confidence = 0.8 if number == "10247" else 0.96
            clocks.start(session, case)
        clocks.mark_urgent(session, cases["10259"], urgent=True, by="hotline")
        make.task(session, cases["10259"], reason="emergency", urgent=True, minutes_ago=4)
        make.task(session, cases["10256"], minutes_ago=38)
        for number, department in (("10251", "水务站"), ("10247", "村镇建设办"), ("10243", "民政办")):
            case = cases[number]
            home = homes[case.proposal.village]
            decisions.decide(
                session, case, me, category=case.proposal.category, village_id=home.id, place=case.proposal.place,
                urgent=False,
            )  # fmt: skip
            lifecycle.assign(session, case, me, departments.named(session, department))


def many(desk: make.Desk) -> None:
    """A busy day: every kind of case, calls to make, a warning, colleagues, lessons, drafts, twelve weeks."""
    give_voice(desk)
    edit(desk)
    with desk.session() as session:
        departments.load_departments(session, departments.EXAMPLE, ())
        me = session.scalars(select(Operator)).one()
        water = departments.named(session, "水务站")
        make.person(session, "operator", "li", name="李大姐")
        make.person(session, "leader", "shuji", name="书记")
        make.person(session, "operator", "gone", name="小孙", must_change=True)
        make.person(session, "leader", "zhou", name="老周", rights={"listen": True}, locked_at=now())
        clerk = make.person(session, "operator", "water", name="王师傅")
        clerk.role, clerk.department = "department", water
        change_lists(session, me)
        _spoken(session, desk, "10247", SAID, reason="emergency", urgent=True)
        fill(session, me)
        recorded = _spoken(session, desk, "10248", "村口 路灯 坏了 三天 没人 管", reason="asked_for_person")
        lifecycle.assign(session, recorded, me, water)
        audit.note_listening(session, me.id, recorded.recordings[0].id)
        texted = make.case(session, number="10249", channel="sms", text=LONG, by=make.caller(session), minutes_ago=50)
        clocks.start(session, texted)
        lifecycle.assign(session, texted, me, water)
        answering.reply_by_text(session, texted, me, "水务站明天上午去看，请您在家等一等。")
        make.message(session, texted, "您的事记下了，编号 10249。", failed=True, state="failed", error="30006")
        make.recording(session, make.case(session, number="10250", minutes_ago=1600), state="announced", failed=True)
        unreadable = make.case(session, number="10252", by=make.caller(session), unclear=True, minutes_ago=1700)
        make.recording(session, unreadable, state="announced", failed=True, fault="unreadable", attempts=40)
        ledger.record(session, unreadable, "failed", by="hotline", what="recording", error="", fault="unreadable")
        make.task(session, unreadable, reason="no_words")
        in_part = make.case(session, number="10253", by=make.caller(session), minutes_ago=1750)
        make.recording(
            session, in_part, desk.storage, words=make.spread("清水村"), said_seconds=12, fault="unproved",
            due_at=now() + timedelta(hours=1), attempts=7,
        )  # fmt: skip
        make.recording(session, in_part, state="announced", fault="credentials", due_at=now() + timedelta(minutes=9))
        for day in range(28):
            make.case(
                session, channel="sms", text="路灯又坏了，晚上看不见路", by=make.caller(session), minutes_ago=900 * day
            )
        warned = make.case(session, number="10251", channel="sms", text="停水两天了", by=make.caller(session))
        session.add(Comparison(case_id=warned.id, category="供水", received_at=warned.received_at))
        session.add(EarlyWarning(kind="burst", case_id=warned.id, category="供水", count=6, days=1))
        for heard, meant in (("灰机", "飞机"), ("清水春", "清水村")):
            session.add(Lesson(kind="phrase", heard=heard, meant=meant, calls=4, weight=1.0, state="on"))
        decisions.decide(session, warned, me, category="供水", village_id=None, place="", urgent=False)
        publications.publish(session, warned, me, "水管抢修，今晚八点来水。")


def live(desk: make.Desk) -> None:
    """An emergency, a call that is going on, a colleague on the same case, something half written."""
    give_voice(desk)
    desk.app.extensions["xiangyin.practice"] = Talking(lambda: "", "", lambda: desk.voice, desk.parts.settings.data)
    desk.parts.settings.live = True
    lasting = now() + timedelta(hours=1)  # neither the call nor the colleague is gone before the last picture
    with desk.session() as session:
        departments.load_departments(session, departments.EXAMPLE, ())
        me = session.scalars(select(Operator)).one()
        li = make.person(session, "operator", "li", name="李大姐")
        case = _spoken(session, desk, "10247", SAID, reason="emergency", urgent=True)
        session.add(Presence(case_id=case.id, operator_id=li.id, seen_at=lasting))
        unsent.keep(session, case, me.id, unsent.REPLY, "您好，明天上午派人来看")
        unsent.keep(session, case, me.id, unsent.of_correction(case.recordings[0].id), "家里老屋漏雨，清水村三组")
        make.case(session, number="10250", channel="sms", text="路灯坏了", by=make.caller(session))
        for words in ("我们村口的路灯坏了三天了晚上黑得很", ""):
            talk = Conversation(channel="voice", carrier_id=f"CA{words}", caller_id=make.caller(session).id)
            session.add(talk)
            session.flush()
            session.add(LiveWords(conversation_id=talk.id, turn=1, text=words, seen_at=lasting))


def give_voice(desk: make.Desk) -> None:
    """The script of the calls, and the practice phone."""
    flows, desk.parts.words = read_flows()
    desk.parts.flows = {flow.name: flow for flow in flows}
    desk.app.extensions["xiangyin.practice"] = Handsets(lambda: "", "", lambda: desk.voice, desk.parts.settings.data)


def edit(desk: make.Desk) -> None:
    """A list that was published anew, and drafts of it, of the templates and of what is said on the phone."""
    save(desk, CARD, "\n# 字印大一点。\n")
    with desk.session() as session:
        seen = documents.current(session, CARD).sha256
    documents.publish(desk.parts, CARD, make.NAME, "老人看不清", seen=seen)
    for name in (CARD, "data/templates.yaml"):
        save(desk, name, "\n# 还要再改。\n")
    year = now().year + 1
    with desk.session() as session:
        before = documents.current(session, HOLIDAYS)
        new_year = {"name": "元旦", "from": Plain(f"{year}-01-01"), "to": Plain(f"{year}-01-03")}
        text = with_value(holidays.with_year(before.text, year), ("years", str(year), "off"), [new_year])
        documents.save(session, HOLIDAYS, make.NAME, text, seen=before.sha256)
    with desk.session() as session:
        said = step_of(documents.current(session, SCRIPT).text, "bye")
        new = {field: ["谢谢您，慢走。"] for field in said}
        documents.save_step(session, SCRIPT, make.NAME, "bye", new, seen=said)


def save(desk: make.Desk, name: str, more: str) -> None:
    with desk.session() as session:
        before = documents.current(session, name)
        documents.save(session, name, make.NAME, before.text + more, seen=before.sha256)


def fill(session, me: Operator) -> None:
    """Twelve weeks of cases about many things in twelve villages, closed, rated, and told to other systems or not."""
    villages = [make.village(session, name) for name in VILLAGES]
    for n, village in enumerate(villages[:8]):
        village.population, village.dialect = 400 + 310 * n, ("sichuan", "hunan", "")[n % 3]
    leads = [departments.named(session, name) for name in ("水务站", "村镇建设办", "供电所")]
    for hook in (
        "https://a-very-long-name-of-a-county-platform.exchange.example.org/hooks",
        "https://city.example/hook",
    ):
        session.add(Webhook(url=hook, events=["*"] if "county" in hook else []))
    callers = [make.caller(session) for _ in range(30)]
    outcomes = cycle(("caller", "caller", "caller", "not_reached", "unconfirmed"))
    for n in range(90):
        village, lead, outcome = villages[n * n % len(villages)], leads[n % 3], next(outcomes)
        case = make.case(
            session, by=callers[n * 7 % 30], village_id=village.id, topic=topics()[n * 13 % 200], state="closed",
            channel=("voice", "sms", "counter")[n % 3], text=SAID.replace(" ", ""), minutes_ago=60 + n * 1300,
        )  # fmt: skip
        if n % 3 == 0:
            case.text = ""
            make.recording(session, case, words=make.spread(SAID))
        own, solved = outcome == "caller", n % 4 != 0
        session.add(
            Rating(
                case_id=case.id, outcome=outcome, solved=solved if own else None, how="key" if own else "",
                grade=n % 5 + 1 if own and n % 6 else None, village_id=village.id, in_time=n % 3 != 0,
                department_id=lead.id, handler_id=me.id,
                seconds_to_answer=0.5 if own and n % 3 == 0 else 8.0, at=now() - timedelta(hours=n),
            )
        )  # fmt: skip
    session.flush()
    for n, row in enumerate(session.scalars(select(Delivery).order_by(Delivery.at, Delivery.id).limit(40))):
        row.failed, row.due_at, row.attempts = True, None, 40
        row.error = "answered 503" if n % 2 else "did not answer"


def change_lists(session, me: Operator) -> None:
    """A department that has a telephone and a closed one; a village that was changed, and one that is gone again."""
    department_edits.change(session, departments.named(session, "水务站"), me, "水务站", "138 0000 0000", "CN")
    department_edits.close(session, department_edits.add(session, me, "水利站", "", "CN"), me)
    entry = {"name": "新河村", "aliases": ["新河", "老河"], "groups": "6", "town": "白马镇", "lat": 30.5, "lon": 104.06}
    village = village_edits.add(session, me, entry | {"dialect": "sichuan", "population": "1280"})
    village_edits.change(session, village, me, {"name": "新河口村", "groups": 9})
    village_edits.take_back(session, change_history.history(session, Village).entries[0], me)
    village_edits.delete(session, village_edits.add(session, me, {"name": "写错村"}), me)


def _spoken(session, desk, number, words, *, reason="", urgent=False):
    village = make.village(session, f"清水村{number[-1]}")
    proposal = {"category": "住房安全", "village": village.name, "place": f"{village.name}三组", "because": ["漏雨"]}
    case = make.case(session, number=number, by=make.caller(session), proposal=proposal, urgent=urgent, minutes_ago=9)
    make.recording(session, case, desk.storage, words=make.spread(words, unsure=("三组", "没人")))
    clocks.start(session, case)
    if reason:
        make.task(session, case, reason=reason, urgent=urgent)
    return case


DESKS: dict[str, Callable[[make.Desk], None]] = {
    "empty": nothing,
    "one": one,
    "morning": morning,
    "many": many,
    "live": live,
}
