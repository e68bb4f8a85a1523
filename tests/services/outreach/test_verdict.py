"""Whose verdict: the caller is asked by text or call, and nobody else's word closes his case."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.carriers.simulator.plan import Phone, Plan, parse_keys
from app.errors import Refused
from app.files import DATA
from app.models import Asking, Case, Clock, Department, Message, Operator, Rating, Village
from app.services import ledger
from app.services.cases import answering, decisions, follow_up_rules, lifecycle
from app.services.directory import departments, operators
from app.services.duplicates import joining
from app.services.outreach import notifications
from tests.make import GRANDMA, LANDLINE, settle, speech

LI = "+8613800001111"
SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture
def town(town, time_machine):
    """The town on a Monday morning, with a clerk, the desk's head and a department."""
    time_machine.move_to(MONDAY)
    with town.parts.database.session() as session:
        operators.add_operator(session, "desk", "值班员", "long enough")
        operators.add_operator(session, "head", "负责人", "long enough").head = True
        session.add(Department(name="水务站", phone="+8613800002222"))
    return town


def do(town, move, who="desk", **named):
    """A move on the newest case."""
    with town.parts.database.session() as session:
        case = session.scalars(select(Case).order_by(Case.received_at.desc(), Case.number.desc())).first()
        operator = session.query(Operator).filter_by(login=who).one()
        rows = move(session, case, operator, **named)
    for row in [rows] if isinstance(rows, Message) else []:
        town.parts.nudge(row)
    settle()


def answer(town, text="路灯修好了。"):
    do(town, lambda session, case, operator: answering.reply_by_text(session, case, operator, text))


def replied(town):
    """The case is answered, by nothing that the tests listen to."""
    do(town, lifecycle.replied)


def on(town, time_machine, days: float, hour: float) -> None:
    """It is that many days after the Monday, at that hour, and the sweep has looked."""
    time_machine.move_to(MONDAY.replace(hour=0) + timedelta(days=days, hours=hour))
    town.queue.sweep()
    settle()


def case_of(town) -> Case:
    return town.cases()[-1]


def rating(town) -> Rating:
    return town.rows(Rating)[-1]


def asking(town) -> Asking:
    return town.rows(Asking)[-1]


def kinds(town) -> list[str]:
    return [event.kind for event in case_of(town).events if event.kind != "delivered"]


def is_whole(town) -> bool:
    with town.parts.database.reading() as session:
        return list(ledger.breaks(session)) == []


# ------------------------------------------------------------------ by text


def test_by_text_the_caller_says_that_it_is_solved_and_how_content_he_is(town, time_machine):
    town.text("清水村三组路灯坏了", LI)
    answer(town)
    before = len(town.phone(LI))
    on(town, time_machine, 0, 20)
    assert len(town.phone(LI)) == before  # not on the day of the answer
    on(town, time_machine, 1, 10)
    (question,) = town.phone(LI)[before:]
    assert question.startswith("青禾镇乡音热线：您上次说“清水村三组路灯坏了”")
    assert "办好了请回1，没办好请回2" in question
    assert "满意吗" in town.text("1", LI)[0]
    assert (case_of(town).state, case_of(town).closed_as) == ("closed", "caller")
    assert "谢谢" in town.text("2", LI)[0]
    one = rating(town)
    assert (one.outcome, one.solved, one.grade, one.how, one.in_time) == ("caller", True, 2, "text", True)
    assert one.seconds_to_answer >= 0
    assert kinds(town)[-4:] == ["asked", "followed_up", "closed", "graded"]
    assert is_whole(town)


def test_a_text_of_one_digit_is_a_verdict_only_while_a_question_is_open(town, time_machine):
    town.text("清水村三组路灯坏了", LI)
    assert "哪个村、什么事" in town.text("1", LI)[0]
    answer(town)
    assert "哪个村、什么事" in town.text("2", LI)[0]
    on(town, time_machine, 1, 10)
    town.text("1", LI)
    town.text("5", LI)
    assert "哪个村、什么事" in town.text("1", LI)[0]
    assert [(r.solved, r.grade) for r in town.rows(Rating)] == [(True, 5)]


