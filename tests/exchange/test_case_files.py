"""Files of cases: written by one hotline, read by another, proved in both."""

import hashlib
import json
import sqlite3
from contextlib import contextmanager
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import select

from app.errors import Refused
from app.models import Assignment, Case, CaseEvent, Clock, Department, ForeignCase, Operator, Recording
from app.service import create_app
from app.services.cases import decisions, failures, lifecycle, lookup
from app.services.directory import operators
from app.services.exchange import case_file
from app.services.ledger import breaks
from tests.make import GRANDMA, speech
from tests.make import town as running_town


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "cases.jsonl"


@contextmanager
def elsewhere(folder):
    """Another hotline, with a database of its own."""
    with running_town(folder / "elsewhere") as other:
        yield other


def run(town, *args):
    return create_app(town.parts.settings, town.parts).test_cli_runner().invoke(args=[str(arg) for arg in args])


def written(town, file, *options) -> list[dict]:
    done = run(town, "cases", "export", *options, file)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def imported(town, file, *options) -> str:
    done = run(town, "cases", "import", file, *options)
    assert done.exit_code == 0, done.output
    return done.output.splitlines()[0]


def refused(town, file, *options) -> str:
    done = run(town, "cases", "import", file, *options)
    assert done.exit_code == 1
    assert "Nothing was imported." in done.output
    return done.output


def whole(town) -> bool:
    with town.parts.database.reading() as session:
        return list(breaks(session)) == []


def talk(town) -> str:
    """A call, corrected, decided and in the hands of a department; gives its case's number."""
    town.call(speech(), keys="1", heard="清水村没有水了")
    number = town.cases()[-1].number
    with town.parts.database.session() as session:
        case = lookup.find(session, number)
        operator = Operator(login=f"d{number}", name="小张", password_hash="", head=True)
        lead = session.query(Department).first() or Department(name="水务站")
        session.add_all([operator, lead])
        session.flush()
        decisions.correct(session, case.recordings[0], operator, "清水村三组没有水了")
        decisions.decide(session, case, operator, category="供水", village_id=None, place="清水村三组", urgent=False)
        lifecycle.assign(session, case, operator, lead)
    return number


def told(case: Case) -> dict:
    plain = ("id", "number", "channel", "state", "category", "topic", "place", "received_at", "proposal", "events_head")
    return {name: getattr(case, name) for name in plain} | {"events": [event.hash for event in case.events]}


def test_what_is_exported_and_imported_is_the_same_and_can_be_proved(town, tmp_path, file):
    talk(town)
    town.text("家里老屋漏雨 清水村三组")
    lines = written(town, file)
    assert [lines[0]["format"], lines[0]["version"], lines[-1]] == ["xiangyin.cases", 1, {"cases": 2}]
    with elsewhere(tmp_path) as other:
        assert imported(other, file) == "2 new, 0 brought up to date, 0 known already."
        assert [told(case) for case in other.cases()] == [told(case) for case in town.cases()]
        assert whole(other)
        assert [row.department_id for row in other.rows(Assignment)] == [row.id for row in other.rows(Department)]
        assert [row.answer_by for row in other.rows(Clock)] == [row.answer_by for row in town.rows(Clock)]
        [recording] = other.rows(Recording)
        assert recording.transcript.text == "清水村三组没有水了"
        assert recording.as_heard.text == "清水村没有水了"


def test_an_event_that_was_altered_after_the_import_is_found(town, tmp_path, file):
    talk(town)
    written(town, file)
    with elsewhere(tmp_path) as other:
        imported(other, file)
        with sqlite3.connect(tmp_path / "elsewhere" / "xiangyin.db") as database:
            database.execute("UPDATE case_events SET by = '小李' WHERE kind = 'decided'")
        assert not whole(other)


def test_imported_twice_it_changes_nothing(town, tmp_path, file):
    talk(town)
    written(town, file)
    with elsewhere(tmp_path) as other:
        imported(other, file)
        before = [len(other.rows(model)) for model in (Case, CaseEvent, Recording, Assignment, ForeignCase)]
        assert imported(other, file) == "0 new, 0 brought up to date, 1 known already."
        assert [len(other.rows(model)) for model in (Case, CaseEvent, Recording, Assignment, ForeignCase)] == before
        assert imported(town, file) == "0 new, 0 brought up to date, 1 known already."
        assert whole(town)
        assert whole(other)


def test_a_case_that_went_on_is_brought_up_to_date(town, tmp_path, file):
    number = talk(town)
    written(town, file)
    with elsewhere(tmp_path) as other:
        imported(other, file)
        old = file.read_text(encoding="utf-8")
        with town.parts.database.session() as session:
            lifecycle.close(session, lookup.find(session, number), session.query(Operator).first(), "修好了")
        written(town, file)
        assert imported(other, file) == "0 new, 1 brought up to date, 0 known already."
        assert other.cases()[0].state == "closed"
        assert whole(other)
        file.write_text(old, encoding="utf-8")
        assert imported(other, file) == "0 new, 0 brought up to date, 1 known already."
        assert other.cases()[0].state == "closed"


