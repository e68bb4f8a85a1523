"""Commands about what is kept: the database, the ledger of every case, and the index of the search."""

import click
from flask.cli import AppGroup

from app import schema
from app.cli.context import parts
from app.services import ledger as ledgers
from app.services.search import indexing

database = AppGroup("database", help="The database of the service.")
ledger = AppGroup("ledger", help="What was done about each case.")
search = AppGroup("search", help="What cases are found by.")


@database.command("upgrade")
@click.option("--stopped", is_flag=True, help="Every process has been stopped, where the upgrade needs it.")
def upgrade(stopped: bool) -> None:
    """Create the database, or bring it up to this version."""
    why = schema.must_stop(parts().database)
    if why and not stopped:
        raise click.ClickException(f"{why} Once they are: flask --app wsgi database upgrade --stopped")
    schema.upgrade(parts().database)
    click.echo(f"The database is up to date: {parts().database.engine.url.render_as_string(hide_password=True)}")


@ledger.command("verify")
def verify() -> None:
    """Verify the ledger of every case. Prints a line for each break; exit code 1 if there is any."""
    count = 0
    with parts().database.reading() as session:
        for line in ledgers.breaks(session):
            click.echo(line)
            count += 1
    if count:
        raise click.ClickException(f"The ledger is broken in {count} places.")
    click.echo("The ledger is whole.")


@search.command("rebuild")
def rebuild() -> None:
    """Rebuild the index of the search, in the order of receipt. The desk works on meanwhile."""
    click.echo(f"{indexing.rebuild(parts().database)} cases.")
