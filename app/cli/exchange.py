"""Commands for working with other systems: keys, requests of other servers, webhooks, files of cases."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import click
from flask.cli import AppGroup

from app.cli.context import parts, unit_of_work
from app.services.exchange import api_keys, case_export, case_import, pulling
from app.services.exchange import webhooks as hooks
from app.services.exchange.case_file import BadLine

keys = AppGroup("keys", help="Which other systems may report matters, or read cases, too.")
requests = AppGroup("requests", help="Requests of other Open311 servers.")
webhooks = AppGroup("webhooks", help="Which other systems are told of events.")
cases = AppGroup("cases", help="Files of cases.")


@keys.command("add")
@click.argument("name")
@click.option("--reads", is_flag=True, help="It may read every decided case, not only what is public.")
def add_key(name: str, reads: bool) -> None:
    """Add a key for the system called NAME and print it, this once. The system reports matters with it."""
    click.echo(unit_of_work(lambda session: api_keys.make(session, name, reads=reads)))


@keys.command("list")
def list_keys() -> None:
    """List who has a key, and since when."""
    with parts().database.reading() as session:
        for each in api_keys.every(session):
            may = "reports and reads" if each.reads else "reports"
            ended = f", ended {each.ended_at:%Y-%m-%d}" if each.ended_at else ""
            click.echo(f"{each.name}: {may}, since {each.created_at:%Y-%m-%d}{ended}")


@keys.command("end")
@click.argument("name")
def end_key(name: str) -> None:
    """End the key of the system called NAME."""
    unit_of_work(lambda session: api_keys.end(session, name))
    click.echo(f"The key of {name} opens nothing any more.")


@requests.command("pull")
@click.argument("url")
@click.option("--key", default="", help="The key that the other server wants, if any.")
@click.option("--jurisdiction", default="", help="Its jurisdiction_id, if it wants one.")
def pull(url: str, key: str, jurisdiction: str) -> None:
    """Fetch open requests as cases, each once. URL is that of the Open311 server (…/v2)."""
    try:
        came = pulling.pull(parts(), url, key=key, jurisdiction=jurisdiction)
    except pulling.CannotPull as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{came.new} new, {came.changed} changed there, {came.known} as before, {came.skipped} unusable.")


@webhooks.command("add")
@click.argument("url")
@click.option("--event", "events", multiple=True, help="A name such as case.closed; several times; left out, all.")
def add_webhook(url: str, events: tuple[str, ...]) -> None:
    """Add a webhook and print the secret that signs it, this once. URL is told of events from now on."""
    inside = parts().settings.webhooks_inside
    row = unit_of_work(lambda session: hooks.add(session, url, events or [hooks.EVERYTHING], inside=inside))
    click.echo(f"{row.id}\n{hooks.secret_of(parts().settings.secret, row.id)}")


@webhooks.command("list")
def list_webhooks() -> None:
    """List who is told of what, how much is on its way, and when something was last taken."""
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
def remove_webhook(id: UUID) -> None:
    """Remove a webhook. It is told nothing more; webhooks list shows the ID of each."""
    unit_of_work(lambda session: hooks.remove(session, id))
    click.echo("Removed.")


@cases.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="The first day; left out, from the beginning.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="The last day; left out, to the end.")
@click.option("--with-callers", is_flag=True, help="With the callers' telephone numbers.")
@click.option("--with-recordings", type=click.Path(file_okay=False, path_type=Path), help="Recordings, into a folder.")
def export_cases(
    file: Path, first: datetime | None, last: datetime | None, with_callers: bool, with_recordings: Path | None
) -> None:
    """Write cases with their ledgers into a file. Those received from the first to the last day go into FILE."""
    days = {"first": first and first.date(), "last": last and last.date()}
    sounds = (parts().storage, with_recordings) if with_recordings else None
    with parts().database.reading() as session:
        town = parts().settings.town
        came = case_export.export(session, file, town=town, **days, callers=with_callers, sounds=sounds)
    click.echo(f"{came.cases} cases.")
    if came.missing:
        raise click.ClickException(f"The store does not give a recording as it was kept: {', '.join(came.missing)}.")


@cases.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--with-recordings", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Their folder.")
def import_cases(file: Path, with_recordings: Path | None) -> None:
    """Import cases from a file: all of FILE, or none and the reason. What is known already is left as it is."""
    sounds = (parts().storage, with_recordings) if with_recordings else None
    try:
        with parts().database.session() as session:
            came = case_import.load(session, file, sounds=sounds)
    except BadLine as error:
        raise click.ClickException(f"Nothing was imported. {error}") from error
    click.echo(f"{came.new} new, {came.further} brought up to date, {came.known} known already.")
    for theirs, ours in came.renumbered.items():
        click.echo(f"  case {theirs} is {ours} here: its number was another's.")
