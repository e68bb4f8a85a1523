"""Requests of another Open311 server, a real one on the loopback address, become cases here."""

import json

import pytest
from werkzeug.wrappers import Request, Response

from app.models import ForeignCase
from app.service import create_app
from app.services.ledger import breaks
from tests.make import served

LAMP = {
    "service_request_id": 638344,
    "status": "open",
    "status_notes": None,
    "service_name": "路灯照明",
    "service_code": "006",
    "description": "清水村三组路灯坏了",
    "address": "清水村三组",
    "requested_datetime": "2026-11-19T06:37:38+08:00",
}
WATER = {"service_request_id": "W/7", "status": "open", "service_name": "Water", "description": "<b>没有水</b>\x07"}


class OtherServer:
    """Answers with its requests; `formats` it can write, and how often it was asked what."""

    def __init__(self):
        self.requests, self.formats, self.asked = [LAMP, WATER], ("json", "xml"), []

    def __call__(self, environ, start_response):
        request = Request(environ)
        self.asked.append((request.path, dict(request.args)))
        format = request.path.rpartition(".")[2]
        if format not in self.formats:
            return Response("nothing", 404)(environ, start_response)
        if isinstance(self.requests, bytes):
            return Response(self.requests)(environ, start_response)
        return Response(json.dumps(self.requests) if format == "json" else xml(self.requests))(environ, start_response)


def xml(requests) -> str:
    fields = ("".join(f"<{k}>{str(v or '').replace('<', '&lt;')}</{k}>" for k, v in each.items()) for each in requests)
    return "<service_requests>" + "".join(f"<request>{each}</request>" for each in fields) + "</service_requests>"


@pytest.fixture
def other(town):
    town.parts.settings.webhooks_inside = True
    server = OtherServer()
    with served(server) as url:
        server.url = f"{url}/open311/v2"
        yield server


@pytest.fixture
def pull(town, other):
    def pull(*options: str) -> str:
        return (
            create_app(town.parts.settings, town.parts)
            .test_cli_runner()
            .invoke(args=["requests", "pull", other.url, *options])
            .output
        )

    return pull


def test_requests_become_cases_with_a_proposal(town, other, pull):
    assert pull("--key", "k1", "--jurisdiction", "city.gov") == "2 new, 0 changed there, 0 as before, 0 unusable.\n"
    lamp, water = town.cases()
    assert (lamp.channel, lamp.proposal.category, lamp.proposal.place) == ("open311", "路灯照明", "清水村三组")
    assert lamp.text == "路灯照明：清水村三组路灯坏了"
    assert water.text == "Water：<b>没有水</b>"
    assert [row.foreign_id for row in town.rows(ForeignCase)] == ["638344", "W/7"]
    assert other.asked == [("/open311/v2/requests.json", {"api_key": "k1", "jurisdiction_id": "city.gov"})]


def test_pulled_twice_nothing_changes(town, pull):
    pull()
    before = [(case.id, len(case.events)) for case in town.cases()]
    assert pull() == "0 new, 0 changed there, 2 as before, 0 unusable.\n"
    assert [(case.id, len(case.events)) for case in town.cases()] == before


def test_what_changed_there_is_noted_once(town, other, pull):
    pull()
    other.requests = [LAMP | {"status": "closed", "status_notes": "换了灯泡"}, WATER]
    assert pull() == "0 new, 1 changed there, 1 as before, 0 unusable.\n"
    assert pull() == "0 new, 0 changed there, 2 as before, 0 unusable.\n"
    [noted] = [event for event in town.cases()[0].events if event.kind == "foreign_status"]
    assert noted.data == {"status": "closed", "notes": "换了灯泡"}
    with town.parts.database.reading() as session:
        assert list(breaks(session)) == []


def test_a_server_without_json_is_read_in_xml(town, other, pull):
    other.formats, other.requests = ("xml",), [LAMP]
    assert pull() == "1 new, 0 changed there, 0 as before, 0 unusable.\n"
    assert town.cases()[0].text == "路灯照明：清水村三组路灯坏了"


def test_what_was_done_before_and_what_cannot_be_opens_nothing(town, other, pull):
    other.requests = [LAMP | {"status": "closed"}, {"status": "open"}, WATER | {"service_request_id": "x" * 200}, {}]
    assert pull() == "0 new, 0 changed there, 1 as before, 3 unusable.\n"
    assert town.cases() == []


@pytest.mark.parametrize(
    ("answer", "formats", "says"),
    [
        (b"nonsense", ("json",), "not JSON"),
        (b'{"error": 1}', ("json",), "not a list"),
        (b"[1]", ("json",), "not a list"),
        (b"<a", ("xml",), "not XML"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', ("xml",), "document type"),
        (b"", (), "answered 404"),
    ],
)
def test_an_answer_that_cannot_be_is_told_in_a_sentence(town, other, pull, answer, formats, says):
    other.requests, other.formats = answer, formats
    assert says in pull()
    assert town.cases() == []


def test_our_own_network_is_not_asked_unless_that_is_allowed(town, other, pull):
    town.parts.settings.webhooks_inside = False
    assert "not public" in pull()
    assert other.asked == []


def test_two_hotlines_can_work_together(town, tmp_path):
    """One reads the other's interface, the real one."""
    from app.services.exchange import api_keys
    from tests.make import town as running_town

    town.parts.settings.webhooks_inside = True
    with running_town(tmp_path / "elsewhere") as county:
        with county.parts.database.session() as session:
            key = api_keys.make(session, "镇里", reads=True)
        county.text("路灯坏了 清水村")
        with county.parts.database.session() as session:
            session.merge(county.cases()[0]).category = "路灯照明"
        run = create_app(town.parts.settings, town.parts).test_cli_runner().invoke
        done = run(args=["requests", "pull", f"{county.parts.settings.base_url}/open311/v2", "--key", key])
        assert done.output == "1 new, 0 changed there, 0 as before, 0 unusable.\n"
        assert town.cases()[0].proposal.category == "路灯照明"