def test_a_case_that_went_on_here_in_another_way_is_refused(town, tmp_path, file):
    number = talk(town)
    written(town, file)
    with elsewhere(tmp_path) as other:
        imported(other, file)
        for each, why in ((town, "修好了"), (other, "打错了")):
            with each.parts.database.session() as session:
                head = Operator(login="head", name="小李", password_hash="", head=True)
                session.add(head)
                session.flush()
                lifecycle.close(session, lookup.find(session, number), head, why)
        written(town, file)
        assert f"case {number} has gone on here in another way" in refused(other, file)


def test_callers_leave_only_where_that_is_asked_for(town, tmp_path, file):
    talk(town)
    assert GRANDMA not in str(written(town, file))
    assert written(town, file, "--with-callers")[1]["caller"] == GRANDMA
    with elsewhere(tmp_path) as other:
        imported(other, file)
        assert other.cases()[0].caller.number == GRANDMA


def test_recordings_go_along_by_their_hashes(town, tmp_path, file):
    talk(town)
    [recording] = town.rows(Recording)
    folder = tmp_path / "sounds"
    line = written(town, file, "--with-recordings", folder)[1]
    assert [each["sha256"] for each in line["recordings"]] == [recording.sha256]
    sound = (folder / f"{recording.sha256}.wav").read_bytes()
    assert hashlib.sha256(sound).hexdigest() == recording.sha256
    with elsewhere(tmp_path) as other:
        imported(other, file)
        assert other.rows(Recording)[0].key == ""
        imported(other, file, "--with-recordings", folder)
        assert other.parts.storage.get(other.rows(Recording)[0].key) == sound
        assert whole(other)


def test_a_recording_that_is_another_sound_is_refused(town, tmp_path, file):
    talk(town)
    folder = tmp_path / "sounds"
    written(town, file, "--with-recordings", folder)
    next(folder.iterdir()).write_bytes(b"another")
    with elsewhere(tmp_path) as other:
        assert "another sound" in refused(other, file, "--with-recordings", folder)
        assert other.cases() == []


def test_a_recording_that_the_store_lost_or_damaged_is_named_and_never_written(town, tmp_path, file):
    number = talk(town)
    [recording] = town.rows(Recording)
    town.parts.storage.put(recording.key, b"<html>")
    done = run(town, "cases", "export", "--with-recordings", tmp_path / "sounds", file)
    assert done.exit_code == 1
    assert f"as it was kept: {number}" in done.output
    assert list((tmp_path / "sounds").iterdir()) == []


def test_a_sound_that_was_half_written_before_is_written_anew(town, tmp_path, file):
    talk(town)
    [recording] = town.rows(Recording)
    (tmp_path / "sounds").mkdir()
    half = tmp_path / "sounds" / f"{recording.sha256}.wav"
    half.write_bytes(b"RIFF")
    written(town, file, "--with-recordings", tmp_path / "sounds")
    assert hashlib.sha256(half.read_bytes()).hexdigest() == recording.sha256


def test_an_imported_sound_that_cannot_be_read_is_kept_and_stands_on_the_list(town, tmp_path, file):
    talk(town)
    bad = b"<html>once taken for a recording</html>"
    with town.parts.database.session() as session:
        row = session.scalars(select(Recording)).one()
        town.parts.storage.put(row.key, bad)
        row.sha256 = hashlib.sha256(bad).hexdigest()
    folder = tmp_path / "sounds"
    written(town, file, "--with-recordings", folder)
    with elsewhere(tmp_path) as other:
        imported(other, file, "--with-recordings", folder)
        [row] = other.rows(Recording)
        assert (row.failed, row.fault, row.seen_at) == (True, "unreadable", None)
        assert other.parts.storage.get(row.key) == bad


def test_what_was_imported_without_its_sound_is_no_failure_of_ours(town, tmp_path, file):
    town.parts.nudge = lambda row: None
    town.call(speech(), hang_up="after_speaking")
    written(town, file)
    with elsewhere(tmp_path) as other, other.parts.database.reading() as session:
        imported(other, file)
        assert failures.counts(session) == {}


def test_a_number_that_is_anothers_here_gives_way_and_none_is_ever_given_twice(town, tmp_path, file):
    numbers = [talk(town), talk(town), talk(town)]
    written(town, file)
    with elsewhere(tmp_path) as other:
        other.text("路灯坏了 清水村")
        [own] = other.cases()
        assert own.number == numbers[0]
        done = run(other, "cases", "import", file)
        assert f"case {numbers[0]} is" in done.output
        other.text("桥断了 石桥村", caller="+8619900000009")
        there = [case.number for case in other.cases()]
        assert len(set(there)) == 5
        assert set(numbers) <= set(there)
        assert whole(other)
        with sqlite3.connect(tmp_path / "elsewhere" / "xiangyin.db") as database:  # one that disappears is missed
            database.execute("DELETE FROM case_events WHERE case_id = ?", [own.id.hex])
            database.execute("DELETE FROM cases WHERE id = ?", [own.id.hex])
        with other.parts.database.reading() as session:
            assert any("cases are missing" in line for line in breaks(session))


