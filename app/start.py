"""`flask start`: everything a first run needs, then the service itself (what `make run` does)."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select

from app import schema
from app.carriers.choose import company
from app.files import DATA
from app.models import Case, Village
from app.parts import Parts
from app.services.directory import departments, operators, villages
from app.services.directory.roles import ADMIN
from app.services.sorting import categories
from app.speaking import speak_names
from app.try_it import FIRST_LOGIN

SAMPLE = DATA / "sample_call.wav"
_ROOT = Path(__file__).parents[1]


@click.command("start")
@with_appcontext
def start() -> None:
    """Set up what is missing, start web, worker and the rest, and place a demo call on the first start."""
    parts: Parts = current_app.extensions["xiangyin"]
    for problem in [*parts.settings.problems(), *_taken_ports(parts)]:
        raise click.ClickException(problem)
    if why := schema.must_stop(parts.database):
        click.echo(f"{why} None of their ports is in use on this machine, so it goes on.")
    schema.upgrade(parts.database)
    first_login = _first_operator(parts)
    _first_villages(parts)
    _first_departments(parts)
    speak_names(parts)
    address = urlsplit(parts.settings.base_url)
    if address.hostname in ("127.0.0.1", "localhost") and address.port:
        os.environ.setdefault("XIANGYIN_BIND", f"127.0.0.1:{address.port}")
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    processes = ["web", "worker", "fallback", *(["stream"] if parts.settings.live else [])]
    if company(parts.settings).simulated:
        processes.append("phones")
        flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
        with parts.database.reading() as session:
            fresh = session.scalar(select(func.count()).select_from(Case)) == 0
        demo = [*flask, "try", "demo", *(["--first"] if fresh else [])]
        subprocess.Popen(demo, cwd=_ROOT, env={**env, FIRST_LOGIN: first_login})
    _say_where(parts)
    os.chdir(_ROOT)
    os.execve(sys.executable, [sys.executable, "-m", "app.processes", *processes], env)


def _first_operator(parts: Parts) -> str:
    """Make the first operator where there is none; returns how they log in, to be said again when all is up."""
    with parts.database.session() as session:
        if operators.everybody(session):
            return ""
        password = operators.random_password()
        operators.add_operator(session, "desk", "值班员", password, role=ADMIN).head = True
    login = f"login desk, password {password}"
    click.secho(f"First operator: {login}  (write it down; it is not kept anywhere)", bold=True)
    click.echo("A new password: .venv/bin/flask --app wsgi operator password desk")
    return login


def _first_villages(parts: Parts) -> None:
    with parts.database.session() as session:
        if not session.scalar(select(func.count()).select_from(Village)):
            villages.load_villages(session, villages.EXAMPLE)
            click.echo("A small fictional town was set up; load your own with: flask --app wsgi villages FILE")


def _first_departments(parts: Parts) -> None:
    with parts.database.session() as session:
        if not departments.departments(session):
            departments.load_departments(session, departments.EXAMPLE, categories.departments_named())


def _taken_ports(parts: Parts) -> list[str]:
    addresses = {"the console": parts.settings.base_url, "the fallback": parts.settings.fallback_url}
    if parts.settings.live:
        addresses["live listening"] = f"ws://127.0.0.1:{parts.settings.stream_port}"
    if company(parts.settings).simulated:
        addresses["the simulated phone network"] = parts.settings.simulator_url
    found = []
    for what, address in addresses.items():
        host, port = urlsplit(address).hostname, urlsplit(address).port
        if host not in ("127.0.0.1", "localhost") or port is None:
            continue
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((host, port))
            except OSError:
                found.append(f"Port {port}, wanted for {what}, is in use: is the service running already?")
    return found


def _say_where(parts: Parts) -> None:
    click.echo("")
    click.secho(
        f"The console: {parts.settings.base_url}/   (ready in a few seconds; Ctrl-C ends the service)", bold=True
    )
    if company(parts.settings).simulated:
        click.secho(f"A telephone to practise with, no login needed: {parts.settings.base_url}/practice", bold=True)
        click.echo("Or try, in another terminal:")
        click.echo(f"  .venv/bin/flask --app wsgi try call {SAMPLE.relative_to(_ROOT)} --keys 1 --from +8619900004321")
        click.echo("  .venv/bin/flask --app wsgi try text 清水村三组路灯坏了三天 --from +8619900001235")
    click.echo("")
