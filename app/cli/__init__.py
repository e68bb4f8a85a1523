"""Commands for whoever runs the service: `flask --app wsgi COMMAND`."""

import logging
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from app import schema
from app.carriers.choose import company
from app.carriers.simulator import create_network, serve
from app.cli import exchange, failures, start, try_it
from app.cli.speaking import speak_names
from app.errors import Refused
from app.jobs import work
from app.jobs import worker as worker_process
from app.models import LearningRun, SortingRun
from app.parts import Parts
from app.services import ledger as ledgers
from app.services.desk import card
from app.services.directory import departments as department_list
from app.services.directory import operators, villages
from app.services.directory.roles import DEPARTMENT, OPERATOR, ROLES
from app.services.figures import day_table
from app.services.learning import lessons
from app.services.search import indexing as searching
from app.services.sorting import categories, training_runs
from app.services.wording import editions, prompts
from app.telephone import stream as live
from speech_models.audio import BadSound

operator = AppGroup("operator", help="Who may log in at the desk.")
sort = AppGroup("sort", help="How matters are sorted into categories.")
search = AppGroup("search", help="What cases are found by.")
ledger = AppGroup("ledger", help="What was done about each case.")
figures = AppGroup("figures", help="What leaders see, counted a day at a time.")
prompt = AppGroup("prompts", help="The sounds that callers hear.")
_ROLE = click.Choice([role for role in ROLES if role != DEPARTMENT])  # a department's people are seated in it


def init_app(app: Flask) -> None:
    """Add the commands."""
    services = (worker, stream, phones, learn, start.start, try_it.group, *exchange.GROUPS)
    desk = (load_villages, departments, operator, ledger, figures, search, villagers_card, failures.failures)
    for command in (database, *desk, prompt, sort, *services):
        app.cli.add_command(command)


def parts() -> Parts:
    """The parts of the service that the command belongs to."""
    return current_app.extensions["xiangyin"]


@click.command("database")
@click.option("--stopped", is_flag=True, help="Every process has been stopped, where the upgrade needs it.")
@with_appcontext
def database(stopped: bool) -> None:
    """Create the database, or bring it up to this version."""
    why = schema.must_stop(parts().database)
    if why and not stopped:
        raise click.ClickException(f"{why} Once they are: flask --app wsgi database --stopped")
    schema.upgrade(parts().database)
    click.echo(f"The database is up to date: {parts().database.engine.url.render_as_string(hide_password=True)}")


@click.command("villages")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def load_villages(file: Path) -> None:
    """Load the town's villages from a YAML FILE (see app/data/example_villages.yaml), and render their names."""
    try:
        with parts().database.session() as session:
            count = villages.load_villages(session, file)
    except villages.PlacesUnusable as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{count} villages.")
    speak_names(parts())


@click.command("departments")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def departments(file: Path) -> None:
    """Load the town's departments from a YAML FILE (see app/data/example_departments.yaml)."""
    try:
        with parts().database.session() as session:
            editions.refresh(parts(), session)  # the categories that name departments may be published ones
            count = department_list.load_departments(session, file, categories.departments_named())
    except department_list.DepartmentsUnusable as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{count} departments.")


