"""没办成的: what was given up, tried again or let be; one line for a fault of ours. On each kind of database."""

from datetime import timedelta

from sqlalchemy import select

from app.db import now
from app.jobs import work
from app.models import Message, Recording, SpokenReply
from app.service import create_app
from app.services.cases import call_back_tasks, failures
from app.services.cases.failures import CREDENTIALS, MODEL
from app.services.directory import callers
from tests.console import make
from tests.exchange.test_webhooks import desk_of
from tests.make import GRANDMA

ALARM = (
    "有 3 件事办不下去：电话公司不认我们的账号或密码（2 件），听写用的模型没有装好（1 件）。"
    "请告诉技术员，修好了会自己接着办。"
)


def test_every_kind_of_later_work_can_stand_on_the_list():
    assert set(failures.KINDS.values()) == set(work.KINDS)


def wait_for(town, *faults: str) -> None:
    """Recordings that faults of ours hold up."""
    with town.parts.database.session() as session:
        case = make.case(session, by=make.caller(session))
        for fault in faults:
            make.recording(session, case, state="announced", fault=fault, due_at=now() + timedelta(minutes=9))


def test_a_fault_of_ours_is_one_line_at_the_top_and_gone_when_mended(town):
    desk = desk_of(town)
    assert "办不下去" not in desk.get("/cases").text
    wait_for(town, CREDENTIALS, CREDENTIALS, MODEL)
    page = desk.get("/cases").text
    assert page.count('role="alert"') == 1
    assert page.index(ALARM) < page.index("<h1")
    assert ALARM in desk.get("/failures").text
    with town.parts.database.session() as session:
        for row in session.scalars(select(Recording)):
            row.fault, row.due_at = "", None
    assert "办不下去" not in desk.get("/cases").text


def unsent(town, *, stopped=False) -> Message:
    """A text that was refused for good."""
    with town.parts.database.session() as session:
        person = callers.caller_of(session, GRANDMA)
        case = make.case(session, by=person)
        row = make.message(session, case, "明天来修", state="failed", failed=True, error="21614 no mobile", attempts=1)
        person.texts_stopped = stopped
        return row


def test_a_text_that_was_given_up_is_sent_by_a_click(town):
    row = unsent(town)
    desk = desk_of(town)
    assert "有 1 件事没有办成" in desk.get("/cases").text
    page = desk.get("/failures").text
    assert "没有发出去" in page
    assert "试了 1 次" in page
    assert desk.post(f"/failures/{row.id}/again").status_code == 303
    town.queue.sweep()
    (row,) = town.rows(Message)
    assert (row.failed, row.carrier_id is not None) == (False, True)
    assert "没有办成" not in desk.get("/cases").text


def test_nobody_who_said_stop_is_texted_by_trying_again(town):
    row = unsent(town, stopped=True)
    desk = desk_of(town)
    desk.post(f"/failures/{row.id}/again")
    assert "没法再试" in desk.get("/failures").text
    desk.post("/failures/again")
    assert town.rows(Message)[0].failed


def test_what_was_stopped_by_the_caller_waits_for_nobody(town):
    town.parts.nudge = lambda row: None
    with town.parts.database.session() as session:
        person = callers.caller_of(session, GRANDMA)
        message = make.message(session, make.case(session, by=person), "明天来修", state="waiting", due_at=now())
        callers.allow_texts(session, person, message, allowed=False)
    with town.parts.database.reading() as session:
        assert failures.to_be_seen(session) == 0


def test_one_and_all_of_a_kind_can_be_let_be(town):
    first, _, _ = unsent(town), unsent(town), unsent(town)
    desk = desk_of(town)
    desk.post(f"/failures/{first.id}/seen")
    assert "有 2 件事没有办成" in desk.get("/cases").text
    desk.post("/failures/seen", data={"kind": "texts"})
    assert "没有办成" not in desk.get("/cases").text
    assert desk.post("/failures/seen", data={"kind": "nothing"}).status_code == 404


def test_whoever_has_rung_the_caller_has_seen_to_what_did_not_reach_him(town):
    row = unsent(town)
    desk = desk_of(town)
    with town.parts.database.session() as session:
        message = session.get_one(Message, row.id)
        task = call_back_tasks.call_back(session, "not_reached", case=message.case, caller=message.caller)
    desk.post("/calls/done", data={"task": str(task.id)})
    assert "没有办成" not in desk.get("/cases").text


def test_a_call_that_may_have_gone_through_is_looked_for_before_it_is_placed_again(town):
    with town.parts.database.session() as session:
        case = make.case(session, by=callers.caller_of(session, GRANDMA))
        reply = SpokenReply(
            case_id=case.id, caller_id=case.caller_id, text="明天来修", state="failed", failed=True, sent_at=now()
        )
        session.add(reply)
        session.flush()
        failures.try_again(session, failures.find(session, reply.id))
        assert reply.state == "unknown"


def test_who_may_not_try_again_sees_neither_line_nor_page(town):
    wait_for(town, CREDENTIALS)
    unsent(town)
    with town.parts.database.session() as session:
        make.person(session, "leader")
    desk = desk_of(town)
    page = desk.get("/cases").text
    assert "办不下去" not in page
    assert "没有办成" not in page
    assert desk.get("/failures").status_code == 403
    assert desk.post("/failures/again").status_code == 403


def test_the_command_names_no_number_and_tries_one_or_all(town):
    row = unsent(town)
    with town.parts.database.session() as session:
        session.get_one(Message, row.id).error = f"21211 The 'To' number {GRANDMA} is not valid"
    run = create_app(town.parts.settings, town.parts).test_cli_runner().invoke
    listed = run(args=["failures", "list"]).output
    assert f"{row.id} texts case" in listed
    assert "1 given up." in listed
    assert GRANDMA[1:] not in listed
    assert run(args=["failures", "retry"]).exit_code == 2
    assert run(args=["failures", "retry", "00000000-0000-0000-0000-000000000000"]).exit_code == 1
    assert run(args=["failures", "retry", str(row.id)]).output == "1 tried again.\n"
    town.queue.sweep()
    assert run(args=["failures", "list"]).output == "0 given up.\n"
