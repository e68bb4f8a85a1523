"""Commands for whoever runs the service: `flask --app wsgi NOUN VERB`. Joined to the service by `init_app`."""

from flask import Flask

from app.cli import (
    card,
    database,
    exchange,
    failures,
    figures,
    learning,
    lists,
    operators,
    processes,
    prompts,
    start,
    try_it,
)  # fmt: skip

_GROUPS = (
    database.database, database.ledger, database.search,
    lists.villages_group, lists.departments_group, operators.group, card.group,
    exchange.keys, exchange.requests, exchange.webhooks, exchange.cases,
    learning.lessons_group, learning.sorting, figures.group, prompts.group, failures.group, try_it.group,
)  # fmt: skip
_PROCESSES = (start.start, processes.worker, processes.stream, processes.phones)


def init_app(app: Flask) -> None:
    """Add the commands."""
    for command in (*_GROUPS, *_PROCESSES):
        app.cli.add_command(command)
