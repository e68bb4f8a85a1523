"""Office hours: when somebody can be put through. From data/office_hours.yaml."""

from datetime import datetime, time
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import chinese_calendar
import yaml

_FILE = Path(__file__).parents[1] / "data" / "office_hours.yaml"


@cache
def _hours() -> dict:
    read = yaml.load(_FILE.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    spans = [tuple(time.fromisoformat(end) for end in span.split("-")) for span in read["open"]]
    return {"zone": ZoneInfo(read["timezone"]), "workdays": read["workdays"] == "yes", "spans": spans}


def is_open(at: datetime) -> bool:
    """Whether the desk is staffed at this moment (UTC)."""
    hours = _hours()
    local = at.astimezone(hours["zone"])
    if not any(start <= local.time() < end for start, end in hours["spans"]):
        return False
    return not hours["workdays"] or _is_workday(local)


def _is_workday(local: datetime) -> bool:
    try:
        return chinese_calendar.is_workday(local.date())
    except NotImplementedError:  # the calendar of that year is not published yet: an ordinary week
        return local.weekday() < 5
