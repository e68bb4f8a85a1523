"""From an operator's correction to the next call that is heard rightly, on each kind of database."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.jobs import work
from app.models import Case, LearningRun, Lesson, Operator, Village
from app.services.cases import decisions
from app.services.directory import operators
from app.services.learning import lessons
from speech_models.catalogue import ModelMissing
from tests.corrects import BySound
from tests.make import Town, speech

HEARD, MEANT = "送加桥路灯坏了", "宋家桥路灯坏了"
MORE = ("三天了", "请来看看", "晚上很黑", "没有人管", "谢谢你们", "快点来")


@pytest.fixture(autouse=True)
def corrects_by_sound(monkeypatch):
    monkeypatch.setattr("app.services.learning.lessons.Corrector", BySound)
    monkeypatch.setattr("speech_models.correction.Corrector", BySound)


@pytest.fixture
def person(town) -> Operator:
    with town.parts.database.session() as session:
        return operators.add_operator(session, "zhang", "小张", "drum-river-42")


def correct_calls(town: Town, person: Operator, village: str = "清水村", count: int = 6, first: int = 0) -> None:
    """Calls about the lamps at the bridge, each misheard, each put right."""
    town.recogniser.confidence = 0.5
    for n in range(count):
        town.call(speech(seed=n + 1), heard=HEARD + MORE[n], caller=f"+86199000010{first + n:02}")
        with town.parts.database.session() as session:
            case = session.scalars(select(Case).order_by(Case.received_at.desc(), Case.number.desc()).limit(1)).one()
            decisions.correct(session, case.recordings[0], person, MEANT + MORE[n])
            place = session.scalars(select(Village).where(Village.name == village)).one()
            decisions.decide(session, case, person, category="", village_id=place.id, place="", urgent=False)


def learn(town: Town) -> LearningRun:
    with town.parts.database.session() as session:
        run = lessons.ask(session, "test")
    town.parts.nudge(run)
    with town.parts.database.reading() as session:
        return session.get_one(LearningRun, run.id)


def hear(town: Town, caller: str = "+8619900001000") -> str:
    """What is kept of another call from there."""
    town.call(speech(seed=9), heard="送加桥停电了", caller=caller)
    return town.cases()[-1].recordings[0].as_heard.text


def in_use(town: Town) -> set[str]:
    return {row.meant for row in town.rows(Lesson) if row.state == "on"}


def test_what_was_corrected_is_heard_rightly_in_the_next_call_of_that_village_and_no_other(town, person):
    correct_calls(town, person)
    assert hear(town).startswith("送加")
    run = learn(town)
    assert (run.corrections, run.error, run.due_at) == (6, "", None)
    assert run.wrong_after < run.wrong_before
    assert any(meant.startswith("宋家") for meant in in_use(town))
    assert hear(town).startswith("宋家")
    assert hear(town, "+8619900009999").startswith("送加")


def test_what_was_heard_is_kept_beside_what_was_chosen(town, person):
    correct_calls(town, person)
    learn(town)
    hear(town)
    words = town.cases()[-1].recordings[0].as_heard.words
    assert [word["heard"] for word in words[:2]] == ["送", "加"]


def test_what_was_undone_stays_undone_when_it_is_learnt_again_even_for_the_whole_desk(town, person):
    correct_calls(town, person)
    learn(town)
    with town.parts.database.session() as session:
        for row in session.scalars(select(Lesson)):
            lessons.undo(session, row.id, person)
    learn(town)
    assert in_use(town) == set()
    assert hear(town).startswith("送加")
    correct_calls(town, person, "石桥村", first=20)
    learn(town)
    assert any(meant.startswith("宋家") for meant in in_use(town))  # for the desk, since two villages say it
    assert hear(town).startswith("送加")  # but not where somebody did not want it
    assert hear(town, "+8619900001020").startswith("宋家")


def test_what_was_undone_and_allowed_again_is_switched_on_by_the_next_trial(town, person):
    correct_calls(town, person)
    learn(town)
    before = in_use(town)
    with town.parts.database.session() as session:
        for row in session.scalars(select(Lesson)):
            lessons.undo(session, row.id, person)
            lessons.allow(session, row.id, person)
    assert in_use(town) == set()
    learn(town)
    assert in_use(town) == before


def test_learning_twice_changes_nothing(town, person):
    correct_calls(town, person)
    learn(town)
    before = {row.id: (row.meant, row.state, row.at) for row in town.rows(Lesson)}
    learn(town)
    assert {row.id: (row.meant, row.state, row.at) for row in town.rows(Lesson)} == before


def test_without_corrections_a_run_ends_with_nothing(town):
    run = learn(town)
    assert (run.corrections, run.failed) == (0, False)
    assert run.finished_at is not None
    assert town.rows(Lesson) == []


def test_without_a_language_model_a_run_says_so_and_leaves_what_was_learnt(town, person, monkeypatch):
    correct_calls(town, person)
    learn(town)
    before = in_use(town)

    def missing(knowledge):
        raise ModelMissing("No language model is installed.")

    monkeypatch.setattr("app.services.learning.lessons.Corrector", missing)
    run = learn(town)
    assert (run.failed, run.fault) == (False, "model")  # it waits until somebody has installed it
    assert "No language model" in run.error
    assert in_use(town) == before


def test_a_run_that_is_nudged_twice_is_done_once(town, person):
    correct_calls(town, person, count=2)
    run = learn(town)
    work.work_on(town.parts, LearningRun, run.id)
    with town.parts.database.reading() as session:
        assert session.get_one(LearningRun, run.id).attempts == run.attempts


NIGHT = datetime(2026, 11, 23, 19, 10, tzinfo=UTC)  # ten past three in Shanghai


def test_every_night_it_learns_once_and_only_where_something_was_corrected(town, person, time_machine):
    time_machine.move_to(NIGHT)
    town.queue.learn()
    assert town.rows(LearningRun) == []
    correct_calls(town, person, count=2)
    town.queue.learn()
    town.queue.learn()
    [run] = town.rows(LearningRun)
    assert (run.night, run.by, run.corrections) == ("2026-11-24", "hotline", 2)
    time_machine.move_to(NIGHT.replace(day=24))
    town.queue.learn()
    assert len(town.rows(LearningRun)) == 1  # nothing new
    correct_calls(town, person, count=1, first=30)
    town.queue.learn()
    assert len(town.rows(LearningRun)) == 2


def test_by_day_it_learns_only_when_asked(town, person, time_machine):
    time_machine.move_to(NIGHT.replace(hour=6))
    correct_calls(town, person, count=1)
    town.queue.learn()
    assert town.rows(LearningRun) == []


def test_the_command_learns_now_and_shows_what_came_of_it(town, person):
    from app.service import create_app

    correct_calls(town, person)
    app = create_app(town.parts.settings, town.parts)
    result = app.test_cli_runner().invoke(args=["lessons", "learn"])
    assert result.exit_code == 0, result.output
    assert "6 corrections." in result.output
    assert "-> 宋家" in result.output


def test_the_names_of_the_towns_places_are_known_and_the_callers_own_is_the_likeliest(town):
    with town.parts.database.reading() as session:
        home = session.scalars(select(Village).where(Village.name == "清水村")).one()
        other = session.scalars(select(Village).where(Village.name != "清水村")).first()
        known = lessons.knowledge_for(session, home.id, "mandarin").phrases
    assert known["清水村"] > known[other.name] > 0
    assert known["低保"] > 0
