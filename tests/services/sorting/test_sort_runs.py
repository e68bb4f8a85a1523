"""Sorting learns from what people decided, is switched on only where it is better, and one command undoes it."""

from uuid import uuid4

import pytest

from app.errors import Refused
from app.jobs import work
from app.models import Caller, Case, Operator, SortingRun
from app.service import create_app
from app.services.cases import decisions
from app.services.sorting import in_use, training_runs, triage
from app.services.sorting.classifier import Sorter
from app.services.sorting.ngrams import Document

MADE_UP = {"科技与信息产业/电信/通信保障": "塔罗机", "民政/福利慈善/福利事业": "琉璃节"}
SAYINGS = ["{}坏了", "{}没有来", "{}什么时候弄", "想问{}的事", "{}不对头", "村里的{}又这样", "{}要等好久", "都在说{}"]


def decide(town, count: int, kinds: dict[str, str] = MADE_UP) -> None:
    """So many cases of callers of their own, decided by a person."""
    with town.parts.database.session() as session:
        operator = Operator(login=uuid4().hex, name="小张", password_hash="")
        session.add(operator)
        for number in range(count):
            topic, word = list(kinds.items())[number % len(kinds)]
            caller = Caller(number=f"+86199{uuid4().int % 10**8:08}")
            session.add(caller)
            session.flush()
            text = SAYINGS[number // len(kinds) % len(SAYINGS)].format(word)
            case = Case(number=uuid4().hex[:12], channel="sms", caller_id=caller.id, text=text)
            session.add(case)
            session.flush()
            decisions.decide(session, case, operator, category=topic, village_id=None, place="", urgent=False)


def learn(town) -> SortingRun:
    with town.parts.database.session() as session:
        run = training_runs.ask(session, "command")
    work.work_on(town.parts, SortingRun, run.id)
    return next(row for row in town.rows(SortingRun) if row.id == run.id)


def sorts(town, said: str) -> str:
    with town.parts.database.reading() as session:
        return in_use.sorter_in_use(town.parts, session).sort(Document(said)).topic


def test_what_was_decided_is_learnt_and_used_for_the_next_proposal(town, monkeypatch):
    monkeypatch.setattr(training_runs, "LEAST_APART", 5)
    decide(town, 120)
    run = learn(town)

    assert run.state == "on", (run.state, run.error)
    assert run.learnt_from + run.apart == 120
    assert run.apart >= 5
    assert run.f1_after > run.f1_before
    assert len(run.sha256) == 64
    assert sorts(town, "塔罗机怎么了") == "科技与信息产业/电信/通信保障"
    with town.parts.database.session() as session:
        case = Case(number="1", channel="sms", text="塔罗机怎么了")
        session.add(case)
        session.flush()
        found = triage.propose_for(town.parts, session, case, case.text, confidence=1.0)
    assert found.topic == "科技与信息产业/电信/通信保障"
    assert any("塔罗" in word or "罗机" in word for word in case.proposal.because)


def test_what_is_no_better_is_not_used(town, monkeypatch):
    monkeypatch.setattr(training_runs, "LEAST_APART", 5)
    decide(town, 80)
    assert learn(town).state == "on"
    again = learn(town)
    assert (again.state, again.sha256, again.key) == ("worse", "", "")
    assert again.f1_before == again.f1_after


def test_too_few_decisions_teach_nothing(town):
    decide(town, 10)
    assert learn(town).state == "few"
    assert sorts(town, "塔罗机坏了") != "科技与信息产业/电信/通信保障"


def test_one_command_takes_back_what_was_learnt(town, monkeypatch):
    monkeypatch.setattr(training_runs, "LEAST_APART", 5)
    decide(town, 80)
    learn(town)
    with town.parts.database.session() as session:
        in_use.undo(session)
    assert sorts(town, "塔罗机怎么了") == Sorter().sort(Document("塔罗机怎么了")).topic
    with town.parts.database.session() as session, pytest.raises(Refused):
        in_use.undo(session)


def test_a_file_that_was_changed_is_not_used(town, monkeypatch):
    monkeypatch.setattr(training_runs, "LEAST_APART", 5)
    decide(town, 80)
    run = learn(town)
    town.parts.in_force.forget()
    town.parts.storage.put(run.key, town.parts.storage.get(run.key) + b"x")
    assert sorts(town, "塔罗机怎么了") == Sorter().sort(Document("塔罗机怎么了")).topic


def test_one_callers_cases_are_never_on_both_sides(town):
    decide(town, 40)
    with town.parts.database.session() as session:
        session.add(Case(number="again", channel="sms", caller_id=session.query(Case).first().caller_id, text="又"))
    with town.parts.database.reading() as session:
        apart = {}
        for case in session.query(Case):
            apart.setdefault(case.caller_id, set()).add(training_runs._is_apart(case))
    assert all(len(sides) == 1 for sides in apart.values())
    assert {side for sides in apart.values() for side in sides} == {True, False}


def test_it_is_learnt_once_a_night_where_something_was_decided(town, time_machine):
    time_machine.move_to("2026-11-24T02:10:00+08:00", tick=False)
    assert town.parts.database.work(training_runs.tonight) is None
    decide(town, 2)
    assert town.parts.database.work(training_runs.tonight).night == "2026-11-24"
    assert town.parts.database.work(training_runs.tonight) is None
    time_machine.move_to("2026-11-24T12:10:00+08:00", tick=False)
    assert town.parts.database.work(training_runs.tonight) is None


def test_a_decision_keeps_the_place_in_the_taxonomy_and_the_ask(town):
    with town.parts.database.session() as session:
        operator = Operator(login="x", name="小张", password_hash="")
        case = Case(number="1", channel="sms", text="卫生室没有医生")
        session.add_all([operator, case])
        session.flush()
        triage.propose_for(town.parts, session, case, case.text, confidence=1.0)
        chosen = {"village_id": None, "place": "", "urgent": False}
        decisions.decide(session, case, operator, category="医疗医保", ask="求助", **chosen)
        assert (case.topic, case.ask) == ("卫生计生/医政监管/村医和卫生室", "求助")
        decisions.decide(session, case, operator, category="供电", **chosen)
        assert case.topic == "城乡建设/城市建设和市政管理/电力供应"
        decisions.decide(session, case, operator, category="交通运输/邮政管理/其他", **chosen)
        assert (case.category, case.topic) == ("交通运输/邮政管理/其他",) * 2
        for wrong in ({"category": "登月"}, {"category": "供电", "ask": "登月"}):
            with pytest.raises(Refused):
                decisions.decide(session, case, operator, **wrong, **chosen)


def test_the_commands_learn_show_and_undo(town, monkeypatch):
    monkeypatch.setattr(training_runs, "LEAST_APART", 5)
    decide(town, 80)
    commands = create_app(town.parts.settings, town.parts).test_cli_runner()
    learnt = commands.invoke(args=["sorting", "learn"])
    assert learnt.output.startswith("on: learnt from "), learnt.output
    assert "macro-F1" in commands.invoke(args=["sorting", "runs"]).output
    assert commands.invoke(args=["sorting", "undo"]).output.startswith("No longer in use: undone")
    assert "as on day one" in commands.invoke(args=["sorting", "undo"]).output
