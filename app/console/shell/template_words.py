"""How times and telephone numbers are written at the desk; what every template knows."""

from datetime import date, datetime, timedelta

from flask import Flask

from app import phone_numbers
from app.console.shell.blueprints import parts
from app.db import now
from app.local_time import local
from app.models import (
    Caller,
)
from app.models.conversation import AWAITED, NOT_FOUND

_WEEKDAYS = "一二三四五六日"


def init_app(app: Flask) -> None:
    """Give the templates these words."""
    filters = (when, day, hour, clock, phone, date_told, short_day, dialled)
    app.jinja_env.filters.update({word.__name__: word for word in filters})
    app.context_processor(_common)


def _common() -> dict:
    """What every template knows."""
    settings = parts().settings
    return {
        "town": settings.town,
        "live": settings.live,
        "hotline": dialled(settings.hotline),
        "today": today(),
    }


def today() -> str:
    """This day here, as addresses name it: 2026-11-24."""
    return local(now()).date().isoformat()


def when(at: datetime) -> str:
    """A moment as people say it: 今天 09:12, 昨天 17:40, 11月20日 周五 08:05, 2025年3月1日 08:05."""
    return f"{day(at)} {hour(at)}"


def day(at: datetime) -> str:
    """The day of a moment as people say it: 今天, 昨天, 11月20日 周五, 2025年3月1日."""
    there, today = local(at).date(), local(now()).date()
    if there == today:
        return "今天"
    if there == today - timedelta(days=1):
        return "昨天"
    if there == today + timedelta(days=1):
        return "明天"
    if there.year == today.year:
        return f"{there.month}月{there.day}日 周{_WEEKDAYS[there.weekday()]}"
    return f"{there.year}年{there.month}月{there.day}日"


def date_told(day: date) -> str:
    """A day of the calendar: 2026年11月1日."""
    return f"{day.year}年{day.month}月{day.day}日"


def short_day(at: datetime) -> str:
    """The day in few signs: empty for today, 昨天, 11-20, 2025-03-01."""
    there, today = local(at).date(), local(now()).date()
    if there == today:
        return ""
    if there == today - timedelta(days=1):
        return "昨天"
    return f"{there:%m-%d}" if there.year == today.year else f"{there:%Y-%m-%d}"


def hour(at: datetime) -> str:
    """The time of day: 09:12."""
    return f"{local(at):%H:%M}"


def clock(seconds: float) -> str:
    """A length of sound: 0:07, 1:32."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def phone(caller: Caller | None, no_number: str = "") -> str:
    """A number as it is dialled in this country; without one, why there is none (Conversation.no_number)."""
    if caller is None:
        return {AWAITED: "号码还没查到", NOT_FOUND: "号码查不到"}.get(no_number, "号码未显示")
    return dialled(caller.number)


def dialled(number: str) -> str:
    """A number (E.164) as it is dialled in this country."""
    return phone_numbers.dialled(number, parts().settings.region)
