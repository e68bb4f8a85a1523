"""Local time: the one time zone of the town, that of its office hours (data/office_hours.yaml)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import yaml

from app.files import file, kept


@kept
def zone() -> ZoneInfo:
    """The zone in force."""
    return ZoneInfo(str(yaml.safe_load(file("office_hours.yaml").read_text(encoding="utf-8"))["timezone"]))


def local(at: datetime) -> datetime:
    """A moment as the clocks of the town show it."""
    return at.astimezone(zone())
