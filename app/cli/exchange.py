"""Commands for working with other systems: keys, webhooks, files of cases, the national list of places."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from app.errors import Refused
from app.parts import Parts
from app.services.directory import national_list as national_list
from app.services.exchange import api_keys, case_export, case_import, pulling
from app.services.exchange import webhooks as hooks
from app.services.exchange.case_file import BadLine

exchange = AppGroup("exchange", help="Other systems: what they may report and read, and what is fetched from them.")
webhooks = AppGroup("webhooks", help="Which other systems are told of events.")
export = AppGroup("export", help="Files for other systems.")
import_ = AppGroup("import", help="Files from other systems.")
place_list = AppGroup("places", help="The list of towns and villages.")
GROUPS = (exchange, webhooks, export, import_, place_list)


def parts() -> Parts:
    """The parts of the service that the command belongs to."""
    return current_app.extensions["xiangyin"]


def _done(do):
    """What `do` gives, in one unit of work; what is refused ends the command with its sentence."""
    try:
        with parts().database.session() as session:
            return do(session)
    except Refused as error:
        raise click.ClickException(str(error)) from error


@exchange.command("key")
@click.argument("name")
@click.option("--reads", is_flag=True, help="It may read every decided case, not only what is public.")
@with_appcontext
def key(name: str, reads: bool) -> None:
    """Make the key with which the system called NAME reports matters, and print it, this once."""
    click.echo(_done(lambda session: api_keys.make(session, name, reads=reads)))


@exchange.command("keys")
@with_appcontext
def keys() -> None:
    """Who has a key, and since when."""
    with parts().database.reading() as session:
        for each in api_keys.every(session):
            may = "reports and reads" if each.reads else "reports"
            ended = f", ended {each.ended_at:%Y-%m-%d}" if each.ended_at else ""
            click.echo(f"{each.name}: {may}, since {each.created_at:%Y-%m-%d}{ended}")


@exchange.command("end")
@click.argument("name")
@with_appcontext
def end(name: str) -> None:
    """Let the key of NAME open nothing any more."""
    _done(lambda session: api_keys.end(session, name))
    click.echo(f"The key of {name} opens nothing any more.")


@webhooks.command("add")
@click.argument("url")
@click.option("--event", "events", multiple=True, help="A name such as case.closed; several times; left out, all.")
@with_appcontext
def add(url: str, events: tuple[str, ...]) -> None:
    """Tell URL of events from now on, and print the secret that signs them, this once."""
    inside = parts().settings.webhooks_inside
    row = _done(lambda session: hooks.add(session, url, events or [hooks.EVERYTHING], inside=inside))
    click.echo(f"{row.id}\n{hooks.secret_of(parts().settings.secret, row.id)}")


@webhooks.command("list")
@with_appcontext
def list_webhooks() -> None:
    """Who is told of what, how much is on its way, and when something was last taken."""
    with parts().database.reading() as session:
        standing = hooks.standing(session)
        for each in hooks.every(session):
            waiting, last = standing.get(each.id, (0, None))
            taken = f"last taken {last:%Y-%m-%d %H:%M}" if last else "nothing taken yet"
            click.echo(f"{each.id} {each.url} {' '.join(each.events)}: {waiting} on the way, {taken}")
        if count := hooks.untold(session):
            click.echo(f"{count} failed for good; the desk's page 对外推送 shows them.")


@webhooks.command("remove")
@click.argument("id", type=click.UUID)
@with_appcontext
def remove(id: UUID) -> None:
    """Tell this webhook nothing any more."""
    _done(lambda session: hooks.remove(session, id))
    click.echo("Removed.")


@export.command("cases")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="The first day; left out, from the beginning.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="The last day; left out, to the end.")
@click.option("--with-callers", is_flag=True, help="With the callers' telephone numbers.")
@click.option("--with-recordings", type=click.Path(file_okay=False, path_type=Path), help="Recordings, into a folder.")
@with_appcontext
def export_cases(
    file: Path, first: datetime | None, last: datetime | None, with_callers: bool, with_recordings: Path | None
) -> None:
    """Write the cases received from the first to the last day into FILE, with their ledgers."""
    days = {"first": first and first.date(), "last": last and last.date()}
    sounds = (parts().storage, with_recordings) if with_recordings else None
    with parts().database.reading() as session:
        town = parts().settings.town
        came = case_export.export(session, file, town=town, **days, callers=with_callers, sounds=sounds)
    click.echo(f"{came.cases} cases.")
    if came.missing:
        raise click.ClickException(f"The store does not give a recording as it was kept: {', '.join(came.missing)}.")


@import_.command("cases")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--with-recordings", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Their folder.")
@with_appcontext
def import_cases(file: Path, with_recordings: Path | None) -> None:
    """Import the cases of FILE: all, or none and the reason. What is known already is left as it is."""
    sounds = (parts().storage, with_recordings) if with_recordings else None
    try:
        with parts().database.session() as session:
            came = case_import.load(session, file, sounds=sounds)
    except BadLine as error:
        raise click.ClickException(f"Nothing was imported. {error}") from error
    click.echo(f"{came.new} new, {came.further} brought up to date, {came.known} known already.")
    for theirs, ours in came.renumbered.items():
        click.echo(f"  case {theirs} is {ours} here: its number was another's.")


@exchange.command("pull")
@click.argument("url")
@click.option("--key", default="", help="The key that the other server wants, if any.")
@click.option("--jurisdiction", default="", help="Its jurisdiction_id, if it wants one.")
@with_appcontext
def pull(url: str, key: str, jurisdiction: str) -> None:
    """Fetch the open requests of the Open311 server at URL (…/v2) as cases, each once."""
    try:
        came = pulling.pull(parts(), url, key=key, jurisdiction=jurisdiction)
    except pulling.CannotPull as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{came.new} new, {came.changed} changed there, {came.known} as before, {came.skipped} unusable.")


@place_list.command("prepare")
@click.argument("county")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--output", "target", type=click.Path(dir_okay=False, path_type=Path), default="villages.yaml")
def prepare(county: str, source: Path, target: Path) -> None:
    """Cut the villages of COUNTY (six digits) out of the national list in SOURCE, for staff to complete."""
    try:
        count = national_list.prepare(county, source, target)
    except national_list.SourceUnusable as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{count} villages in {target}; complete it, then: flask --app wsgi villages {target}")
