"""Commands that are processes of the service, each running until stopped: worker, stream, phones (see the Procfile)."""

import logging
from urllib.parse import urlsplit

import click
from flask import current_app
from flask.cli import with_appcontext

from app.carriers.choose import company
from app.carriers.simulator import create_network, serve
from app.cli.context import parts
from app.cli.try_it import hotline
from app.jobs import worker as worker_process
from app.telephone import stream as live


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Work on recordings, texts and calls until stopped."""
    worker_process.run(current_app.extensions["xiangyin.queue"], parts().settings.workers)


@click.command("stream")
@with_appcontext
def stream() -> None:
    """Listen to calls while they go on, until stopped (only with XIANGYIN_LIVE=true)."""
    if not parts().settings.live:
        raise click.ClickException("Calls are listened to as they go on only with XIANGYIN_LIVE=true.")
    live.run(parts())


@click.command("phones")
@with_appcontext
def phones() -> None:
    """Run the simulated phone network on the loopback address (only with XIANGYIN_CARRIER=simulator)."""
    settings = parts().settings
    if not company(settings).simulated:
        raise click.ClickException("The simulated network only runs with XIANGYIN_CARRIER=simulator.")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # the network tells what happens in its own words
    network = create_network(settings.account_sid, settings.carrier_secret, hotline(settings))
    serve(network, urlsplit(settings.simulator_url).port).serve_forever()
