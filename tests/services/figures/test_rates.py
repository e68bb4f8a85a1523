"""The three rates and the signs of gaming, on ratings put into the tables."""

import random
from datetime import timedelta
from uuid import uuid4

import pytest
from scipy.stats import fisher_exact

from app import schema
from app.db import Database, now
from app.files import DATA
from app.models import Case, Department, Operator, Rating, Village
from app.services.figures import gaming, rates
from app.services.figures.rates import FIGURES, GROUPS, Period


class World:
    """Departments, villages, operators, and ratings made by the hundred."""

    def __init__(self, database: Database, seed: int = 1):
        self.database, self.chance = database, random.Random(seed)
        with database.session() as session:
            self.departments = self._add(session, [Department(name=f"部门{n}") for n in range(4)])
            self.villages = self._add(session, [Village(name=f"{n}村") for n in range(5)])
            people = [Operator(login=f"o{n}", name=f"操作员{n}", password_hash="") for n in range(10)]
            self.operators = self._add(session, people)

    def _add(self, session, rows) -> list:
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]

    def rate(self, count: int, **fixed) -> None:
        """So many honest ratings; what is `fixed` is a value, or a function of the row so far."""
        chance = self.chance
        with self.database.session() as session:
            for _ in range(count):
                department = chance.randrange(4)
                due = now() + timedelta(days=chance.uniform(-20, 0))
                solved = chance.random() < (0.9, 0.8, 0.6, 0.95)[department]
                values = {
                    "outcome": "caller", "solved": solved, "how": chance.choice(["key", "text"]),
                    "grade": chance.choice([1, 1, 2, 2, 3] if solved else [3, 4, 5]), "call_known": True,
                    "seconds_to_answer": chance.uniform(3, 20), "seconds_to_grade": chance.uniform(3, 20),
                    "department_id": self.departments[department], "village_id": chance.choice(self.villages),
                    "handler_id": chance.choice(self.operators), "operator_id": None, "in_time": True,
                    "started_at": due - timedelta(days=7), "answer_by": due,
                    "answered_at": due - timedelta(days=chance.betavariate(1, 2) * 7),
                }  # fmt: skip
                values |= {name: value(values) if callable(value) else value for name, value in fixed.items()}
                case = Case(number=uuid4().hex[:12], channel="voice", state="closed")
                session.add(case)
                session.flush()
                session.add(Rating(case_id=case.id, at=now() - timedelta(days=chance.uniform(0, 25)), **values))

    @property
    def month(self) -> Period:
        return Period(now() - timedelta(days=30), now() + timedelta(minutes=1))

    def signs(self) -> list[gaming.Sign]:
        with self.database.reading() as session:
            return gaming.signs(session, self.month)


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    schema.upgrade(database)
    yield database
    database.close()


@pytest.fixture
def world(database):
    return World(database)


# ------------------------------------------------------------------ the three rates


def test_every_number_of_the_tables_is_the_length_of_the_list_behind_it(world):
    world.rate(150)
    for outcome in ("not_reached", "unconfirmed", "no_number"):
        world.rate(9, outcome=outcome, solved=None, grade=None, how="")
    world.rate(12, department_id=None, village_id=None, grade=None, in_time=False)
    with world.database.reading() as session:
        for by in GROUPS:
            for rate in rates.rates(session, world.month, by):
                for figure in FIGURES:
                    listed = rates.behind(figure, world.month, by, rate.key)
                    assert rates.count(session, listed) == rate.counts[figure] == len(session.scalars(listed).all())
        (town,) = rates.rates(session, world.month, "town")
        assert town.counts["asked"] == 180
        for by in ("department", "village"):
            assert sum(rate.counts["solved"] for rate in rates.rates(session, world.month, by)) == town.counts["solved"]


def test_who_was_not_reached_or_gave_no_grade_is_in_the_denominator_and_a_hidden_number_is_not(world):
    world.rate(2, solved=True, grade=1)
    world.rate(1, solved=True, grade=None)
    world.rate(1, solved=False, grade=5, in_time=False)
    world.rate(3, outcome="not_reached", solved=None, grade=None)
    world.rate(1, outcome="unconfirmed", solved=None, grade=None)
    world.rate(5, outcome="no_number", solved=None, grade=None)
    with world.database.reading() as session:
        (town,) = rates.rates(session, world.month, "town")
    assert (town.share("responded"), town.share("solved"), town.share("content")) == (3 / 8, 3 / 8, 2 / 8)


