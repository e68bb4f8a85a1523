"""Names spoken beforehand, with a line that says how far it is: for `start`, `villages load`, `prompts render`."""

import time
from collections.abc import Callable

import click

from app.parts import Parts
from app.services.conversation import spoken_names
from app.services.wording import prompts

WHAT = "Speaking the names of villages and categories"
_LINE_SECONDS = 20  # between two lines where the output is no terminal
_TELLING = 3  # names that must have been spoken before their mean says anything: the first loads the voice
_MOST_NAMED = 10  # names that are listed when they could not be spoken


def speak_names(parts: Parts, clock: Callable[[], float] = time.monotonic) -> None:
    """Render every name that a call may need and that has no sound yet, with a line that says how many are done and
    about how long the rest takes; those that could not be spoken are listed. `clock` counts seconds."""
    with parts.database.reading() as session:
        waiting = prompts.unspoken(parts, spoken_names.texts_to_render(parts, session))
    if not waiting:
        return
    line = _Line(len(waiting), clock)
    failed = []
    for text, done in prompts.render_missing(parts, waiting):
        line.one_more()
        failed += [] if done else [text]
    line.end()
    if failed:
        named = "、".join(failed[:_MOST_NAMED]) + (" ..." if len(failed) > _MOST_NAMED else "")
        click.echo(
            f"{len(failed)} names could not be spoken now and are left out of calls; the worker tries again: {named}"
        )


class _Line:
    """How far it is: in a terminal one line that is written over, elsewhere (a log, a pipe) a new one now and then."""

    def __init__(self, total: int, clock: Callable[[], float]):
        self._total, self._clock = total, clock
        self._terminal = click.get_text_stream("stdout").isatty()
        self._spoken = 0
        self._begun = clock()
        self._show()

    def one_more(self) -> None:
        self._spoken += 1
        due = self._clock() - self._shown >= _LINE_SECONDS
        if self._terminal or (due and self._spoken < self._total):
            self._show()

    def end(self) -> None:
        click.echo("") if self._terminal else self._show()

    def _show(self) -> None:
        self._shown = self._clock()
        text = f"{WHAT}: {self._spoken} of {self._total}{self._left()}"
        click.echo(f"\r{text}\033[K" if self._terminal else text, nl=not self._terminal)

    def _left(self) -> str:
        """What the rest takes if it goes on as it did: the mean of those spoken now."""
        rest = self._total - self._spoken
        if not rest or self._spoken < _TELLING:
            return ""
        return f", about {_in_words((self._clock() - self._begun) / self._spoken * rest)} left"


def _in_words(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"
