"""The command that draws the card for villagers."""

from pathlib import Path

import click
from flask.cli import AppGroup

from app.cli.context import parts
from app.services.desk import card

group = AppGroup("card", help="The card for villagers.")


@group.command("draw")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def draw(file: Path) -> None:
    """Draw the card for villagers into a PDF file. It shows the hotline's number, what to say and the keys."""
    settings = parts().settings
    try:
        file.write_bytes(card.draw(settings.town, settings.hotline, settings.region))
    except (card.NoFont, card.CardUnusable, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{file}: {card.dialled(settings.hotline, settings.region)}")
