"""Commands about operators: who may log in, with which password, and where they sit."""

import click
from flask.cli import AppGroup

from app.cli.context import parts, unit_of_work
from app.services.directory import operators
from app.services.directory.roles import DEPARTMENT, OPERATOR, ROLES

group = AppGroup("operators", help="Who may log in at the desk.")
_ROLE = click.Choice([role for role in ROLES if role != DEPARTMENT])  # a department's people are seated in it


@group.command("add")
@click.argument("login")
@click.option("--name", default="", help="How the desk calls them; the login if left out.")
@click.option("--role", type=_ROLE, default=OPERATOR, show_default=True, help="What they may do.")
def add(login: str, name: str, role: str) -> None:
    """Add an operator and print a start password. They choose their own at the first login."""
    password = operators.random_password()
    unit_of_work(
        lambda session: operators.add_operator(session, login, name or login, password, role=role, must_change=True)
    )
    click.echo(f"Login {login}, password {password}")


@group.command("password")
@click.argument("login")
def new_password(login: str) -> None:
    """Set a new start password for an operator and print it. Their sessions end."""
    with parts().database.session() as session:
        found = operators.named(session, login)
        if found is None:
            raise click.ClickException(f"There is no login {login}.")
        password = operators.start_password(session, found, None)
    click.echo(f"Login {login}, password {password}")


@group.command("seat")
@click.argument("login")
@click.option("--department", default="", help="Their department; left out, they sit at the desk.")
@click.option("--head", is_flag=True, help="They are the desk's head.")
@click.option("--role", type=_ROLE, default=None, help="At the desk; left out, the role they have.")
def seat(login: str, department: str, head: bool, role: str | None) -> None:
    """Set where an operator sits. In a department, at the desk, or as its head; and their role at the desk."""
    unit_of_work(lambda session: operators.seat(session, login, department, head=head, role=role or ""))
    click.echo(f"{login}: {department or ('head of the desk' if head else 'the desk')}")
