"""`flask try`: place a call or send a text over the simulated phone network, and watch what comes of it."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from app import schema
from app.carriers.choose import company
from app.carriers.simulator import NoNetwork, Number, control_token, try_call, try_text
from app.cli.trial import DidNotStart, is_running, trial
from app.files import DATA
from app.models import Case, Conversation, Turn
from app.models.case import STATES
from app.parts import Parts
from app.settings import Settings
from ivr import turn as ivr

SAMPLE = DATA / "sample_call.wav"
FIRST_LOGIN = "XIANGYIN_FIRST_LOGIN"  # handed by `flask start` to the demo it starts
_DEMO_CALLER = "+8619900008888"
_TRANSCRIPT_SECONDS = 60
_START_SECONDS = 90

group = AppGroup("try", help="Try the service over the simulated phone network.")


def hotline(settings: Settings) -> Number:
    """The hotline's number as the simulated network has it set up (at a real carrier a person does this once)."""
    base = settings.base_url.rstrip("/")
    return Number(
        number=settings.hotline,
        voice_url=f"{base}/calls",
        voice_fallback_url=settings.fallback_url,
        status_callback=f"{base}/calls/ended",
        sms_url=f"{base}/texts",
    )


@group.command("call")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--keys", default="", help="1: when a key is asked for; 1!: at once; 0~2.5: into a recording; 0@12: at 12 s."
)
@click.option("--from", "caller", default="+8619900001234", show_default=True, help="The caller's number.")
@click.option("--hang-up", default=None, help="Seconds into the call, or after_speaking.")
def call(files: tuple[Path, ...], keys: str, caller: str, hang_up: str | None) -> None:
    """Call the hotline and say FILES (WAV), one for each time the hotline listens."""
    parts = _parts()
    with _service(parts):
        _call(parts, [file.read_bytes() for file in files], keys, caller, hang_up)


@group.command("text")
@click.argument("body")
@click.option("--from", "caller", default="+8619900001234", show_default=True, help="The texter's number.")
def text(body: str, caller: str) -> None:
    """Text BODY to the hotline and wait for the answer."""
    parts = _parts()
    with _service(parts):
        _text(parts, body, caller)


@group.command("demo", hidden=True)
@click.option("--first", is_flag=True)
def demo(first: bool) -> None:
    """What `make run` does once the service is up: on a first start, a call from a sample recording."""
    parts = _parts()
    deadline = time.monotonic() + _START_SECONDS
    while not is_running(parts.settings):
        if time.monotonic() > deadline:
            return
        time.sleep(0.3)
    if first:
        click.echo("A demo call: somebody from a fictional village rings and speaks.")
        _call(parts, [SAMPLE.read_bytes()], "1", _DEMO_CALLER, None)
    click.secho(f"Ready: {parts.settings.base_url}/   {os.environ.get(FIRST_LOGIN, '')}", bold=True)


def _parts() -> Parts:
    parts: Parts = current_app.extensions["xiangyin"]
    if not company(parts.settings).simulated:
        raise click.ClickException("`flask try` uses the simulated network: it needs XIANGYIN_CARRIER=simulator.")
    return parts


@contextmanager
def _service(parts: Parts) -> Iterator[None]:
    """The running service, or one started for this command."""
    if is_running(parts.settings):
        running = nullcontext()
    else:
        click.echo("The service is not running; it is started for this try.")
        if why := schema.must_stop(parts.database):
            raise click.ClickException(f"{why} Then: flask --app wsgi database upgrade --stopped")
        schema.upgrade(parts.database)
        running = trial(parts.settings, parts.settings.data / "try.log")
    try:
        with running:
            yield
    except (NoNetwork, DidNotStart) as error:
        raise click.ClickException(str(error)) from error


def _call(parts: Parts, speech: list[bytes], keys: str, caller: str, hang_up: str | None) -> None:
    token, shown, call_id = control_token(parts.settings.carrier_secret), 0, ""
    url = parts.settings.simulator_url
    for event in try_call(url, token, speech, caller=caller, keys=keys, hang_up=hang_up):
        call_id = call_id or event.get("call", "")
        shown = _show_turns(parts, call_id, shown)
        _show(event)
    _show_turns(parts, call_id, shown)
    _show_case(parts, call_id)


def _text(parts: Parts, body: str, caller: str) -> None:
    token = control_token(parts.settings.carrier_secret)
    for event in try_text(parts.settings.simulator_url, token, body, caller=caller, wait_s=8):
        _show(event)
    with parts.database.reading() as session:
        thread = select(Conversation).where(Conversation.carrier_id == f"sms:{caller}")
        conversation = session.scalar(thread)
        if conversation is not None and conversation.case is not None:
            _describe(conversation.case)


def _show(event: dict) -> None:
    details = "  ".join(f"{key} {value}" for key, value in event.items() if key not in ("event", "at", "call"))
    click.secho(f"  {event.get('at', ''):>6}  {event.get('event', '')}  {details}", dim=True)


def _show_turns(parts: Parts, call_id: str, shown: int) -> int:
    """Print what the hotline said in turns that are new, and give how many there are."""
    with parts.database.reading() as session:
        rows = session.scalars(
            select(Turn).join(Conversation).where(Conversation.carrier_id == call_id).order_by(Turn.number)
        ).all()
    for row in rows[shown:]:
        for event in ivr.from_json(row.turn).events:
            if isinstance(event, ivr.Speak) and event.text:
                click.echo(f"< {event.text}")
    return len(rows)


def _show_case(parts: Parts, call_id: str) -> None:
    deadline = time.monotonic() + _TRANSCRIPT_SECONDS
    while True:
        with parts.database.reading() as session:
            conversation = session.scalar(select(Conversation).where(Conversation.carrier_id == call_id))
            case = conversation.case if conversation else None
            done = case is not None and _is_quiet(case)
            if done or time.monotonic() > deadline:
                break
        time.sleep(0.2)
    with parts.database.reading() as session:
        conversation = session.scalar(select(Conversation).where(Conversation.carrier_id == call_id))
        if conversation is None or conversation.case is None:
            click.echo("No case was opened.")
            return
        _describe(session.get_one(Case, conversation.case_id))


def _is_quiet(case: Case) -> bool:
    """Whether nothing is on its way for this case: everything transcribed, every text handed in."""
    transcribed = all(r.state == "transcribed" or r.failed for r in case.recordings)
    return transcribed and not any(m.state in ("waiting", "sending", "unknown") and not m.failed for m in case.messages)


def _describe(case: Case) -> None:
    click.secho(f"Case {case.number}  {STATES[case.state]}{'  急' if case.urgent else ''}", bold=True)
    for recording in case.recordings:
        heard = recording.transcript
        said = f"“{heard.text}” ({heard.engine}, {heard.confidence:.0%} sure)" if heard else "not transcribed yet"
        click.echo(f"  recording  {recording.seconds:.0f} s  {said}")
    if case.text:
        click.echo(f"  text       {case.text}")
    proposal = case.proposal
    click.echo(f"  category   {case.category or proposal.category}  → {proposal.department}")
    click.echo(f"  place      {case.place or proposal.place}")
    for message in case.messages:
        click.echo(f"  SMS {'to' if message.outgoing else 'from'} caller ({message.state})  {message.body}")
