"""Commands about the sounds that callers hear."""

import shutil
from pathlib import Path

import click
from flask.cli import AppGroup

from app.cli.context import parts
from app.cli.speaking import speak_names
from app.services.wording import prompts
from speech_models.audio import BadSound

group = AppGroup("prompts", help="The sounds that callers hear.")


@group.command("render")
@click.option("--all", "again", is_flag=True, help="Render also what is there already.")
def render(again: bool) -> None:
    """Render fixed words and names. Words go into ivr/words/audio, names of places and matters into the store."""
    if again:
        shutil.rmtree(prompts.SHIPPED / prompts.DEFAULT_DIALECT, ignore_errors=True)
    for fragment in prompts.render_words(parts()):
        click.echo(f"{fragment.id}: {fragment.text}")
    speak_names(parts())


@group.command("record")
@click.argument("fragment")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dialect", default=prompts.DEFAULT_DIALECT, show_default=True, help="The dialect it is spoken in.")
def record(fragment: str, file: Path, dialect: str) -> None:
    """Use a person's recording for a fragment. From now on callers hear FILE for FRAGMENT (such as ask.1)."""
    known = {f.id: f for f in prompts.fixed_fragments(parts(), dialect)}
    if fragment not in known:
        raise click.ClickException(f"There is no fragment {fragment}; there are: {', '.join(sorted(known))}")
    try:
        prompts.keep_persons_recording(parts(), dialect, known[fragment], file.read_bytes())
    except BadSound as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{fragment} ({known[fragment].text}) is now said by {file.name}.")