@click.command("card")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@with_appcontext
def villagers_card(file: Path) -> None:
    """Draw the card for villagers into a PDF FILE: the hotline's number, what to say, what the keys are for."""
    settings = parts().settings
    try:
        file.write_bytes(card.draw(settings.town, settings.hotline, settings.region))
    except (card.NoFont, card.CardUnusable, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{file}: {card.dialled(settings.hotline, settings.region)}")


@search.command("rebuild")
@with_appcontext
def rebuild() -> None:
    """Make anew what cases are found by, the first received first. The desk works on meanwhile."""
    click.echo(f"{searching.rebuild(parts().database)} cases.")


@ledger.command("verify")
@with_appcontext
def verify() -> None:
    """Prove every case's ledger; a line for each break, and exit code 1 if there is any."""
    count = 0
    with parts().database.reading() as session:
        for line in ledgers.breaks(session):
            click.echo(line)
            count += 1
    if count:
        raise click.ClickException(f"The ledger is broken in {count} places.")
    click.echo("The ledger is whole.")


@figures.command("rebuild")
@with_appcontext
def rebuild_figures() -> None:
    """Count every day anew."""
    count = 0
    for day in day_table.rebuild(parts().database):
        click.echo(f"  {day}")
        count += 1
    click.echo(f"{count} days counted.")


@figures.command("check")
@with_appcontext
def check_figures() -> None:
    """Compare what was counted with a recount; a line for each difference, and exit code 1 if there is any."""
    count = 0
    with parts().database.reading() as session:
        for line in day_table.differences(session):
            click.echo(line)
            count += 1
    if count:
        raise click.ClickException(f"{count} counts are wrong; count anew with: flask --app wsgi figures rebuild")
    click.echo("Every day that was counted is right.")


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Work on recordings, texts and calls until stopped."""
    worker_process.run(parts().queue, parts().settings.workers)


@click.command("learn")
@with_appcontext
def learn() -> None:
    """Learn from every correction now, and show what came of it."""
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


@click.command("stream")
@with_appcontext
def stream() -> None:
    """Listen to what callers say while they say it, until stopped (only with XIANGYIN_LIVE=true)."""
    if not parts().settings.live:
        raise click.ClickException("Calls are listened to as they go on only with XIANGYIN_LIVE=true.")
    live.run(parts())


@click.command("phones")
@with_appcontext
def phones() -> None:
    """The simulated phone network (only with XIANGYIN_CARRIER=simulator), on the loopback address."""
    settings = parts().settings
    if not company(settings).simulated:
        raise click.ClickException("The simulated network only runs with XIANGYIN_CARRIER=simulator.")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # the network tells what happens in its own words
    network = create_network(settings.account_sid, settings.carrier_secret, try_it.hotline(settings))
    serve(network, urlsplit(settings.simulator_url).port).serve_forever()


@sort.command("learn")
@with_appcontext
def learn_to_sort() -> None:
    """Learn from every decided case now; in use only where better on the cases kept apart."""
    with parts().database.session() as session:
        run = training_runs.ask(session, "command")
    work.work_on(parts(), SortingRun, run.id)
    with parts().database.reading() as session:
        run = session.get_one(SortingRun, run.id)
        if run.finished_at is None:
            raise click.ClickException(run.error or "Another worker is at it.")
        click.echo(_told(run))


@sort.command("undo")
@with_appcontext
def undo_sorting() -> None:
    """Stop using what was learnt last; what sorted before it does again."""
    try:
        with parts().database.session() as session:
            run = training_runs.undo(session)
    except Refused as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"No longer in use: {_told(run)}")


@sort.command("runs")
@with_appcontext
def sorting_runs() -> None:
    """What was learnt, when, and how it did, the newest first."""
    with parts().database.reading() as session:
        for run in training_runs.runs(session):
            click.echo(f"{run.at:%Y-%m-%d %H:%M} {_told(run)}")


def _told(run: SortingRun) -> str:
    if run.state == "few":
        return f"too few decided cases: {run.learnt_from} to learn from, {run.apart} kept apart."
    numbers = f"learnt from {run.learnt_from} cases; macro-F1 on {run.apart} kept apart {run.f1_before:.3f} before, "
    return f"{run.state or 'not done yet'}: {numbers}{run.f1_after:.3f} after. {run.sha256[:12]}".rstrip()


@operator.command("add")
@click.argument("login")
@click.option("--name", default="", help="How the desk calls them; the login if left out.")
@click.option("--role", type=_ROLE, default=OPERATOR, show_default=True)
@with_appcontext
def add_operator(login: str, name: str, role: str) -> None:
    """Add an operator and print a password to begin with; they choose their own at the first login."""
    password = operators.random_password()
    _desk(lambda session: operators.add_operator(session, login, name or login, password, role=role, must_change=True))
    click.echo(f"Login {login}, password {password}")


@operator.command("password")
@click.argument("login")
@with_appcontext
def new_password(login: str) -> None:
    """Give an operator a new password to begin with and print it; their sessions are over."""
    with parts().database.session() as session:
        found = operators.named(session, login)
        if found is None:
            raise click.ClickException(f"There is no login {login}.")
        password = operators.start_password(session, found, None)
    click.echo(f"Login {login}, password {password}")


@operator.command("seat")
@click.argument("login")
@click.option("--department", default="", help="Their department; left out, they sit at the desk.")
@click.option("--head", is_flag=True, help="They are the desk's head.")
@click.option("--role", type=_ROLE, default=None, help="At the desk; left out, the role they have.")
@with_appcontext
def seat(login: str, department: str, head: bool, role: str | None) -> None:
    """Say where an operator sits: in a department, at the desk, or as its head; and their role at the desk."""
    _desk(lambda session: operators.seat(session, login, department, head=head, role=role or ""))
    click.echo(f"{login}: {department or ('head of the desk' if head else 'the desk')}")


@prompt.command("render")
@click.option("--all", "again", is_flag=True, help="Render what is there already, too.")
@with_appcontext
def render(again: bool) -> None:
    """Render the fixed words into ivr/words/audio, and the names of places and matters into the store."""
    if again:
        shutil.rmtree(prompts.SHIPPED / prompts.DEFAULT_DIALECT, ignore_errors=True)
    for fragment in prompts.render_words(parts()):
        click.echo(f"{fragment.id}: {fragment.text}")
    speak_names(parts())


@prompt.command("record")
@click.argument("fragment")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dialect", default=prompts.DEFAULT_DIALECT, show_default=True)
@with_appcontext
def record(fragment: str, file: Path, dialect: str) -> None:
    """Use a person's recording FILE for FRAGMENT (such as ask.1); from now on it is what callers hear."""
    known = {f.id: f for f in prompts.fixed_fragments(parts(), dialect)}
    if fragment not in known:
        raise click.ClickException(f"There is no fragment {fragment}; there are: {', '.join(sorted(known))}")
    try:
        prompts.keep_persons_recording(parts(), dialect, known[fragment], file.read_bytes())
    except BadSound as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{fragment} ({known[fragment].text}) is now said by {file.name}.")


def _desk(do, *values) -> None:
    try:
        with parts().database.session() as session:
            do(session, *values)
    except Refused as error:
        raise click.ClickException(str(error)) from error
