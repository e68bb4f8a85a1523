"""Every page in every state: one list. `make screenshots` pictures it, test_every_page.py checks it. Add yours here."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from app.db import now
from app.models import Comparison, EarlyWarning, Lesson, Operator
from app.services import audit, cases, deadlines, departments, lifecycle
from tests.console import make

LONG = "我们组里那条水渠从去年冬天就裂了口子，春耕放水的时候一半都漏到沟里去了，" * 9
SAID = "家里 老屋 漏雨 清水村 三组 麻烦 派 个 人 来 看看"


@dataclass(frozen=True)
class Shown:
    """A page in a state: its file's name, its address, what is at the desk, who looks, the status it answers with.

    `{li}` in an address is the id of the account with this login.
    """

    name: str
    address: str
    desk: str = "many"
    login: str | None = make.LOGIN
    status: int = 200


def nothing(desk: make.Desk) -> None:
    """A desk on its first morning."""


def one(desk: make.Desk) -> None:
    """One call that was just heard."""
    with desk.session() as session:
        departments.load_departments(session, departments.EXAMPLE)
        _spoken(session, desk, "10247", SAID)


def many(desk: make.Desk) -> None:
    """A busy day: every kind of case, calls to make, a warning, colleagues, lessons."""
    with desk.session() as session:
        departments.load_departments(session, departments.EXAMPLE)
        me = session.scalars(select(Operator)).one()
        water = departments.named(session, "水务站")
        make.person(session, "operator", "li", name="李大姐")
        make.person(session, "leader", "shuji", name="书记")
        make.person(session, "operator", "gone", name="小孙", must_change=True)
        make.person(session, "leader", "zhou", name="老周", rights={"listen": True}, locked_at=now())
        clerk = make.person(session, "operator", "water", name="王师傅")
        clerk.role, clerk.department = "department", water
        _spoken(session, desk, "10247", SAID, reason="emergency", urgent=True)
        recorded = _spoken(session, desk, "10248", "村口 路灯 坏了 三天 没人 管", reason="asked_for_person")
        audit.note_listening(session, me.id, recorded.recordings[0].id)
        texted = make.case(session, number="10249", channel="sms", text=LONG, by=make.caller(session), minutes_ago=50)
        deadlines.start(session, texted)
        lifecycle.assign(session, texted, me, water)
        cases.reply_by_text(session, texted, me, "水务站明天上午去看，请您在家等一等。")
        make.message(session, texted, "您的事记下了，编号 10249。", failed=True, state="failed", error="30006")
        make.recording(session, make.case(session, number="10250", minutes_ago=1600), state="announced", failed=True)
        for day in range(28):
            make.case(
                session, channel="sms", text="路灯又坏了，晚上看不见路", by=make.caller(session), minutes_ago=900 * day
            )
        warned = make.case(session, number="10251", channel="sms", text="停水两天了", by=make.caller(session))
        session.add(Comparison(case_id=warned.id, category="供水", received_at=warned.received_at))
        session.add(EarlyWarning(kind="burst", case_id=warned.id, category="供水", count=6, days=1))
        for heard, meant in (("灰机", "飞机"), ("清水春", "清水村")):
            session.add(Lesson(kind="phrase", heard=heard, meant=meant, calls=4, weight=1.0, state="on"))


def _spoken(session, desk, number, words, *, reason="", urgent=False):
    village = make.village(session, f"清水村{number[-1]}")
    proposal = {"category": "住房安全", "village": village.name, "place": f"{village.name}三组", "because": ["漏雨"]}
    case = make.case(session, number=number, by=make.caller(session), proposal=proposal, urgent=urgent, minutes_ago=9)
    make.recording(session, case, desk.storage, words=make.spread(words, unsure=("三组", "没人")))
    deadlines.start(session, case)
    if reason:
        make.task(session, case, reason=reason, urgent=urgent)
    return case


DESKS: dict[str, Callable[[make.Desk], None]] = {"empty": nothing, "one": one, "many": many}
PAGES = (
    Shown("login", "/desk/login", login=None),
    Shown("login-english", "/desk/login?language=en", login=None),
    Shown("cases-empty", "/cases", "empty"),
    Shown("cases-one", "/cases", "one"),
    Shown("cases-many", "/cases"),
    Shown("cases-department", "/cases", login="water"),
    Shown("cases-leader", "/cases", login="shuji"),
    Shown("case-spoken", "/cases/10247"),
    Shown("case-long-text", "/cases/10249"),
    Shown("case-without-sound", "/cases/10250"),
    Shown("case-leader", "/cases/10248", login="shuji"),
    Shown("case-department", "/cases/10249", login="water"),
    Shown("found", "/find?for=清水村7"),
    Shown("dialects", "/dialects"),
    Shown("villages-empty", "/villages", "empty"),
    Shown("villages", "/villages"),
    Shown("learning-empty", "/learning", "empty"),
    Shown("learning", "/learning"),
    Shown("users", "/users"),
    Shown("user", "/users/{li}"),
    Shown("user-locked", "/users/{zhou}"),
    Shown("users-log-empty", "/users/log", "empty"),
    Shown("users-log", "/users/log"),
    Shown("me", "/me"),
    Shown("me-first-login", "/me", login="gone"),
    Shown("error-not-found", "/cases/999", status=404),
    Shown("error-refused", "/users", login="shuji", status=403),
)
# width and height in pixels, large type, language
LOOKS = {
    "wide": (1024, 768, False, "zh"),
    "narrow": (390, 844, False, "zh"),
    "large": (1024, 768, True, "zh"),
    "english": (1024, 768, False, "en"),
}
