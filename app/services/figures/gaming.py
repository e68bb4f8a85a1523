"""Signs of gaming (不对劲的地方): ratings that look made rather than given. Limits are in data/gaming.yaml.

A sign is a reason to listen and look, never a proof. With the honest, chance brings one up in a month with at most the
probability `chance` for each kind of test, whatever the number of people (Holm's correction).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import yaml
from sqlalchemy import Select, extract, func, or_, select
from sqlalchemy.orm import Session

from app.files import file, kept
from app.models import Department, Operator, Rating
from app.services.cases.ratings import CALLER
from app.services.directory.practice import PRACTICE_CASES
from app.services.figures.rates import Period

_WHOLE = ("fast_seconds", "fewest_fast", "fewest_bunched", "fewest_verdicts", "points", "entered")
_CONTENT = (1, 2, 3)
_DAY = 24 * 60 * 60  # seconds
_EARLIER_DAYS = 3  # before the last day, whose same hours show what is usual
_ALIKE = 1 + 1e-9  # outcomes as unlikely as the one seen, but for rounding


class GamingUnusable(Exception):
    """The file cannot work; the message says which entry and why."""


@dataclass(frozen=True)
class Limits:
    """The whole file."""

    fast_seconds: int
    fewest_fast: int
    bunched: timedelta
    fewest_bunched: int
    fewest_verdicts: int
    points: int
    entered: int
    chance: float


@dataclass(frozen=True)
class Sign:
    """What looks wrong, in a Chinese sentence. `kind` and `key` name it in `behind`; `ratings` are what it is about."""

    kind: str
    key: str
    sentence: str
    ratings: tuple[UUID, ...]


@kept
def limits() -> Limits:
    """Those in force."""
    return read_limits(file("gaming.yaml"))


def read_limits(path: Path) -> Limits:
    """The limits of a file. Raises GamingUnusable."""
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(read, dict) or set(read) != {*_WHOLE, "bunched", "chance"}:
        raise GamingUnusable(f"{path.name}: needs exactly {', '.join([*_WHOLE, 'bunched', 'chance'])}.")
    for name in _WHOLE:
        if type(read[name]) is not int or read[name] < 1:
            raise GamingUnusable(f"{path.name}: {name} is a whole number from 1.")
    minutes = str(read["bunched"]).removesuffix(" minutes")
    if not minutes.isdecimal() or not 1 <= int(minutes) <= 720:
        raise GamingUnusable(f"{path.name}: bunched is 1 to 720 minutes, like `60 minutes`.")
    if not isinstance(read["chance"], float) or not 0 < read["chance"] < 1:
        raise GamingUnusable(f"{path.name}: chance lies between 0 and 1.")
    whole = {name: read[name] for name in _WHOLE}
    return Limits(**whole, bunched=timedelta(minutes=int(minutes)), chance=read["chance"])


def signs(session: Session, period: Period) -> list[Sign]:
    """Everything in the rounds that ended in a period that looks wrong."""
    rounds = select().where(
        Rating.at >= period.start, Rating.at < period.end, Rating.case_id.not_in(PRACTICE_CASES)
    )  # fmt: skip
    own = rounds.where(Rating.outcome == CALLER)
    people = dict(session.execute(select(Operator.id, Operator.name)).all())
    departments = dict(session.execute(select(Department.id, Department.name)).all())
    return [
        *_fast(session, own, departments),
        *_bunched(session, rounds, departments),
        *_unlike(session, own, "handler", Rating.handler_id, people),
        *_unlike(session, own, "asker", Rating.operator_id, people),
        *_without_call(session, own, people),
    ]


def behind(session: Session, period: Period, kind: str, key: str) -> Sign | None:
    """The sign of this kind and key, if it still stands."""
    return next((sign for sign in signs(session, period) if (sign.kind, sign.key) == (kind, key)), None)


def _fast(session: Session, own: Select, names: dict[UUID, str]) -> list[Sign]:
    """Keys pressed before anybody can have heard the question."""
    of = limits()
    too_fast = or_(Rating.seconds_to_answer < of.fast_seconds, Rating.seconds_to_grade < of.fast_seconds)
    found = _by_whom(session, own.where(Rating.how == "key", too_fast), Rating.department_id)
    return [
        Sign("fast", str(who), f"{names.get(who, '没有派单的事')}：{len(ids)} 次回访，问题才开口不到 "
             f"{of.fast_seconds} 秒就按了键，人来不及听完。", tuple(ids))
        for who, ids in found.items() if len(ids) >= of.fewest_fast
    ]  # fmt: skip


def _bunched(session: Session, rounds: Select, names: dict[UUID, str]) -> list[Sign]:
    """Answers just before the due time, more than the same hours of the days before explain.

    Fisher's exact test, one-sided: a department's last days before the terms' ends against everybody's three days
    before those, the last hour of the day against the rest. A busy last day alone, or an hour at which all work, is no
    sign.
    """
    from scipy.stats import fisher_exact  # heavy: only whoever looks at this page needs it

    of = limits()
    due = extract("epoch", Rating.answer_by)
    left, whole = due - extract("epoch", Rating.answered_at), due - extract("epoch", Rating.started_at)
    last_hour = left % _DAY < of.bunched.total_seconds()
    looked_at = rounds.where(
        Rating.answered_at <= Rating.answer_by, whole >= 2 * _DAY, left < (_EARLIER_DAYS + 1) * _DAY
    )  # fmt: skip
    counted = looked_at.add_columns(Rating.department_id, left < _DAY, last_hour, func.count())
    last_days, earlier = defaultdict(lambda: np.zeros(2, int)), np.zeros(2, int)
    for who, is_last_day, is_last_hour, number in session.execute(counted.group_by(*counted.selected_columns[:3])):
        (last_days[who] if is_last_day else earlier)[0 if is_last_hour else 1] += number
    tables = {who: np.array([own, earlier]) for who, own in last_days.items()}
    p_values = {who: fisher_exact(table, alternative="greater").pvalue for who, table in tables.items()}
    last = _by_whom(session, looked_at.where(left < _DAY, last_hour), Rating.department_id)
    return [
        Sign("bunched", str(who), f"{names.get(who, '没有派单的事')}：{len(last[who])} 件都赶在到期前 "
             f"{of.bunched // timedelta(minutes=1)} 分钟里答复，比前几天同一个钟点多得多。", tuple(last[who]))
        for who in _unlikely(p_values) if len(last[who]) >= of.fewest_bunched
    ]  # fmt: skip


def _unlike(session: Session, own: Select, kind: str, whose, names: dict[UUID, str]) -> list[Sign]:
    """People whose callers are content much more or much less often than those of everybody else.

    `whose`: the column of the person that a rating is told of.
    """
    of = limits()
    good = Rating.solved & or_(Rating.grade.is_(None), Rating.grade.in_(_CONTENT))
    cells = own.add_columns(Rating.department_id, whose, func.count(), func.count().filter(good))
    strata, mine = defaultdict(dict), Counter()
    for department, who, every, content in session.execute(cells.group_by(Rating.department_id, whose)):
        strata[department][who] = every, content
        mine[who] += every
    found, p_values = {}, {}
    for who in [who for who, every in mine.items() if who and every >= of.fewest_verdicts]:
        tables = [(*each.get(who, (0, 0)), *map(sum, zip(*each.values(), strict=True))) for each in strata.values()]
        content, expected, p_values[who] = exact_test(tables)
        found[who] = (content / mine[who], expected / mine[who])
    did = "答复的事，来电人" if kind == "handler" else "回访录入的评价，"
    told = [(who, *found[who]) for who in _unlikely(p_values) if abs(found[who][0] - found[who][1]) * 100 >= of.points]
    behind_them = _by_whom(session, own.where(whose.in_([who for who, *_ in told])), whose) if told else {}
    return [
        Sign(kind, str(who), f"{names.get(who, '')}{did}办好又满意的占 {share:.0%}，同样部门里别人的是 {others:.0%}，"
             f"{'高' if share > others else '低'}得不像碰巧。", tuple(behind_them[who]))
        for who, share, others in told
    ]  # fmt: skip


def _without_call(session: Session, own: Select, names: dict[UUID, str]) -> list[Sign]:
    """Ratings that somebody entered while no call with that caller is on record."""
    of = limits()
    entered = own.where(Rating.how == "person", Rating.call_known.is_(False))
    found = _by_whom(session, entered, Rating.operator_id)
    return [
        Sign("without_call", str(who), f"{names.get(who, '')}录入了 {len(ids)} 次回访，前一天都查不到和来电人的通话。",
             tuple(ids))
        for who, ids in found.items() if len(ids) >= of.entered
    ]  # fmt: skip


def _by_whom(session: Session, ratings: Select, whose) -> dict[UUID | None, list[UUID]]:
    """The ids of these ratings, the newest first, by the value of a column."""
    found = defaultdict(list)
    newest_first = ratings.add_columns(whose, Rating.id).order_by(Rating.at.desc(), Rating.id)
    for who, id in session.execute(newest_first):
        found[who].append(id)
    return found


def exact_test(tables: Iterable[tuple[int, int, int, int]]) -> tuple[int, float, float]:
    """Fisher's exact test over strata: each (own, own good, all, all good).

    Gives good, good that was to be expected from the others' share in the same strata, and the two-sided p-value.

    Within each stratum the number of good ones is hypergeometric; their sum is the convolution.
    """
    law, least, good, expected = np.ones(1), 0, 0, 0.0
    for own, own_good, every, every_good in tables:
        if not own or own == every:  # nobody to compare with
            good, expected, least = good + own_good, expected + own_good, least + own_good
            continue
        low, high = max(0, own + every_good - every), min(own, every_good)
        law = np.convolve(law, _hypergeometric(np.arange(low, high + 1), every, every_good, own))
        least, good = least + low, good + own_good
        expected += own * (every_good - own_good) / (every - own)
    seen = law[good - least]
    return good, expected, float(min(1.0, law[law <= seen * _ALIKE].sum()))


def _hypergeometric(good: np.ndarray, every: int, every_good: int, own: int) -> np.ndarray:
    """How likely each number of good ones is among `own` drawn of `every`. (SciPy's own costs ten times as much.)"""

    def ways(of: int, chosen: np.ndarray | int) -> np.ndarray:
        from scipy.special import betaln  # heavy: only whoever looks at this page needs it

        return -betaln(1 + of - chosen, 1 + chosen) - np.log(of + 1)

    return np.exp(ways(every_good, good) + ways(every - every_good, own - good) - ways(every, own))


def _unlikely(p_values: dict[UUID | None, float]) -> list[UUID | None]:
    """Whose p-value is too small for chance, all of them tested at once (Holm's step-down correction)."""
    chosen = []
    for place, who in enumerate(sorted(p_values, key=lambda who: (p_values[who], str(who)))):
        if p_values[who] > limits().chance / (len(p_values) - place):
            break
        chosen.append(who)
    return chosen
