"""What rises: said when it is so, not said by chance, never of tiny numbers."""

import numpy as np
import pytest

from app.services.figures.rising import FEWEST, chance, rising


def found(*weeks, **others):
    return [rise.key for rise in rising({"供水": weeks, **others})]


def test_a_matter_that_doubles_and_more_is_said_to_rise():
    assert found(4, 5, 3, 4, 5, 4, 4, 3, 14) == ["供水"]


def test_a_matter_that_was_never_spoken_of_rises_with_its_first_week():
    assert found(0, 0, 0, 0, 0, 0, 0, 0, 6) == ["供水"]


@pytest.mark.parametrize(
    "weeks",
    [
        (0, 0, 0, 0, 0, 0, 0, 0, FEWEST - 1),  # too few to be shown, however unusual
        (40, 42, 38, 41, 40, 39, 42, 40, 55),  # certain perhaps, and no news
        (4, 5, 3, 4, 5, 4, 4, 3, 6),  # what chance does every week
        (1, 30, 2, 0, 41, 1, 0, 3, 25),  # it always comes in bursts
        (1, 1, 20),  # too little is known of before
    ],
)
def test_what_is_small_or_usual_is_not_said_to_rise(weeks):
    assert found(*weeks) == []


def test_the_more_is_compared_the_more_it_takes():
    weeks = (4, 5, 3, 4, 5, 4, 4, 3, 11)
    assert found(*weeks) == ["供水"]
    assert rising({"供水": weeks}, compared=5000) == []


def test_the_least_likely_stands_first():
    assert found(2, 2, 2, 2, 2, 2, 2, 2, 9, 路灯=(2, 2, 2, 2, 2, 2, 2, 2, 30)) == ["路灯", "供水"]


def test_the_chance_is_that_of_the_binomial():
    assert chance(3, 0, 8) == pytest.approx((1 / 9) ** 3)
    assert chance(1, 1, 1) == pytest.approx(0.75)
    assert chance(0, 5, 8) == pytest.approx(1)


@pytest.mark.parametrize("spread", [0, 0.3], ids=["as chance has it", "in bursts"])
def test_of_many_matters_that_do_not_change_hardly_one_is_said_to_rise(spread):
    chances = np.random.default_rng(11)
    false = 0
    for _ in range(50):
        rates = chances.gamma(1.0, 4.0, size=200)
        weekly = rates * (chances.gamma(1 / spread, spread, size=(9, 200)) if spread else np.ones((9, 200)))
        counts = chances.poisson(weekly)
        false += len(rising({str(n): counts[:, n].tolist() for n in range(200)}))
    assert false <= (5 if not spread else 100)  # of 10,000


def test_of_matters_that_triple_most_are_found():
    chances = np.random.default_rng(12)
    right = wrong = 0
    for _ in range(10):
        counts = chances.poisson(6.0, size=(9, 200))
        counts[8, :20] = chances.poisson(18.0, size=20)
        rises = [int(rise.key) for rise in rising({str(n): counts[:, n].tolist() for n in range(200)})]
        right, wrong = right + sum(key < 20 for key in rises), wrong + sum(key >= 20 for key in rises)
    assert right >= 120  # of 200
    assert wrong <= 10  # of 1,800