def test_days_are_those_of_shanghai(town, file, time_machine):
    time_machine.move_to("2026-11-01T15:59:00Z", tick=False)  # 23:59 there
    town.text("路灯坏了 清水村")
    time_machine.move_to("2026-11-01T16:01:00Z", tick=False)
    town.text("桥断了 石桥村", caller="+8619900000009")
    assert [line["text"] for line in written(town, file, "--to", "2026-11-01")[1:-1]] == ["路灯坏了 清水村"]
    assert [line["text"] for line in written(town, file, "--from", "2026-11-02")[1:-1]] == ["桥断了 石桥村"]
    assert len(written(town, file, "--from", "2026-11-01", "--to", "2026-11-02")) == 4


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda lines: lines[:-1], "cut short after line 3"),
        (lambda lines: [*lines[:2], lines[-1]], "holds 2 cases, there are 1"),
        (lambda lines: [*lines, lines[1]], "line 5: there is something after"),
        (lambda lines: lines[1:], "line 1: format"),
        (lambda lines: [lines[0].replace('"version":1', '"version":2'), *lines[1:]], "line 1: version"),
        (lambda lines: [*lines[:2], "nonsense", *lines[3:]], "line 3"),
        (lambda lines: [*lines[:2], "[" * 100_000, *lines[3:]], "line 3"),
        (lambda lines: [*lines[:2], lines[2].replace('"urgent":false', '"urgent":"no"'), lines[3]], "line 3: urgent"),
        (lambda lines: [*lines[:2], lines[2].replace('"ask":', '"colour":"red","ask":'), lines[3]], "line 3: colour"),
        (lambda lines: [*lines[:2], lines[2].replace("received", "eaten"), lines[3]], "line 3: state"),
        (lambda lines: [*lines[:2], lines[2].replace("路灯", "路\\u0000灯"), lines[3]], "line 3: it holds a sign"),
        (lambda lines: [*lines[:2], lines[2].replace("路灯", "路\\ud800灯"), lines[3]], "line 3"),
        (
            lambda lines: [*lines[:2], lines[2].replace('"by":"caller"', '"by":"nobody"'), lines[3]],
            "event 1 (received)",
        ),
        (lambda lines: [*lines[:2], lines[2].replace('"events":[', '"events":[],"x":['), lines[3]], "line 3: events"),
    ],
)
def test_a_file_that_cannot_be_is_refused_with_the_line_and_nothing_is_imported(tmp_path, file, spoil, says):
    with running_town(tmp_path / "here") as town, elsewhere(tmp_path) as other:
        town.text("家里老屋漏雨 清水村三组")
        town.text("路灯坏了 石桥村", caller="+8619900000009")
        written(town, file)
        spoilt = spoil(file.read_text(encoding="utf-8").splitlines())
        file.write_text("\n".join(spoilt) + "\n", encoding="utf-8")
        assert says in refused(other, file)
        assert other.cases() == []
        assert other.rows(CaseEvent) == []


def test_an_export_that_breaks_off_leaves_the_old_file(town, file, monkeypatch):
    town.text("路灯坏了 清水村")
    file.write_text("the old one", encoding="utf-8")
    monkeypatch.setattr("app.services.exchange.case_export.line_of", lambda *values, **named: 1 / 0)
    assert run(town, "cases", "export", file).exit_code == 1
    assert [(each.name, each.read_text(encoding="utf-8")) for each in file.parent.glob("cases*")] == [
        ("cases.jsonl", "the old one")
    ]


def test_the_schema_file_is_that_of_the_code_and_every_line_keeps_to_it(town, file):
    assert case_file.SCHEMA.read_text(encoding="utf-8") == case_file.schema()
    talk(town)
    lines = written(town, file, "--with-callers")
    check = Draft202012Validator(json.loads(case_file.SCHEMA.read_text(encoding="utf-8")))
    for line in lines:
        check.validate(line)
    assert not check.is_valid(lines[1] | {"state": "eaten"})


def test_nobody_is_the_author_of_imported_corrections(town, tmp_path, file):
    talk(town)
    written(town, file)
    with elsewhere(tmp_path) as other:
        imported(other, file)
        with other.parts.database.session() as session:
            author = session.scalars(select(Operator).where(Operator.name == "导入")).one()
            assert author not in operators.everybody(session)
            assert operators.find(session, author.id) is None
            assert operators.check_password(session, author.login, "") is None
            with pytest.raises(Refused):
                operators.add_operator(session, author.login, "小王", "long enough")
        assert "There is no login" in run(other, "operators", "password", author.login).output