@pytest.mark.parametrize("said", ["2", "还没修好"])
def test_not_solved_by_text_takes_the_case_up_again(town, time_machine, said):
    town.text("清水村三组路灯坏了", LI)
    answer(town)
    on(town, time_machine, 1, 10)
    town.text(said, LI)
    case = case_of(town)
    assert (case.state, case.reopens, case.closed_as) == ("received", 1, "")
    assert (rating(town).solved, rating(town).how) == (False, "text")
    assert asking(town).state == "answered"


def test_who_does_not_answer_the_text_is_rung_after_a_while(town, time_machine):
    town.text("清水村三组路灯坏了", LI)
    answer(town)
    on(town, time_machine, 1, 10)
    town.network.set_phone(LI, Phone(plan=Plan((), parse_keys("1,3"))))
    on(town, time_machine, 2, 10)
    assert case_of(town).state == "replied"
    on(town, time_machine, 3, 10.5)
    on(town, time_machine, 3, 10.6)
    assert (rating(town).solved, rating(town).grade, rating(town).how) == (True, 3, "key")


# ------------------------------------------------------------------ by call


def test_whoever_gets_no_text_is_rung_and_rates_by_key(town, time_machine):
    town.call(speech(), caller=LANDLINE, heard="清水村三组路灯坏了", keys="1")
    replied(town)
    town.network.set_phone(LANDLINE, Phone(plan=Plan((), parse_keys("1,2"))))
    on(town, time_machine, 1, 10)
    case = case_of(town)
    assert (case.state, case.closed_as) == ("closed", "caller")
    one = rating(town)
    assert (one.solved, one.grade, one.how) == (True, 2, "key")
    assert one.seconds_to_answer is not None
    assert one.seconds_to_grade is not None
    assert is_whole(town)


def test_key_2_takes_the_case_up_again_and_keeps_what_she_says(town, time_machine):
    town.call(speech(), caller=LANDLINE, heard="清水村三组路灯坏了", keys="1")
    replied(town)
    town.recogniser.texts.append("还是不亮")
    town.network.set_phone(LANDLINE, Phone(plan=Plan((speech(),), parse_keys("2,5"))))
    on(town, time_machine, 1, 10)
    case = case_of(town)
    assert (case.state, case.reopens) == ("received", 1)
    assert (rating(town).solved, rating(town).grade) == (False, 5)
    assert len(case.recordings) == 2
    assert len(town.cases()) == 1


def test_three_calls_on_different_days_and_hours_that_nobody_answers_close_it_as_not_reached(town, time_machine):
    town.call(speech(), caller=LANDLINE, heard="清水村三组路灯坏了", keys="1")
    replied(town)
    town.network.set_phone(LANDLINE, Phone(voice="no-answer"))
    for day in range(1, 12):
        for hour in (9.5, 10, 16, 16.5, 19):
            on(town, time_machine, day, hour)
    case = case_of(town)
    assert (case.state, case.closed_as) == ("closed", "not_reached")
    tries = [datetime.fromisoformat(each["at"]) for each in asking(town).tries]
    assert len(tries) == 3
    assert follow_up_rules.enough(tries)
    assert kinds(town).count("ask_tried") == 3
    assert (rating(town).outcome, rating(town).solved) == ("not_reached", None)
    assert is_whole(town)


def test_two_tries_on_the_same_day_or_at_the_same_hour_do_not_count_twice(town, time_machine):
    town.call(speech(), caller=LANDLINE, heard="清水村三组路灯坏了", keys="1")
    replied(town)
    for day, hour in ((1, 9), (1, 16), (1, 19), (2, 9.2), (2, 16)):
        time_machine.move_to(MONDAY.replace(hour=0) + timedelta(days=day, hours=hour))
        do(town, lifecycle.not_reached)
        assert case_of(town).state == "replied"
    time_machine.move_to(MONDAY.replace(hour=19) + timedelta(days=3))
    do(town, lifecycle.not_reached)
    assert case_of(town).closed_as == "not_reached"


def test_a_late_answer_of_somebody_who_was_not_reached_is_his_verdict_all_the_same(town, time_machine):
    town.text("清水村三组路灯坏了", LI)
    answer(town)
    on(town, time_machine, 1, 10)
    town.network.set_phone(LI, Phone(voice="no-answer"))
    for day in range(3, 12):
        for hour in (10, 10.2, 16, 16.2, 19, 19.2):
            on(town, time_machine, day, hour)
    assert case_of(town).closed_as == "not_reached"
    town.text("1", LI)
    assert case_of(town).closed_as == "caller"
    assert [r.outcome for r in town.rows(Rating)] == ["caller"]


