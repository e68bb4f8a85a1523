"""Commands about the town's lists: its villages and its departments."""

from pathlib import Path

import click
from flask.cli import AppGroup

from app.cli.context import parts
from app.cli.speaking import speak_names
from app.services.directory import departments, national_list, villages
from app.services.sorting import categories
from app.services.wording import editions

villages_group = AppGroup("villages", help="The town's villages.")
departments_group = AppGroup("departments", help="The town's departments.")


@villages_group.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load_villages(file: Path) -> None:
    """Load villages from a YAML file. Renders their names; app/data/example_villages.yaml is a model for FILE."""
    try:
        with parts().database.session() as session:
            count = villages.load_villages(session, file)
    except villages.PlacesUnusable as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{count} villages.")
    speak_names(parts())


@villages_group.command("prepare")
@click.argument("county")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o", "--output", "target", type=click.Path(dir_okay=False, path_type=Path), default="villages.yaml",
    show_default=True, help="The file to write.",
)  # fmt: skip
def prepare_villages(county: str, source: Path, target: Path) -> None:
    """Write a county's villages into a file. Cuts COUNTY (six digits) out of the national list in SOURCE, for staff to
    complete and load."""
    try:
        count = national_list.prepare(county, source, target)
    except national_list.SourceUnusable as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{count} villages in {target}; complete it, then: flask --app wsgi villages load {target}")


@departments_group.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load_departments(file: Path) -> None:
    """Load departments from a YAML file. app/data/example_departments.yaml is a model for FILE."""
    try:
        with parts().database.session() as session:
            editions.refresh(parts(), session)  # the categories that name departments may be published ones
            count = departments.load_departments(session, file, categories.departments_named())
    except departments.DepartmentsUnusable as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{count} departments.")
