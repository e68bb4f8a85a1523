"""The commands, typed as whoever runs the service types them: a noun, then a verb."""

import re

import click
import pytest

from app.models import ApiKey, Operator, Village
from app.service import create_app
from tests.services.directory.test_places import list_file

ONE_WORD = {"start", "worker", "stream", "phones"}  # processes, and what starts them all
FLASKS_OWN = {"run", "shell", "routes"}


@pytest.fixture
def run(town):
    """Run a command; its exit code and what it printed."""
    runner = create_app(town.parts.settings, town.parts).test_cli_runner()

    def run(*args) -> tuple[int, str]:
        done = runner.invoke(args=[str(arg) for arg in args])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        return done.exit_code, done.output

    return run


def test_every_command_is_a_noun_and_a_verb_but_the_processes(town):
    top = create_app(town.parts.settings, town.parts).cli.commands
    assert {name for name, command in top.items() if not isinstance(command, click.Group)} - FLASKS_OWN == ONE_WORD
    verbs = [verb for command in top.values() if isinstance(command, click.Group) for verb in command.commands.values()]
    assert verbs
    assert not any(isinstance(verb, click.Group) for verb in verbs)


def test_the_first_line_of_every_command_is_short_enough_for_the_list(town):
    top = create_app(town.parts.settings, town.parts).cli.commands
    groups = [command for command in top.values() if isinstance(command, click.Group)]
    shown = {
        f"{g.name} {verb.name}": verb.get_short_help_str(90)
        for g in groups
        for verb in g.commands.values()
        if not verb.hidden
    }
    assert {name: line for name, line in shown.items() if not line or line.endswith("...")} == {}


def test_a_key_is_added_listed_and_ended(town, run):
    code, key = run("keys", "add", "县平台", "--reads")
    assert code == 0
    assert re.fullmatch(r"xy_\S+\n", key)
    assert run("keys", "add", "县平台") == (1, "Error: “县平台”已经有密钥了，请换个名字。\n")
    assert re.fullmatch(r"县平台: reports and reads, since \d{4}-\d\d-\d\d\n", run("keys", "list")[1])
    assert run("keys", "end", "县平台")[0] == 0
    assert ", ended " in run("keys", "list")[1]
    assert run("keys", "end", "县平台") == (1, "Error: 没有“县平台”的密钥。\n")
    assert town.rows(ApiKey)[0].sha256 not in key


def test_an_operator_is_added_seated_and_gets_another_password(town, run):
    first = run("operators", "add", "duty2", "--name", "值班员乙")[1]
    assert re.fullmatch(r"Login duty2, password \S+\n", first)
    assert run("operators", "add", "duty2")[0] == 1
    assert run("operators", "seat", "duty2", "--head") == (0, "duty2: head of the desk\n")
    assert run("operators", "seat", "nobody")[0] == 1
    second = run("operators", "password", "duty2")[1]
    assert second.startswith("Login duty2, password ")
    assert second != first
    operator = next(row for row in town.rows(Operator) if row.login == "duty2")
    assert (operator.name, operator.head) == ("值班员乙", True)


def test_villages_are_prepared_and_what_is_printed_loads_them(town, run, tmp_path):
    file = tmp_path / "villages.yaml"
    code, said = run("villages", "prepare", "511702", list_file(tmp_path, "json"), "-o", file)
    assert (code, said.split(":")[0]) == (0, f"6 villages in {file}; complete it, then")
    code, told = run(*said.partition("--app wsgi ")[2].split())
    assert (code, told.splitlines()[0]) == (0, "6 villages.")
    assert "石桥乡新建村" in {row.name for row in town.rows(Village)}
    assert run("villages", "prepare", "5117", list_file(tmp_path, "json"))[0] == 1


def test_the_card_is_drawn_into_a_file(run, tmp_path):
    file = tmp_path / "card.pdf"
    assert run("card", "draw", file)[0] == 0
    assert file.read_bytes().startswith(b"%PDF")
    assert run("card", "draw", tmp_path / "no folder" / "card.pdf")[0] == 1


def test_what_is_in_order_is_said_in_a_line(run):
    assert run("ledger", "verify") == (0, "The ledger is whole.\n")
    assert run("figures", "rebuild")[1].endswith("days counted.\n")
    assert run("figures", "check") == (0, "Every day that was counted is right.\n")
    assert run("search", "rebuild") == (0, "0 cases.\n")
    assert run("database", "upgrade")[1].startswith("The database is up to date: ")