# ------------------------------------------------------------------ who may close


def test_nobody_closes_a_case_for_the_caller_but_the_head_with_a_reason_and_it_is_marked(town):
    town.text("清水村三组路灯坏了", LI)
    answer(town)
    with pytest.raises(Refused, match="来电人还没有说办好了"):
        do(town, lifecycle.close, why="应该好了")
    with pytest.raises(Refused, match="写明原因"):
        do(town, lifecycle.close, who="head")
    do(town, lifecycle.close, who="head", why="骚扰电话")
    assert case_of(town).closed_as == "unconfirmed"
    assert (rating(town).outcome, rating(town).solved) == ("unconfirmed", None)
    assert asking(town).state == "dropped"


def test_a_person_who_asked_enters_what_the_caller_said(town):
    town.text("清水村三组路灯坏了", LI)
    answer(town)
    do(town, lifecycle.follow_up, solved=True, words="亮了", grade=1)
    assert case_of(town).closed_as == ""
    do(town, lifecycle.close)
    one = rating(town)
    assert (case_of(town).closed_as, one.how, one.grade, one.call_known) == ("caller", "person", 1, False)
    assert one.operator_id == one.handler_id


def test_another_answer_puts_the_asking_off_and_taken_up_again_ends_it(town, time_machine):
    town.text("清水村三组路灯坏了", LI)
    answer(town, "明天去修。")
    time_machine.move_to(MONDAY + timedelta(days=1))
    answer(town, "修好了。")
    on(town, time_machine, 1, 10)
    assert not any("办好了吗" in text for text in town.phone(LI))
    do(town, lifecycle.reopen, why="打电话来说没修")
    on(town, time_machine, 3, 10)
    assert not any("办好了吗" in text for text in town.phone(LI))
    assert [(r.solved, r.how) for r in town.rows(Rating)] == [(False, "person")]


def test_everybody_who_joined_is_told_when_the_lead_is_closed_and_has_a_verdict_of_his_own(town, time_machine):
    town.text("清水村停水了", LI)
    answer(town, "水管修好了。")
    town.text("清水村没有水", GRANDMA)
    with town.parts.database.session() as session:
        first, second = session.scalars(select(Case).order_by(Case.received_at, Case.number))
        joining.join(session, second, first, "值班员")
    on(town, time_machine, 1, 10)
    town.text("1", LI)
    on(town, time_machine, 1, 10.1)
    assert "水管修好了。" in town.phone(GRANDMA)[-1]
    assert case_of(town).state == "replied"
    on(town, time_machine, 2, 10.5)
    town.text("2", GRANDMA)
    assert {(r.solved) for r in town.rows(Rating)} == {True, False}
    assert [case.state for case in town.cases()] == ["closed", "received"]


# ------------------------------------------------------------------ what callers and departments are told


def assigned(town) -> None:
    do(town, lambda session, case, who: lifecycle.assign(session, case, who, departments.named(session, "水务站")))


def grant(town, days=3) -> None:
    def both(session, case, operator):
        lifecycle.ask_time(session, case, operator, days, "等配件")
        lifecycle.grant_time(session, case, operator)
        return notifications.granted(town.parts, session, case)

    do(town, both)


def test_a_caller_is_told_by_text_that_it_takes_longer_and_why(town):
    town.text("清水村三组路灯坏了", LI)
    assigned(town)
    grant(town)
    told = town.phone(LI)[-1]
    assert "因为“等配件”，要多办3天，3月12日9点前给您答复" in told


def test_who_gets_no_text_is_told_at_the_next_ring(town):
    town.call(speech(), caller=LANDLINE, heard="清水村三组路灯坏了", keys="1")
    assigned(town)
    grant(town)
    town.queue.render()
    events = town.call(caller=LANDLINE)
    spoken = [event for event in events if event["event"] == "play"]
    from app.services.wording.prompts import spoken_key

    assert any(spoken_key("因为等配件，要多办三天") in str(event) for event in spoken)


