"""Commands about the figures that leaders see."""

import click
from flask.cli import AppGroup

from app.cli.context import parts
from app.services.figures import day_table

group = AppGroup("figures", help="What leaders see, counted a day at a time.")


@group.command("rebuild")
def rebuild() -> None:
    """Count every day again."""
    count = 0
    for day in day_table.rebuild(parts().database):
        click.echo(f"  {day}")
        count += 1
    click.echo(f"{count} days counted.")


@group.command("check")
def check() -> None:
    """Compare the figures with a recount. Prints a line for each difference; exit code 1 if there is any."""
    count = 0
    with parts().database.reading() as session:
        for line in day_table.differences(session):
            click.echo(line)
            count += 1
    if count:
        raise click.ClickException(f"{count} counts are wrong; count again with: flask --app wsgi figures rebuild")
    click.echo("Every day that was counted is right.")
