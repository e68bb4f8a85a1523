"""What staff edit, and what an installation chooses: broken ones are refused in a sentence."""

from datetime import UTC, datetime

import pytest

from app.db import Database
from app.services.cases import state_words
from app.services.cases.opening import with_check_digit
from app.services.deadlines import business_hours
from app.services.directory import villages
from app.services.sorting import categories
from app.settings import Settings
from app.storage import Folder


def test_the_shipped_categories_and_villages_can_work():
    assert categories.category("路灯照明").department
    assert categories.category(categories.OTHER)


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("nothing", "a list"),
        ("- {name: 路}", "entry 1"),
        ("- {name: 其他, say: 事, department: 办, words: []}\n" * 2, "twice"),
        ("- {name: 路, say: 路, department: 办, words: [路]}", "其他"),
    ],
)
def test_categories_that_cannot_work_are_refused_with_the_entry(tmp_path, written, complaint):
    file = tmp_path / "categories.yaml"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(categories.CategoriesUnusable, match=complaint):
        categories.read_categories(file)


def test_a_list_of_villages_that_cannot_work_changes_nothing(town, tmp_path):
    file = tmp_path / "villages.yaml"
    file.write_text("- {name: 东山村}\n- {aliases: [西山]}\n", encoding="utf-8")
    with pytest.raises(villages.PlacesUnusable, match="entry 2"), town.parts.database.session() as session:
        villages.load_villages(session, file)
    from app.models import Village

    assert "东山村" not in {v.name for v in town.rows(Village)}


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        (datetime(2026, 11, 23, 2, 0, tzinfo=UTC), True),  # Monday ten o'clock in Shanghai
        (datetime(2026, 11, 23, 4, 30, tzinfo=UTC), False),  # lunch
        (datetime(2026, 11, 22, 2, 0, tzinfo=UTC), False),  # Sunday
        (datetime(2026, 10, 1, 2, 0, tzinfo=UTC), False),  # National Day
        (datetime(2026, 10, 10, 2, 0, tzinfo=UTC), True),  # a Saturday that makes up for it
        (datetime(2026, 11, 23, 10, 0, tzinfo=UTC), False),  # evening
    ],
)
def test_office_hours_follow_the_chinese_working_calendar(moment, open_):
    assert business_hours.is_open(moment) is open_


def test_a_case_number_with_one_wrong_digit_is_no_case_number():
    number = with_check_digit("1001")
    assert number == "10017"
    for place in range(len(number)):
        for digit in "0123456789":
            mistyped = number[:place] + digit + number[place + 1 :]
            assert (with_check_digit(mistyped[:-1]) == mistyped) is (mistyped == number)


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    first = Settings(_env_file=None, data=tmp_path).secret
    assert Settings(_env_file=None, data=tmp_path).secret == first
    assert len(first) >= 64
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_twilio_without_its_token_is_a_sentence_not_a_failed_call():
    problems = Settings(_env_file=None, carrier="twilio", auth_token="").problems()
    assert any("XIANGYIN_AUTH_TOKEN" in problem for problem in problems)
    problems = Settings(_env_file=None, live=True, stream_url="https://hotline.example").problems()
    assert any("XIANGYIN_STREAM_URL" in problem for problem in problems)


def test_a_key_outside_the_folder_is_no_key(tmp_path):
    store = Folder(tmp_path / "store")
    for outside in ("secret_key", "x"):
        (tmp_path / outside).write_bytes(b"not to be had")
    store.put("a/b.wav", b"x")
    assert store.get("a/b.wav") == b"x"
    for key in ("../secret_key", "/etc/passwd", "a/../../x", "a"):
        with pytest.raises(KeyError):
            store.get(key)


def test_an_s3_store_keeps_and_gives_back(monkeypatch):
    from moto.server import ThreadedMotoServer

    from app.storage import open_storage

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        store = open_storage("s3://sounds/town", default=None, endpoint=f"http://{host}:{port}")
        store.client.create_bucket(Bucket="sounds")
        assert not store.has("a.wav")
        with pytest.raises(KeyError):
            store.get("a.wav")
        store.put("a.wav", b"RIFF")
        assert store.get("a.wav") == b"RIFF"
        assert open_storage("s3://sounds/town", default=None, endpoint=f"http://{host}:{port}").has("a.wav")
    finally:
        server.stop()


def test_a_connection_still_in_use_when_the_database_is_closed_is_closed_with_its_work(database_url):
    database = Database(Settings(_env_file=None, database_url=database_url).database)
    with database.reading() as session:
        connection = session.connection().connection.dbapi_connection
        database.close()
    with pytest.raises(Exception, match="closed"):
        connection.execute("SELECT 1")


@pytest.mark.parametrize("written", ["received: 收到", "nothing", "received: ''"])
def test_words_for_states_that_cannot_work_are_refused(tmp_path, written):
    file = tmp_path / "states.yaml"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(state_words.StatesUnusable, match="states.yaml"):
        state_words.read_states(file)
