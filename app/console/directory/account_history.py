"""What was done to an account, told in plain Chinese."""

from flask import Flask

from app.models import AuditEntry, Operator
from app.services.directory.roles import rights_of, roles

_DONE = {
    "locked": "停用了账号",
    "unlocked": "重新启用了账号",
    "password": "给了一个新密码",
    "own_password": "自己换了密码",
}


def init_app(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.filters.update(change_told=change_told, rights_of_person=rights_of_person)


def rights_of_person(operator: Operator) -> frozenset[str]:
    """What somebody may do."""
    return rights_of(operator.role, operator.rights)


def change_told(entry: AuditEntry) -> str:
    """What was done to an account: 改成领导, 给了听录音, 收回了听录音."""
    if entry.kind == "rights":
        return "；".join(
            part for part in (_rights("给了", "given", entry), _rights("收回了", "withdrawn", entry)) if part
        )
    if entry.kind in ("added", "changed"):
        return {"added": "添上了，", "changed": "改成"}[entry.kind] + "，".join(_as_what(entry.data))
    return _DONE.get(entry.kind, "改了账号")


def _rights(done: str, which: str, entry: AuditEntry) -> str:
    names = [roles().names.get(right, right) for right in entry.data.get(which, ())]
    return done + "、".join(names) if names else ""


def _as_what(data: dict) -> list[str]:
    role = roles().roles.get(data.get("role", ""))
    told = [role.name] if role else []
    return [*told, *(data[key] for key in ("department", "name") if data.get(key))]
