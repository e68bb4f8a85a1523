"""What was learnt as the page says and draws it: sentences, and where the lines of an SVG go (no script is needed)."""

from dataclasses import dataclass

from flask import Flask

from app.console.shell.template_words import when
from app.models import LearningRun, Lesson
from app.services.learning.error_curves import Curve
from speech_models.dialects import load_dialects

WIDTH, HEIGHT = 640, 180
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 12, 26
_STEPS = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)  # what the highest line of the scale may stand for


@dataclass(frozen=True)
class Drawing:
    """Lines in units of the picture, WIDTH by HEIGHT: `heard` and `shown` as SVG points, `scale` as (y, per cent)."""

    heard: str
    shown: str
    dots: tuple[tuple[float, float], ...]
    scale: tuple[tuple[float, int], ...]
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    bottom: int = HEIGHT - _BOTTOM
    width: int = WIDTH
    height: int = HEIGHT


def init_app(app: Flask) -> None:
    """Give the templates these words."""
    words = (where, effect, told_run, told_curve, curve_name, share, drawn)
    app.jinja_env.filters.update({word.__name__: word for word in words})


def where(row: Lesson) -> str:
    """For whom a lesson holds."""
    if row.village:
        return row.village.name
    known = load_dialects().get(row.dialect)
    return f"说{known.name}的" if known else "全镇"


def effect(row: Lesson) -> str:
    """What came of a lesson on calls that it was not learnt from."""
    if not row.tried:
        return "和它一类的词试了有用，它还没有再碰到" if row.state == "on" else "还没有再碰到"
    change = "没有变" if row.wrong_before == row.wrong_after else f"从 {row.wrong_before} 个变成 {row.wrong_after} 个"
    return f"试了 {row.tried} 段录音，错字{change}"


def told_run(run: LearningRun | None) -> str:
    """How the last run of learning went, in a sentence."""
    if run is None:
        return "还没有学过。"
    who = "" if run.by == "hotline" else f"（{run.by}）"
    if run.failed:
        return f"{when(run.at)}{who}没有学成，请告诉技术员。"
    if run.fault:
        return f"{when(run.at)}{who}开始的，还没有学成：模型没有装好，请告诉技术员。装好了会自己接着学。"
    if run.finished_at is None:
        return f"{when(run.at)}{who}开始的，还没有学完。过几分钟刷新再看。"
    if not run.corrections:
        return f"{when(run.at)}{who}：还没有改正过的录音，没有可学的。"
    before, after = (share(wrong / max(1, run.characters)) for wrong in (run.wrong_before, run.wrong_after))
    came = f"错字从 {before} 降到 {after}" if run.wrong_after < run.wrong_before else f"错字没有变少（{before}）"
    return f"{when(run.at)}{who}：用了 {run.corrections} 段改正。在没有用来学的电话上试，{came}。"


def curve_name(curve: Curve) -> str:
    """Whose curve it is."""
    return {"desk": "全镇", "dialect": f"说{curve.name}的"}.get(curve.about, curve.name)


def told_curve(curve: Curve) -> str:
    """A curve in words."""
    first, last = curve.points[0], curve.points[-1]
    if len(curve.points) == 1:
        return f"给您看的错 {share(last.shown)}，机器原来听到的错 {share(last.heard)}。再多改正一些就有曲线了。"
    return f"{curve_name(curve)}要改的字：先是 {share(first.shown)}，现在是 {share(last.shown)}"


def share(part: float) -> str:
    """A part as per cent: 12.5%."""
    return f"{100 * part:.1f}%"


def drawn(curve: Curve) -> Drawing:
    """The picture of a curve of two points or more."""
    highest = max(max(point.heard, point.shown) for point in curve.points)
    top = next((step for step in _STEPS if highest <= step), highest)
    across = (WIDTH - _LEFT - _RIGHT) / max(1, len(curve.points) - 1)

    def at(place: int, share: float) -> tuple[float, float]:
        return round(_LEFT + across * place, 1), round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * share / top, 1)

    heard = [at(place, point.heard) for place, point in enumerate(curve.points)]
    shown = [at(place, point.shown) for place, point in enumerate(curve.points)]
    scale = [(at(0, top * part)[1], round(100 * top * part)) for part in (0, 0.5, 1)]
    return Drawing(_line(heard), _line(shown), tuple(shown), tuple(scale))


def _line(places: list[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)
