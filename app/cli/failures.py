"""Commands about what was not done: `flask --app wsgi failures list`, `failures retry`."""

from uuid import UUID

import click
from flask.cli import AppGroup

from app.cli.context import parts
from app.services.cases import failures as undone

group = AppGroup("failures", help="What jobs gave up, and what waits until a fault of ours is mended.")


@group.command("list")
def list_failures() -> None:
    """List what was given up and what is in trouble. Of what was given up, what nobody has seen yet."""
    with parts().database.reading() as session:
        for kind in undone.KINDS:
            for each in (*undone.given_up(session, kind), *undone.in_trouble(session, kind)):
                case = f" case {each.case.number}" if each.case else ""
                state = "given up" if each.failed else f"tried again {each.next_at:%Y-%m-%d %H:%M}"
                why = " ".join(part for part in (each.row.fault, undone.told(each.row)) if part)
                click.echo(f"{each.row.id} {kind}{case} of {each.at:%Y-%m-%d %H:%M}, {state}: {why}")
        for fault, count in undone.held_up(session).items():
            click.echo(f"{count} held up by {fault}.")
        click.echo(f"{sum(undone.counts(session).values())} given up.")


@group.command("retry")
@click.argument("ids", type=click.UUID, nargs=-1, metavar="[ID]...")
@click.option("--all", "everything", is_flag=True, help="Everything that was given up or waits.")
def retry(ids: tuple[UUID, ...], everything: bool) -> None:
    """Try what has these IDs again, or with --all everything."""
    if bool(ids) == everything:
        raise click.UsageError("Name what is to be tried again, or say --all.")
    with parts().database.session() as session:
        rows = undone.try_all_again(session) if everything else [_tried(session, id) for id in ids]
    for row in rows:
        parts().nudge(row)
    click.echo(f"{len(rows)} tried again.")


def _tried(session, id: UUID):
    found = undone.find(session, id)
    if found is None:
        raise click.ClickException(f"Nothing with the id {id} was given up.")
    if not undone.try_again(session, found):
        raise click.ClickException(f"{id} cannot be tried again: nobody is to get it, or there is nothing left to do.")
    return found.row