def test_a_period_ends_before_its_last_moment_and_a_department_has_its_own_figures(world):
    world.rate(3)
    world.rate(2, department_id=world.departments[0])
    with world.database.reading() as session:
        nothing = Period(now() - timedelta(days=90), now() - timedelta(days=60))
        assert rates.rates(session, nothing, "town")[0].share("solved") is None
        mine = rates.of_department(world.departments[0])
        assert [r.name for r in rates.rates(session, world.month, "department", *mine)] == ["部门0"]


# ------------------------------------------------------------------ signs of gaming


@pytest.mark.parametrize("seed", range(4))
def test_honest_months_show_no_sign(database, seed):
    world = World(database, seed)
    world.rate(300)
    world.rate(60, how="person", seconds_to_answer=None, seconds_to_grade=None,
               operator_id=lambda row: world.chance.choice(world.operators))  # fmt: skip
    assert world.signs() == []


def test_keys_pressed_before_the_question_can_be_heard_are_named_with_their_cases(world):
    world.rate(100)
    world.rate(3, how="key", seconds_to_answer=0.7, department_id=world.departments[2])
    (sign,) = world.signs()
    assert "部门2：3 次回访，问题才开口不到 2 秒就按了键" in sign.sentence
    assert len(sign.ratings) == 3


def test_answers_bunched_before_the_due_hour_are_seen_and_a_busy_last_day_is_not(world):
    on_last_day = lambda row: row["answer_by"] - timedelta(hours=world.chance.uniform(0, 24))  # noqa: E731
    world.rate(100)
    world.rate(60, department_id=world.departments[1], answered_at=on_last_day)
    assert world.signs() == []
    in_last_hour = lambda row: row["answer_by"] - timedelta(minutes=world.chance.uniform(1, 50))  # noqa: E731
    world.rate(25, department_id=world.departments[1], answered_at=in_last_hour)
    (sign,) = world.signs()
    assert sign.kind == "bunched"
    assert "部门1" in sign.sentence


def test_somebody_whose_verdicts_are_unlike_all_others_is_seen(world):
    world.rate(300)
    world.rate(40, solved=True, grade=1, how="person", operator_id=world.operators[7], handler_id=None,
               department_id=world.departments[2], seconds_to_answer=None, seconds_to_grade=None)  # fmt: skip
    (sign,) = world.signs()
    assert (sign.kind, sign.key) == ("asker", str(world.operators[7]))
    assert "高得不像碰巧" in sign.sentence


def test_who_only_works_for_a_department_that_does_well_is_not_unlike(world):
    world.rate(300)
    world.rate(60, department_id=world.departments[3], handler_id=world.operators[4],
               solved=lambda row: world.chance.random() < 0.95, grade=2)  # fmt: skip
    world.rate(100, department_id=world.departments[3], solved=lambda row: world.chance.random() < 0.95, grade=2)
    assert [sign for sign in world.signs() if sign.key == str(world.operators[4])] == []


def test_ratings_entered_without_any_call_are_seen(world):
    world.rate(100)
    world.rate(5, how="person", operator_id=world.operators[3], call_known=False, seconds_to_answer=None,
               seconds_to_grade=None)  # fmt: skip
    (sign,) = world.signs()
    assert "操作员3录入了 5 次回访" in sign.sentence


def test_the_test_over_one_stratum_is_fishers(world):
    for own, own_good, every, every_good in ((20, 19, 120, 80), (30, 3, 60, 20), (5, 2, 50, 20)):
        table = [[own_good, own - own_good], [every_good - own_good, every - own - every_good + own_good]]
        found = gaming.exact_test([(own, own_good, every, every_good)])
        assert found[2] == pytest.approx(fisher_exact(table).pvalue)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("points: 15", "points: many"), "points is a whole number"),
        (("chance: 0.01", "chance: 2"), "chance lies between"),
        (("bunched: 60 minutes", "bunched: 1 day"), "bunched is 1 to 720 minutes"),
        (("entered: 5", "typed: 5"), "needs exactly"),
    ],
)
def test_a_file_of_limits_that_cannot_work_is_refused_in_one_sentence(tmp_path, change, said):
    written = (DATA / "gaming.yaml").read_text(encoding="utf-8").replace(*change)
    (tmp_path / "gaming.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(gaming.GamingUnusable, match=said):
        gaming.read_limits(tmp_path / "gaming.yaml")