def test_reminders_reach_the_duty_telephone_of_the_department(town, time_machine):
    town.text("清水村三组路灯坏了", LI)
    assigned(town)
    from app.jobs import work

    time_machine.move_to(MONDAY + timedelta(days=4))
    work.advance_clocks(town.parts)
    settle()
    (reminder,) = town.phone("+8613800002222")
    assert "时限过了50%" in reminder
    time_machine.move_to(MONDAY + timedelta(days=8))
    work.advance_clocks(town.parts)
    settle()
    assert "催办" in town.phone("+8613800002222")[-1]


def test_the_duty_telephone_is_left_alone_at_night_but_for_an_emergency(town, time_machine):
    town.text("清水村三组路灯坏了", LI)
    assigned(town)
    from app.jobs import work

    def texts_at(days: int, hours: float) -> int:
        time_machine.move_to(MONDAY.replace(hour=0) + timedelta(days=days, hours=hours))
        work.advance_clocks(town.parts)
        settle()
        return len(town.phone("+8613800002222"))

    assert texts_at(3, 22) == 0  # on Thursday night half of it is over, and nobody has signed
    assert texts_at(4, 8.4) == 0
    assert texts_at(4, 8.6) == 1
    assert texts_at(6, 12) == 1
    do(town, lambda session, case, who: lifecycle.classify(session, case, who, "emergency"))
    assert texts_at(6, 23) == 2


def test_a_reminder_says_that_its_term_is_provisional(town, time_machine):
    from app.jobs import work

    time_machine.move_to(datetime(2026, 12, 29, 10, tzinfo=SHANGHAI))
    town.text("清水村三组路灯坏了", LI)
    assigned(town)
    do(town, lambda session, case, who: lifecycle.classify(session, case, who, "inquiry"))
    do(town, lambda session, case, who: lifecycle.sign(session, case, who))
    time_machine.move_to(datetime(2026, 12, 30, 17, tzinfo=SHANGHAI))
    work.advance_clocks(town.parts)
    settle()
    assert "1月1日10点（暂按平常星期算）前要答复来电人" in town.phone("+8613800002222")[-1]


def test_an_outage_runs_by_the_clock_of_utilities_once_a_person_has_decided(town):
    town.text("清水村停水三天了", LI)
    assert town.rows(Clock)[0].kind == "ordinary"
    with town.parts.database.session() as session:
        case = session.scalars(select(Case)).one()
        assert case.proposal.urgency == "utility"
        village = session.scalars(select(Village)).first()
        chosen = {"category": case.proposal.category, "village_id": village.id, "place": "", "urgent": False}
        decisions.decide(session, case, session.query(Operator).filter_by(login="desk").one(), **chosen)
    clock = town.rows(Clock)[0]
    assert clock.kind == "utility"
    assert clock.answer_by - clock.started_at == timedelta(hours=24)


# ------------------------------------------------------------------ the rules of call-backs

MOMENTS = st.integers(0, 365 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes))


@given(start=MOMENTS)
def test_every_next_call_counts_falls_into_the_hours_and_three_of_them_are_enough(start):
    tried: list[datetime] = []
    at = start
    for _ in range(follow_up_rules.rules().tries):
        assert not follow_up_rules.enough(tried)
        at = follow_up_rules.next_moment(at, tried)
        assert follow_up_rules.counts(at, tried)
        local = at.astimezone(SHANGHAI).time()
        assert any(begin <= local < end for begin, end in follow_up_rules.rules().hours)
        tried.append(at)
        at += timedelta(minutes=1)
    assert follow_up_rules.enough(tried)
    assert tried[-1] - start < timedelta(days=6)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("tries: 3", "tries: 0"), "tries is a number"),
        (("ask_after: 1 days", "ask_after: soon"), "ask_after is a number and"),
        (("  - 09:30-11:00", "  - 11:00-09:30"), "no span of hours"),
        (("apart: 1 hours", "apart: 23 hours"), "leave no 3 moments"),
        (("tries: 3", "attempts: 3"), "needs exactly"),
    ],
)
def test_a_file_of_call_backs_that_cannot_work_is_refused_in_one_sentence(tmp_path, change, said):
    written = (DATA / "call_backs.yaml").read_text(encoding="utf-8").replace(*change)
    (tmp_path / "call_backs.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(follow_up_rules.CallBacksUnusable, match=said):
        follow_up_rules.read_rules(tmp_path / "call_backs.yaml")
