"""Commands about what the service learns: lessons from corrections, sorting from decided cases."""

import click
from flask.cli import AppGroup

from app.cli.context import parts, unit_of_work
from app.jobs import work
from app.models import LearningRun, SortingRun
from app.services.learning import lessons
from app.services.sorting import in_use, training_runs

lessons_group = AppGroup("lessons", help="What is learnt from corrections.")
sorting = AppGroup("sorting", help="How matters are sorted into categories.")


@lessons_group.command("learn")
def learn_lessons() -> None:
    """Learn from every correction now, and show the result."""
    with parts().database.session() as session:
        run = lessons.ask(session, "command")
    work.work_on(parts(), LearningRun, run.id)
    with parts().database.reading() as session:
        run = session.get_one(LearningRun, run.id)
        if run.finished_at is None:
            raise click.ClickException(run.error or "Another worker is at it.")
        click.echo(
            f"{run.corrections} corrections. Wrong characters on calls kept apart: {run.wrong_before} before, "
            f"{run.wrong_after} after, of {run.characters}."
        )
        for lesson in lessons.everything(session):
            if lesson.state == "on":
                click.echo(f"  {lesson.heard} -> {lesson.meant}  ({lesson.calls} cases)")


@sorting.command("learn")
def learn_sorting() -> None:
    """Learn sorting from every decided case now. Used only where it is better on the cases kept apart."""
    with parts().database.session() as session:
        run = training_runs.ask(session, "command")
    work.work_on(parts(), SortingRun, run.id)
    with parts().database.reading() as session:
        run = session.get_one(SortingRun, run.id)
        if run.finished_at is None:
            raise click.ClickException(run.error or "Another worker is at it.")
        click.echo(_told(run))


@sorting.command("undo")
def undo_sorting() -> None:
    """Stop using what was learnt last. What sorted before it does so again."""
    click.echo(f"No longer in use: {_told(unit_of_work(in_use.undo))}")


@sorting.command("runs")
def sorting_runs() -> None:
    """List what was learnt, when, and how good it was, the newest first."""
    with parts().database.reading() as session:
        for run in in_use.runs(session):
            click.echo(f"{run.at:%Y-%m-%d %H:%M} {_told(run)}")


def _told(run: SortingRun) -> str:
    if run.state == "few":
        return f"too few decided cases: {run.learnt_from} to learn from, {run.apart} kept apart."
    numbers = f"learnt from {run.learnt_from} cases; macro-F1 on {run.apart} kept apart {run.f1_before:.3f} before, "
    return f"{run.state or 'not done yet'}: {numbers}{run.f1_after:.3f} after. {run.sha256[:12]}".rstrip()
