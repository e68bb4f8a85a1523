"""Open311 GeoReport v2, over HTTP, as another system meets it."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
import requests

from app.models import Caller, Case, Department, ForeignCase, Message, Operator, Publication, Village
from app.services.cases import decisions, lifecycle, lookup
from app.services.exchange import api_keys, publications, reports
from app.services.ledger import breaks
from tests.make import GRANDMA, speech

V2 = "/open311/v2"
LEAK = {"description": "路灯坏了三天", "address_string": "清水村三组", "service_code": "路灯照明"}


@pytest.fixture
def keys(town):
    """The key of a system that only reports, and of one that also reads."""
    with town.parts.database.session() as session:
        return {"reports": api_keys.make(session, "县平台"), "reads": api_keys.make(session, "市平台", reads=True)}


@pytest.fixture
def get(town):
    def get(path: str, **asked):
        return requests.get(town.parts.settings.base_url + V2 + path, params=asked, timeout=10)

    return get


@pytest.fixture
def post(town, keys):
    def post(path: str = "/requests.json", **said):
        said.setdefault("api_key", keys["reports"])
        return requests.post(town.parts.settings.base_url + V2 + path, data=said, timeout=10)

    return post


def error(answer) -> tuple[int, str]:
    [only] = answer.json()
    assert only["code"] == answer.status_code
    return answer.status_code, only["description"]


def decide(town, number: str, category: str = "供水") -> None:
    with town.parts.database.session() as session:
        operator = Operator(login=f"o{number}", name="小张", password_hash="")
        session.add(operator)
        session.flush()
        case = lookup.find(session, number)
        village = session.query(Village).filter_by(name="清水村").one()
        chosen = {"category": category, "village_id": village.id, "place": "清水村三组", "urgent": False}
        decisions.decide(session, case, operator, **chosen)


def publish(town, number: str, text: str) -> None:
    with town.parts.database.session() as session:
        operator = session.query(Operator).first()
        publications.publish(session, lookup.find(session, number), operator, text)


# ------------------------------------------------------------------ services


def test_the_service_list_is_the_same_in_both_formats(get):
    listed = get("/services.json").json()
    tree = ElementTree.fromstring(get("/services.xml").content)
    assert tree.tag == "services"
    assert [each.find("service_code").text for each in tree] == [each["service_code"] for each in listed]
    assert {each["type"] for each in listed} == {"realtime"}
    assert "路灯照明" in [each["service_code"] for each in listed]
    assert get("/services.xml").headers["Content-Type"] == "text/xml; charset=utf-8"
    assert get("/services.json").headers["Content-Type"] == "application/json; charset=utf-8"


def test_a_service_says_what_may_be_sent_along(get):
    defined = get("/services/供水.json").json()
    assert defined["service_code"] == "供水"
    assert {each["code"]: each["required"] for each in defined["attributes"]} == {"ASK": False, "CLIENT_ID": False}
    tree = ElementTree.fromstring(get("/services/供水.xml").content)
    assert [v.find("key").text for v in tree.findall("attributes/attribute/values/value")][:2] == ["咨询", "求助"]


def test_discovery_names_the_address_and_both_formats(town):
    found = requests.get(town.parts.settings.base_url + "/open311/discovery.json", timeout=10).json()
    assert found["endpoints"][0]["url"] == town.parts.settings.base_url + V2
    assert found["endpoints"][0]["formats"] == ["text/xml", "application/json"]


@pytest.mark.parametrize(
    "path", ["/services/飞碟.json", "/requests/99999.json", "/tokens/1.json", "/nothing.json", "/services/飞碟.xml"]
)
def test_what_is_not_there_is_a_404_of_the_specification(get, path):
    answer = get(path)
    assert answer.status_code == 404
    if path.endswith("xml"):
        assert ElementTree.fromstring(answer.content).find("error/code").text == "404"
    else:
        assert error(answer)[0] == 404


def test_an_unknown_format_is_refused_in_xml(get):
    answer = get("/services.csv")
    assert answer.status_code == 404
    assert ElementTree.fromstring(answer.content).tag == "errors"


def test_a_jurisdiction_counts_only_where_one_is_set(town, get):
    assert get("/services.json", jurisdiction_id="anything.gov").status_code == 200
    town.parts.settings.jurisdiction = "qinghe.gov.cn"
    assert get("/services.json").status_code == 200
    assert get("/services.json", jurisdiction_id="qinghe.gov.cn").status_code == 200
    assert error(get("/services.json", jurisdiction_id="city.gov")) == (404, "jurisdiction_id was not found")


# ------------------------------------------------------------------ in


def test_a_report_opens_a_case_that_is_sorted_and_can_be_read_back(town, get, post):
    number = post(**LEAK).json()[0]["service_request_id"]
    [case] = town.cases()
    assert (case.number, case.channel, case.text, case.caller) == (number, "open311", "路灯坏了三天", None)
    assert case.proposal.category == "路灯照明"
    assert (case.proposal.village, case.proposal.place) == ("清水村", "清水村三组")
    [told] = get(f"/requests/{number}.json").json()
    assert (told["service_request_id"], told["status"], told["service_code"]) == (number, "open", "路灯照明")
    assert told["description"] is None  # nobody has made it public
    assert ElementTree.fromstring(get(f"/requests/{number}.xml").content).find("request/status").text == "open"


def test_the_same_id_of_the_sender_is_the_same_case(town, post):
    first = post(**LEAK, **{"attribute[CLIENT_ID]": "A-17"}).json()
    assert post(**LEAK, **{"attribute[CLIENT_ID]": "A-17"}).json() == first
    assert post(**LEAK, **{"attribute[CLIENT_ID]": "A-18"}).json() != first
    assert len(town.cases()) == 2


def test_an_id_of_one_system_is_none_of_anothers(town, keys, post):
    first = post(**LEAK, **{"attribute[CLIENT_ID]": "A-17"}).json()
    assert post(**LEAK, api_key=keys["reads"], **{"attribute[CLIENT_ID]": "A-17"}).json() != first


def test_a_village_may_be_named_by_its_code(town, post):
    with town.parts.database.session() as session:
        session.query(Village).filter_by(name="石桥村").one().code = "511702104201"
    post(service_code="供水", description="没有水", address_id="511702104201")
    assert town.cases()[0].proposal.village == "石桥村"


def test_who_reports_with_a_telephone_is_the_caller(town, post):
    post(**LEAK, phone="199 0000 0001", first_name="秀英", last_name="王", email="a@b.cn")
    [case] = town.cases()
    assert case.caller.number == GRANDMA
    assert "秀英" not in str(town.rows(Case)[0].__dict__) + str([event.data for event in case.events])


def test_words_of_danger_in_a_report_ring_the_alarm(town, post):
    post(service_code="其他", description="隔壁房子着火了，快来人", address_string="清水村")
    [case] = town.cases()
    assert case.urgent
    assert "alerted" in [event.kind for event in case.events]
    assert [m.outgoing for m in town.rows(Message)] == [True]


@pytest.mark.parametrize(
    ("said", "status", "names"),
    [
        ({"service_code": ""}, 400, "service_code"),
        ({"service_code": "飞碟"}, 404, "service_code"),
        ({"address_string": ""}, 400, "location"),
        ({"address_string": "", "lat": "30.1"}, 400, "lat"),
        ({"address_string": "", "lat": "91", "long": "103"}, 400, "lat"),
        ({"address_string": "", "lat": "nan", "long": "103"}, 400, "lat"),
        ({"address_string": "", "address_id": "000"}, 404, "address_id"),
        ({"description": "坏" * 4001}, 400, "description"),
        ({"media_url": "javascript:alert(1)"}, 400, "media_url"),
        ({"phone": "abc"}, 400, "phone"),
        ({"phone": "1"}, 400, "phone"),
        ({"attribute[ASK]": "命令"}, 400, "ASK"),
        ({"attribute[COLOUR]": "red"}, 400, "COLOUR"),
        ({"attribute[CLIENT_ID]": "x" * 129}, 400, "CLIENT_ID"),
        ({"api_key": ""}, 403, "api_key"),
        ({"api_key": "xy_wrong"}, 403, "api_key"),
    ],
)
def test_a_report_that_cannot_be_is_refused_and_opens_nothing(town, post, said, status, names):
    answered = error(post(**LEAK | said))
    assert answered[0] == status
    assert names in answered[1]
    assert town.cases() == []


def test_a_key_that_was_ended_opens_nothing(town, post):
    with town.parts.database.session() as session:
        api_keys.end(session, "县平台")
    assert post(**LEAK).status_code == 403


def test_more_than_a_system_can_mean_within_a_minute_is_put_off(town, keys, post, later, monkeypatch):
    monkeypatch.setattr(reports, "MOST_A_MINUTE", 2)
    assert [post(**LEAK).status_code for _ in range(3)] == [200, 200, 429]
    assert post(**LEAK).headers["Retry-After"] == "60"
    assert post(**LEAK, api_key=keys["reads"]).status_code == 200
    later(61)
    assert post(**LEAK).status_code == 200


def test_a_fault_of_ours_is_an_error_document_too(town, post, monkeypatch, caplog):
    monkeypatch.setattr(reports, "keep", lambda *values: 1 / 0)
    assert error(post(**LEAK))[0] == 500


# ------------------------------------------------------------------ out


def test_anybody_reads_only_what_was_made_public_and_no_words_of_the_caller(town, keys, get):
    town.call(speech(), keys="1", heard="我是清水村三组的刘秀英，没有水了，电话是13800138000")
    [case] = town.cases()
    assert get("/requests.json").json() == []
    decide(town, case.number)
    assert get("/requests.json").json() == []
    assert get(f"/requests/{case.number}.json").status_code == 404
    assert [each["service_request_id"] for each in get("/requests.json", api_key=keys["reads"]).json()] == [case.number]
    assert get("/requests.json", api_key=keys["reports"]).json() == []
    publish(town, case.number, "三组停水，正在抢修。")
    for text in (get("/requests.json").text, get("/requests.xml").text, get(f"/requests/{case.number}.xml").text):
        assert "三组停水，正在抢修。" in text
        for secret in ("刘秀英", "13800138000", "9900000001", "电话是", "recordings", ".wav"):
            assert secret not in text
    [told] = get("/requests.json").json()
    assert told["address"] == "三组, 清水村"
    assert told["requested_datetime"].endswith("Z")
    assert told["expected_datetime"]


def test_what_is_withdrawn_is_gone(town, get):
    town.call(speech(), keys="1", heard="清水村没有水了")
    number = town.cases()[0].number
    decide(town, number)
    publish(town, number, "停水")
    with town.parts.database.session() as session:
        publications.withdraw(session, lookup.find(session, number), session.query(Operator).first())
    assert get("/requests.json").json() == []
    with town.parts.database.reading() as session:
        assert list(breaks(session)) == []
        assert session.query(Publication).all() == []


def test_a_closed_case_says_when_and_who(town, get, post):
    number = post(**LEAK).json()[0]["service_request_id"]
    decide(town, number, "路灯照明")
    with town.parts.database.session() as session:
        case, operator = lookup.find(session, number), session.query(Operator).first()
        lead = Department(name="村镇建设办")
        session.add(lead)
        session.flush()
        lifecycle.assign(session, case, operator, lead)
        lifecycle.close(session, case, operator, "修好了")
        closed = [event.at for event in case.events if event.kind == "closed"][0]
    [told] = get("/requests.json", status="closed").json()
    assert (told["status"], told["agency_responsible"]) == ("closed", "村镇建设办")
    assert told["updated_datetime"] == closed.isoformat(timespec="seconds").replace("+00:00", "Z")
    assert get("/requests.json", status="open").json() == []
    assert len(get("/requests.json", status="open,closed").json()) == 1


def test_cases_are_chosen_by_number_before_anything_else(town, get, post):
    first, second = (post(**LEAK).json()[0]["service_request_id"] for _ in range(2))
    found = get("/requests.json", service_request_id=f"{first},{second},777", status="closed").json()
    assert sorted(each["service_request_id"] for each in found) == sorted([first, second])


def test_cases_are_chosen_by_service(town, get, post):
    post(**LEAK)
    water = post(**LEAK | {"service_code": "供水"}).json()[0]["service_request_id"]
    assert [each["service_request_id"] for each in get("/requests.json", service_code="供水,供电").json()] == [water]
    assert len(get("/requests.json", service_code="供水,路灯照明").json()) == 2
    assert get("/requests.json", service_code="其他").json() == []
    assert error(get("/requests.json", service_code="飞碟"))[0] == 404


def test_dates_choose_and_default_to_ninety_days(town, get, post):
    post(**LEAK)
    post(**LEAK)
    with town.parts.database.session() as session:
        old, new = session.query(Case).order_by(Case.number)
        old.received_at = datetime.now(UTC) - timedelta(days=100)
        older, newer = old.number, new.number
    numbers = lambda **asked: [each["service_request_id"] for each in get("/requests.json", **asked).json()]  # noqa: E731
    ago = lambda days: (datetime.now(UTC) - timedelta(days=days)).isoformat()  # noqa: E731
    assert numbers() == [newer]
    assert numbers(start_date=ago(110)) == [older]
    assert numbers(end_date=ago(50)) == [older]
    assert numbers(start_date=ago(10), end_date=ago(-1)) == [newer]
    assert numbers(start_date="", end_date="", status="") == [newer]


@pytest.mark.parametrize(
    "asked",
    [
        {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-04-02T00:00:00Z"},
        {"start_date": "2026-04-01T00:00:00Z", "end_date": "2026-03-01T00:00:00Z"},
        {"start_date": "2026-01-01T00:00:00"},
        {"start_date": "yesterday"},
        {"status": "lost"},
    ],
)
def test_a_question_that_cannot_be_is_refused(get, asked):
    assert error(get("/requests.json", **asked))[0] == 400


def test_no_more_than_a_thousand_the_newest_first(town, get, post, monkeypatch):
    from app.services.exchange import georeport

    monkeypatch.setattr(georeport, "MOST", 3)
    numbers = [post(**LEAK).json()[0]["service_request_id"] for _ in range(5)]
    assert [each["service_request_id"] for each in get("/requests.json").json()] == numbers[:1:-1]


def test_signs_that_xml_cannot_hold_are_left_out(town, get, post):
    number = post(**LEAK).json()[0]["service_request_id"]
    decide(town, number)
    publish(town, number, "停水\x0b & <b>急</b>")
    tree = ElementTree.fromstring(get("/requests.xml").content)
    assert tree.find("request/description").text == "停水 & <b>急</b>"


def test_only_the_hash_of_a_key_is_kept(town, keys):
    from app.models import ApiKey

    kept = str([row.__dict__ for row in town.rows(ApiKey)])
    assert not any(key in kept for key in keys.values())
    assert town.rows(Caller) == []
    assert town.rows(ForeignCase) == []
