"""Week sheet (一周一页): the figures of one week in plain sentences, by rules, in the words of data/week_sheet.yaml."""

from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import yaml

from app.files import file, kept
from app.services.figures.costs import prices
from app.services.figures.day_counts import Amounts
from app.services.figures.unheard import Unheard
from app.services.figures.week import Figures, Line, Standing

_MOST_RISING, _MOST_UNHEARD = 3, 4
_SENTENCES = {  # what is said -> what may be filled in
    "none": "",
    "received": "count change",
    "more": "number",
    "less": "number",
    "same": "",
    "matter": "matter count",
    "matters": "matter count second second_count",
    "village": "village count",
    "again": "count",
    "answered": "count",
    "answered_late": "count late",
    "late": "late near",
    "late_of": "department count",
    "on_time": "",
    "near": "near",
    "rising": "what count usual",
    "no_rising": "",
    "unheard": "villages",
    "speech": "dialect share",
    "cost": "minutes parts money currency",
}


class WeekSheetUnusable(Exception):
    """The file cannot work; the message says which sentence and why."""


@kept
def sentences() -> dict[str, str]:
    """Those in force."""
    return read_sentences(file("week_sheet.yaml"))


def read_sentences(path: Path) -> dict[str, str]:
    """The sentences of a file. Raises WeekSheetUnusable."""
    read = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    if not isinstance(read, dict) or set(read) != set(_SENTENCES):
        raise WeekSheetUnusable(f"{path.name}: needs exactly {', '.join(_SENTENCES)}.")
    for key, words in read.items():
        try:
            parts = list(Formatter().parse(words)) if isinstance(words, str) else [("", "?", "", None)]
        except ValueError as error:
            raise WeekSheetUnusable(f"{path.name}: {key} has a brace too many or too few.") from error
        for _, name, form, conversion in parts:
            if name is not None and (name not in _SENTENCES[key].split() or form or conversion):
                known = ", ".join(_SENTENCES[key].split()) or "nothing"
                raise WeekSheetUnusable(f"{path.name}: {key} cannot fill in {{{name}}}; {known} can be.")
    return read


def say(key: str, **values: object) -> str:
    """One sentence, filled in."""
    return sentences()[key].format(**values)


def told(figures: Figures, silent: Unheard) -> list[list[str]]:
    """The paragraphs of a week: what came, what was done, what to watch, whom to ask, what it cost."""
    paragraphs = [
        _came(figures),
        _done(figures.now, figures.standing if figures.is_newest else None),
        list(_watch(figures)),
        list(_silent(silent)),
        [_cost(figures.now)],
    ]
    return [said for said in ([words for words in one if words] for one in paragraphs) if said]


def change(now: int, before: int) -> str:
    """How a number differs from the week before's: 比上周多 18 件."""
    if now == before:
        return say("same")
    return say("more" if now > before else "less", number=abs(now - before))


def _came(figures: Figures) -> list[str]:
    now, before = figures.now, figures.before
    if not now.received:
        return [say("none")]
    said = [say("received", count=now.received, change=change(now.received, before.received))]
    matters = [(line.name, line.count) for line in figures.plain_matters if line.count]
    if len(matters) > 1:
        (first, most), (second, next_most) = matters[:2]
        said.append(say("matters", matter=first, count=most, second=second, second_count=next_most))
    elif matters:
        said.append(say("matter", matter=matters[0][0], count=matters[0][1]))
    villages = _decided(figures.villages)
    if villages and villages[0].count:
        said.append(say("village", village=villages[0].name, count=villages[0].count))
    return [*said, say("again", count=now.again)] if now.again else said


def _decided(lines) -> list[Line]:
    return [line for line in lines if "none" not in line.asked.values()]


def _done(now: Amounts, standing: Standing | None) -> list[str]:
    """`standing` is of this moment: it stands on the sheet of the newest week only."""
    said = []
    if now.answered_late:
        said.append(say("answered_late", count=now.answered, late=now.answered_late))
    elif now.answered:
        said.append(say("answered", count=now.answered))
    if standing is None:
        return said
    if standing.late:
        said.append(say("late", late=standing.late, near=standing.near))
        department, count, _ = standing.late_by_department[0]
        said.append(say("late_of", department=department, count=count))
    elif standing.near:
        said.append(say("near", near=standing.near))
    else:
        said.append(say("on_time"))
    return said


def _watch(figures: Figures) -> Iterator[str]:
    for rise in figures.rising[:_MOST_RISING]:
        yield say("rising", what="的".join(rise.names), count=rise.count, usual=round(rise.usual, 1))
    if not figures.rising and figures.now.received:
        yield say("no_rising")


def _silent(silent: Unheard) -> Iterator[str]:
    if few := [voice.name for voice in silent.villages if voice.few]:
        more = f"等 {len(few)} 个村" if len(few) > _MOST_UNHEARD else ""
        yield say("unheard", villages="、".join(few[:_MOST_UNHEARD]) + more)
    if len(silent.speech_dialects) > 1 and silent.speech_dialects[0].corrected:
        worst = silent.speech_dialects[0]
        yield say("speech", dialect=worst.name, share=round(100 * worst.share))


def _cost(now: Amounts) -> str:
    money = f"{prices().of(now):.2f}"
    return say("cost", minutes=now.minutes_out, parts=now.parts_out, money=money, currency=prices().currency)
