"""The work list (待办): what needs somebody now, filtered as the operator last left it."""

from datetime import date
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask_login import current_user

from app.console.shell.blueprints import console, may, parts
from app.console.shell.template_words import today
from app.models import Operator
from app.models.case import STATES
from app.services.cases import decisions, failures, lookup
from app.services.deadlines import business_hours
from app.services.desk import call_list, case_queries, work_list
from app.services.directory import departments
from app.services.directory.roles import REPLY, RETRY, WORDS
from app.services.duplicates import early_warnings, joining
from app.services.editing import documents
from app.services.exchange import webhooks
from app.services.sorting.categories import categories
from app.services.wording import editions

_KEPT = "filters"  # of this login
CHANNELS = {"voice": "电话", "sms": "短信", "counter": "窗口", "visit": "走访", "open311": "转来"}
_ALL = "连办结的一起"


@console.get("/cases")
def cases():
    """What is to be done, in one order; `after` is where a further page begins, `filters=none` takes all filters away.

    The address holds the filters, so that it can be kept as a bookmark; without any it is the one last used.
    """
    if "filters" in request.args:
        session.pop(_KEPT, None)
        return redirect(url_for("console.cases"))
    given = {key: value for key, value in request.args.items() if key in _FILTERS and value}
    after = work_list.Mark.read(request.args.get("after", ""))
    if not given and not after and session.get(_KEPT):
        return redirect(url_for("console.cases", **session[_KEPT]))
    if session.get(_KEPT, {}) != given and not after:
        session[_KEPT] = given
    return _page(given, after)


@console.post("/cases/<number>/read")
def read(number: str):
    """Somebody has read what the caller said since."""
    with parts().database.session() as db:
        case = lookup.find(db, number) or abort(404)
        decisions.read(db, case, db.get_one(Operator, current_user.id))
    flash("记下了：看过了。")
    return redirect(url_for("console.case", number=number), 303)


def _page(given: dict[str, str], after: work_list.Mark | None) -> str:
    mine = case_queries.seen_by(current_user.department_id)
    with parts().database.reading() as db:
        tasks = call_list.open_tasks(db) if may(REPLY) and not (after or mine) else None
        editions.refresh(parts(), db)  # the holidays may have been entered at another process
        page = work_list.work_list(db, _filters(given), after, *mine)
        offered = _offered(db)
        return render_template(
            "console/desk/work_list.html",
            page=page,
            tasks=tasks,
            newest=case_queries.newest(db, *mine),
            first=not page.cases and case_queries.is_empty(db),
            further=after is not None,
            warnings=[] if after or mine else early_warnings.unseen(db),
            homes=joining.households(db, [case.id for case in page.cases]),
            mine=bool(mine),
            aside=documents.set_aside(parts(), db) if may(WORDS) and not (after or mine) else {},
            untold=0 if after or mine else webhooks.untold(db),
            held=failures.held_up(db) if may(RETRY) and not (after or mine) else {},
            undone=failures.to_be_seen(db) if may(RETRY) and not (after or mine) else 0,
            notice_wanted=None if after or mine else _notice_wanted(),
            urged=case_queries.urged(db, current_user.department_id) if mine and not after else 0,
            given=given,
            offered=offered,
            chips=_chips(given, offered),
        )


def _notice_wanted() -> int | None:
    """The year whose holidays whoever is at the page is asked to enter."""
    return business_hours.wanted_notice(date.fromisoformat(today())) if may(WORDS) or current_user.head else None


def _filters(given: dict[str, str]) -> work_list.Filters:
    return work_list.Filters(
        state=given.get("state", ""),
        village=_uuid(given.get("village", "")),
        category=given.get("category", ""),
        department=_uuid(given.get("department", "")),
        channel=given.get("channel", ""),
        handled_by=current_user.name if given.get("mine") else "",
        late=bool(given.get("late")),
    )


def _offered(db) -> dict[str, list[tuple[str, str]]]:
    """What each list of the filters offers: value and name."""
    return {
        "state": [*STATES.items(), (work_list.ALL, _ALL)],
        "village": [(str(village.id), village.name) for village in case_queries.villages(db)],
        "category": [(category.name, category.name) for category in categories()],
        "department": [(str(each.id), each.name) for each in departments.departments(db)],
        "channel": list(CHANNELS.items()),
    }


def _chips(given: dict[str, str], offered: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """Each filter in use: its name, and the address of the list without it."""
    chips = []
    for key, value in given.items():
        name = dict(offered[key]).get(value, value) if key in offered else _FILTERS[key]
        rest = {other: kept for other, kept in given.items() if other != key}
        chips.append((name, url_for("console.cases", **rest or {"filters": "none"})))
    return chips


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


_FILTERS = {
    "state": "进度",
    "village": "村",
    "category": "类别",
    "department": "部门",
    "channel": "来路",
    "mine": "我经手的",
    "late": "超期的",
}
