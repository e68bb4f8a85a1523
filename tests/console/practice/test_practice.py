"""The practice phone: who may use it, who is in it, and that practice is told from real cases."""

from pathlib import Path

import pytest
from sqlalchemy import select

from app.carriers.simulator import ready_made
from app.models import Case
from app.services.directory.practice import REAL
from speech_models.audio import level_dbfs, read_sound
from speech_models.tones import Tones
from tests.console import make
from tests.make import town as running_town

FOREIGN = {"REMOTE_ADDR": "192.0.2.7"}


@pytest.fixture
def practising(desk):
    """A desk whose network is the simulated one, on this machine."""

    class Nobody:
        phones, callers = (), ()

        def is_phone(self, number):
            return False

    desk.app.extensions["xiangyin.practice"] = Nobody()
    return desk.app.test_client()


def test_on_this_machine_the_practice_phone_needs_no_login(practising):
    assert practising.get("/practice").status_code == 200
    assert "/practice" in practising.get("/desk/login").text


@pytest.mark.parametrize(
    "how",
    [
        {"environ_base": FOREIGN},
        {"headers": {"Host": "hotline.example.org"}},
        {"headers": {"X-Forwarded-For": "192.0.2.7"}},
    ],
)
def test_from_elsewhere_it_asks_for_a_login(practising, how):
    assert practising.get("/practice", **how).status_code == 302
    assert "/practice" not in practising.get("/desk/login", **how).text


def test_where_the_service_has_an_address_of_its_own_it_asks_for_a_login(practising, desk):
    desk.parts.settings.base_url = "https://hotline.example.org"
    assert practising.get("/practice").status_code == 302
    practising.set_cookie("session", make.login_cookie(desk))
    assert practising.get("/practice").status_code == 200


def test_with_a_real_carrier_there_is_no_practice_phone_and_a_sentence_says_so(desk, operator):
    desk.app.extensions["xiangyin.practice"] = None
    answer = operator.get("/practice")
    assert answer.status_code == 404
    assert "练习电话只在模拟的电话网络里有" in answer.text
    assert "练习电话" not in operator.get("/cases").text


def test_no_telephone_but_those_of_the_practice_can_be_looked_into(practising):
    assert practising.get("/practice/+8619900000001/news").status_code == 404


def test_a_form_that_another_page_sent_is_refused(practising):
    assert practising.post("/practice/callers/clear/call").status_code == 400


# ---------------------------------------------------------------- ready-made callers


@pytest.fixture(scope="module")
def hotline(tmp_path_factory):
    with running_town(tmp_path_factory.mktemp("town") / "data") as running:
        yield running


@pytest.mark.parametrize("key", sorted(ready_made.people()[1]))
def test_every_ready_made_caller_comes_to_a_case(hotline, key):
    caller = ready_made.people()[1][key]
    hotline.recogniser.texts[:] = ["".join(sentence.text for sentence in said) for said in caller.says]
    call = hotline.practice.ring_as(key)
    list(hotline.network.calls[call].log.follow())
    (case,) = [case for case in hotline.cases() if case.caller and case.caller.number == caller.number]
    assert case.recordings
    assert case.practice
    assert case.urgent == (key == "emergency")


def test_figures_can_leave_practice_out_hidden_numbers_too(hotline):
    hotline.call(make.tone(3.0), hang_up="after_speaking", heard="路灯坏了")
    call = hotline.practice.dial("+8619900007005")  # its number is hidden
    handset = hotline.network.handset("+8619900007005")
    handset.hang_up()
    list(hotline.network.calls[call].log.follow())
    with hotline.parts.database.reading() as session:
        real = session.scalars(select(Case).where(REAL)).all()
        assert [case.caller.number for case in real] == ["+8619900000001"]


def test_what_they_say_is_spoken_once_kept_and_as_it_is_described(tmp_path):
    spoken = []

    class Voice(Tones):
        def say(self, text, speed=1.0):
            spoken.append(text)
            return super().say(text, speed)

    callers, voice = ready_made.people()[1], Voice()
    whisper, clear = (ready_made.speech_of(callers[key], voice, tmp_path)[0] for key in ("whisper", "clear"))
    assert level_dbfs(read_sound(whisper.read_bytes())) < level_dbfs(read_sound(clear.read_bytes())) - 8
    first = len(spoken)
    assert ready_made.speech_of(callers["clear"], voice, tmp_path) == [clear]
    assert len(spoken) == first


GOOD = """
phones: [{name: 甲, number: "+8619900007001"}]
callers:
  - {key: a, name: 乙, about: 练, number: "+8619900007101", says: [[{text: 你好}]], keys: "1"}
"""


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("phones:", "fones:", "phones"),
        ("about: 练, ", "", "about is missing"),
        ("+8619900007101", "+8613912345678", "must be"),
        ("+8619900007101", "+8619900007001", "two people"),
        ('keys: "1"', 'keys: "x"', "not a key"),
        ('keys: "1"', "hang_up: soon", "soon"),
        ("[[{text: 你好}]]", "你好", "list of lists"),
        ("{text: 你好}", "{txt: 你好}", "text is missing"),
        ("{text: 你好}", "{text: 你好, pitch: 9}", "pitch is a number"),
        ("{text: 你好}", "{text: 你好, colour: red}", "colour is not known"),
        ('keys: "1"', "noise: {television: loud}", "television is a number"),
        ("key: a", "key: A B", "small letters"),
        ("callers:", "callers: [", "cannot be read"),
    ],
)
def test_a_broken_file_of_callers_is_refused_in_a_sentence(tmp_path, old, new, why):
    file = Path(tmp_path / "practice_callers.yaml")
    file.write_text(GOOD)
    assert ready_made.people(file)
    broken = Path(tmp_path / "broken.yaml")
    broken.write_text(GOOD.replace(old, new))
    with pytest.raises(ready_made.CallersUnusable, match=why):
        ready_made.people(broken)
