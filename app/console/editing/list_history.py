"""What was done to the town's lists, told field by field, with a button that takes it back."""

from flask import Flask, abort, render_template, request

from app.console.shell.blueprints import parts
from app.console.shell.template_words import dialled
from app.models import AuditEntry, Department, Village
from app.services.desk import case_queries
from app.services.directory import change_history, departments, villages
from speech_models.dialects import UNKNOWN, load_dialects

_FIELDS = {
    "name": "名字",
    "phone": "值班手机",
    "aliases": "别的叫法",
    "groups": "几个组",
    "dialect": "大多数人说",
    "population": "人口",
    "town": "镇",
    "code": "国家编码",
    "lat": "纬度",
    "lon": "经度",
}
_DONE = {change_history.ADDED: "添上了", change_history.DELETED: "删掉了", change_history.CHANGED: ""}
_LATER = 1000  # pages of a history that are asked for at most


def init_app(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.filters.update(list_change_done=list_change_done, list_change_fields=list_change_fields)
    app.jinja_env.tests["standing"] = change_history.stands


def list_change_done(entry: AuditEntry) -> str:
    """What was done, where it is more than other values: 添上了, 停用了."""
    opened = entry.data["fields"].get("open")
    if entry.kind == change_history.CHANGED and opened:
        return "恢复派单了" if opened[1] else "停用了"
    return _DONE[entry.kind]


def list_change_fields(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """Each field that an entry changed: what it is called, what it was, what it is; what is not known is empty."""
    fields = entry.data["fields"]
    told = [(_FIELDS[key], *(_value(key, value) for value in fields[key])) for key in _FIELDS if key in fields]
    return [each for each in told if each[1] != each[2]]


def history_page(model: type[Department | Village], back: str, name: str) -> str:
    """The page of what was done to a list; `back`: the list's own page, called `name`."""
    with parts().database.reading() as session:
        found = change_history.history(session, model, page=page_number())
        every = departments.departments(session) if model is Department else case_queries.villages(session)
        seen = departments.seen if model is Department else villages.seen
        return render_template(
            "console/editing/list_history.html",
            changes=found,
            there={row.id: seen(row) for row in every},
            of=model.__tablename__,
            back=back,
            name=name,
            page=page_number(),
        )


def page_number() -> int:
    """The page that is asked for, from 1."""
    asked = request.args.get("page", "1")
    if not (asked.isascii() and asked.isdigit() and 1 <= int(asked) <= _LATER):
        abort(404)
    return int(asked)


def _value(key: str, value) -> str:
    if not value:
        return ""
    if key == "phone":
        return dialled(value)
    if key == "dialect":
        known = load_dialects().get(value)
        return "普通话" if value == UNKNOWN else known.name if known else value
    return "、".join(value) if key == "aliases" else str(value)
