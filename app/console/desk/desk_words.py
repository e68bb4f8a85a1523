"""How the work list and the call list are written: groups, reasons to ring, tries, warnings."""

from flask import Flask

from app.console.cases.fault_words import held_told, kind_name, why_undone
from app.console.cases.story import REASONS, danger
from app.console.shell.template_words import when
from app.models import (
    CallBackTask,
    EarlyWarning,
)
from app.services.desk.call_list import Ring
from app.services.desk.work_list import COUNTED

GROUPS = {
    "emergency": "急事",
    "due": "今天到期和超期的",
    "new": "新来的",
    "spoke": "来电人又说了话的",
    "rest": "在办的",
}


def init_app(app: Flask) -> None:
    """Give the templates these words."""
    filters = (reason, tried, rang, counted, held_told, kind_name, why_undone)
    app.jinja_env.filters.update({word.__name__: word for word in filters})
    app.context_processor(lambda: {"groups": GROUPS})


def counted(count: int) -> str:
    """A number of cases as far as it was counted."""
    return str(count) if count <= COUNTED else f"{COUNTED} 多"


def rang(warning: EarlyWarning) -> str:
    """A warning in a sentence: 清水村 供水：7 天里 5 件，比平常多得多."""
    about = " ".join(part for part in (warning.village.name if warning.village else "", warning.category) if part)
    within = "一天里" if warning.days == 1 else f"{warning.days} 天里"
    unusual = "一周比一周多" if warning.kind == "building_up" else "比平常多"
    return f"{about}：{within} {warning.count} 件，{unusual}" if about else f"{within} {warning.count} 件差不多的事"


def reason(task: CallBackTask, ring: Ring) -> str:
    """Why the caller is to be rung; for an emergency which, and the number that helps: 着火，请打119."""
    alarm = ring.alarms.get(task.case_id) if task.reason == "emergency" else None
    return danger(alarm) if alarm else REASONS.get(task.reason, "要回电话")


def tried(ring: Ring) -> str:
    """How often nobody answered: 没打通 2 次，最近 今天 09:12."""
    count = f" {len(ring.tries)} 次，最近" if len(ring.tries) > 1 else ""
    return f"没打通{count} {when(ring.tries[-1].at)}"
