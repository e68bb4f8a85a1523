"""How a case's clock is told: how much time is left, the terms themselves, what is a guess."""

from flask import Flask

from app.console.shell.template_words import when
from app.db import now
from app.models import (
    Clock,
)
from app.services.deadlines.clock_rules import Span, rules
from app.services.deadlines.clocks import is_paused


def init_app(app: Flask) -> None:
    """Give the templates these words."""
    filters = (left, is_late, guessed, terms_told, span_told)
    app.jinja_env.filters.update({word.__name__: word for word in filters})


def left(clock: Clock) -> str:
    """How much time is left, in words: 还剩 2 天 3 小时, 已超 1 天, 已按时答复."""
    if clock.stopped_at:
        return "已超期答复" if clock.answer_by and clock.stopped_at > clock.answer_by else "已按时答复"
    if is_paused(clock):
        return f"暂停到 {when(clock.paused_until)}"
    signing = clock.sign_by is not None and not clock.signed_at and not _sign_met(clock)
    by, doing = (clock.sign_by, "签收") if signing else (clock.answer_by, "")
    if by is None:
        return "时限没有定"
    seconds = (by - now()).total_seconds()
    return f"{doing}还剩 {_length(seconds)}" if seconds > 0 else f"{doing}已超 {_length(-seconds)}"


def _sign_met(clock: Clock) -> bool:
    """Whether the term of signing says nothing more: it is over, and so is the term of answering."""
    return clock.answer_by is not None and clock.answer_by <= now()


def _length(seconds: float) -> str:
    """A time in its two greatest units: 2 天 3 小时, 3 小时 20 分钟, 不到 1 分钟."""
    minutes = int(seconds // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    units = [(days, "天"), (hours, "小时"), (minutes, "分钟")]
    first = next((i for i, (count, _) in enumerate(units) if count), None)
    if first is None:
        return "不到 1 分钟"
    return " ".join(f"{count} {unit}" for count, unit in units[first : first + 2] if count)


def is_late(clock: Clock) -> bool:
    """Whether a running clock is past the term of answering, or of signing while nobody has signed."""
    if clock.stopped_at or is_paused(clock):
        return False
    terms = [clock.answer_by, None if clock.signed_at else clock.sign_by]
    return any(at and at <= now() for at in terms)


def terms_told(clock: Clock) -> str:
    """The terms themselves: 一般，今天 09:12 起算，明天 09:12 前签收，12月1日 周二 09:12 前答复."""
    kind = rules().kinds.get(clock.kind)
    told = [kind.name if kind else clock.kind, f"{when(clock.started_at)} 起算"]
    if clock.sign_by and not clock.signed_at and not clock.stopped_at:
        told.append(f"{when(clock.sign_by)} 前签收")
    if clock.answer_by:
        told.append(f"{when(clock.answer_by)} 前答复")
    if clock.provisional:
        told.append(guessed(clock))
    return "，".join(told)


def guessed(clock: Clock) -> str:
    """What is to be said beside a term that rests on days whose holidays are not known yet; empty for any other."""
    return "暂按平常星期算" if clock.provisional else ""


def span_told(span: Span) -> str:
    """A length of time of the rules: 2 小时内, 3 个工作日内."""
    units = {"minutes": "分钟", "hours": "小时", "days": "天", "workdays": "个工作日"}
    return f"{span.amount} {units[span.unit]}内"
