"""The three rates and the signs of gaming: tables whose every number opens the cases behind it."""

from datetime import date, datetime, timedelta

from flask import abort, render_template, request
from flask_login import current_user
from sqlalchemy import select

from app.console.shell.blueprints import console, parts
from app.db import now
from app.local_time import local, zone
from app.models import Rating
from app.services.figures import gaming
from app.services.figures import rates as figures

_PAGE = 50
_NAMES = {
    "asked": "回访有结果的", "responded": "按时答复又联系上的", "solved": "来电人说办好了的", "content": "来电人满意的",
    "unsolved": "来电人说没办好的", "ungraded": "没有打分的", "not_reached": "没联系上的",
    "unconfirmed": "未经来电人确认的",
    "no_number": "没有号码、没法回访的",
}  # fmt: skip
_GROUPS = {"town": "全镇", "department": "部门", "village": "村"}


@console.get("/rates")
def rates():
    """响应率, 解决率, 满意率 by department, village and for the whole town, for a month or any days."""
    first, last, period = _period()
    mine = figures.of_department(current_user.department_id)
    with parts().database.reading() as session:
        tables = {by: figures.rates(session, period, by, *mine) for by in _GROUPS}
    months = [_month_before(local(now()).date().replace(day=1), back) for back in range(12)]
    return render_template(
        "console/figures/rates.html", tables=tables, groups=_GROUPS, names=_NAMES, first=first, last=last, months=months
    )


@console.get("/rates/behind")
def rates_behind():
    """The cases that one number of the tables counted."""
    first, last, period = _period()
    figure, by, key = (request.args.get(name, "") for name in ("figure", "by", "key"))
    page = request.args.get("page", "1")
    try:
        query = figures.behind(figure, period, by, key, *figures.of_department(current_user.department_id))
        start = (max(1, int(page)) - 1) * _PAGE
    except (KeyError, ValueError):
        abort(404)
    with parts().database.reading() as session:
        group = next((rate.name for rate in figures.rates(session, period, by) if rate.key == key), "")
        return _list(session, query, start, f"{group}{_NAMES[figure]}", first, last, "console.rates")


@console.get("/signs")
def signs():
    """What looks wrong in the ratings, each with why."""
    first, last, period = _period()
    with parts().database.reading() as session:
        found = gaming.signs(session, period)
    return render_template("console/figures/signs.html", signs=found, first=first, last=last)


@console.get("/signs/behind")
def signs_behind():
    """The cases of one sign."""
    first, last, period = _period()
    with parts().database.reading() as session:
        sign = gaming.behind(session, period, request.args.get("kind", ""), request.args.get("key", "")) or abort(404)
        page = request.args.get("page", "1")
        start = (max(1, int(page) if page.isdecimal() else 1) - 1) * _PAGE
        query = select(Rating).where(Rating.id.in_(sign.ratings[start : start + _PAGE]))
        query = query.order_by(Rating.at.desc(), Rating.id)
        return _list(session, query, start, sign.sentence, first, last, "console.signs", count=len(sign.ratings))


def _list(session, query, start: int, title: str, first: date, last: date, up: str, count: int | None = None):
    total = figures.count(session, query) if count is None else count
    rows = figures.shown(session, query, start if count is None else 0, _PAGE)
    further = {**request.args.to_dict(), "page": start // _PAGE + 2} if start + _PAGE < total else None
    return render_template(
        "console/figures/behind.html", rows=rows, total=total, title=title, first=first, last=last, up=up,
        further=further, start=start,
    )  # fmt: skip


def _period() -> tuple[date, date, figures.Period]:
    """First and last day (local) as asked for; this month where nothing or nonsense was asked."""
    today = local(now()).date()
    try:
        first = date.fromisoformat(request.args.get("from", ""))
        last = date.fromisoformat(request.args.get("to", ""))
    except ValueError:
        first, last = today.replace(day=1), today
    first, last = min(first, last), max(first, last)
    start, end = (datetime.combine(day, datetime.min.time(), zone()) for day in (first, last + timedelta(days=1)))
    return first, last, figures.Period(start, end)


def _month_before(month: date, back: int) -> tuple[date, date]:
    """First and last day of the month so many months before."""
    count = month.year * 12 + month.month - 1 - back
    first, following = (date((n // 12), n % 12 + 1, 1) for n in (count, count + 1))
    return first, following - timedelta(days=1)
