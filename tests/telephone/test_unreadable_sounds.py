"""Sounds that cannot be read when the carrier fetches them: the call goes on with something that can be played."""

import io
import re

import pytest
import requests
import soundfile
import structlog

from app.jobs import work
from app.models import SpokenReply
from app.security import sign_sound
from app.services.wording import prompts
from speech_models.audio import is_whole_wav
from tests.make import settle, speech
from tests.make import town as running_town
from tests.services.conversation.test_calls import LAMP, ring, said, signed_post
from tests.services.conversation.test_faults import spoken_reply


def missing(town, monkeypatch):
    """The store has lost every sound it had."""

    def get(key):
        raise KeyError(key)

    monkeypatch.setattr(town.parts.storage, "get", get)
    monkeypatch.setattr(town.parts.storage, "has", lambda key: False)


def raising(town, monkeypatch):
    def get(key):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(town.parts.storage, "get", get)


def truncated(town, monkeypatch):
    get = town.parts.storage.get
    monkeypatch.setattr(town.parts.storage, "get", lambda key: get(key)[: len(get(key)) // 3])


def another_file(town, monkeypatch):
    monkeypatch.setattr(town.parts.storage, "get", lambda key: b"<html>please log in</html>")


FAULTS = [missing, raising, truncated, another_file]


@pytest.fixture
def service(tmp_path):
    """Sounds are no rows: one kind of database tells."""
    with running_town(tmp_path / "data") as town:
        yield town


def played(answer: requests.Response) -> float:
    """The seconds of an answer that a telephone line can carry."""
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "audio/wav"
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert is_whole_wav(answer.content)
    found = soundfile.info(io.BytesIO(answer.content))
    assert (found.samplerate, found.channels, found.subtype) == (8000, 1, "ULAW")
    return found.duration


def plays(town) -> list[str]:
    """The addresses of the first turn of a call."""
    return re.findall(r"<Play>(.*?)</Play>", signed_post(town, "/calls", ring("CAplay")).text)


def test_a_place_that_cannot_be_read_is_silence_as_long_as_it_takes_to_say(service, monkeypatch):
    (place,) = [address for address in plays(service) if "/audio/kept/spoken/" in address]
    for fault in FAULTS:
        with monkeypatch.context() as broken:
            fault(service, broken)
            answer = requests.get(place, timeout=10)
        assert 0.5 < played(answer) < 3
        assert max(abs(soundfile.read(io.BytesIO(answer.content))[0])) < 0.01
        assert "no-store" in answer.headers["Cache-Control"]


def test_a_persons_recording_that_cannot_be_read_is_the_shipped_piece_of_the_same_step(service, monkeypatch):
    pieces = prompts.fixed_fragments(service.parts, prompts.DEFAULT_DIALECT)
    piece = next(piece for piece in pieces if piece.id == "ask.2")
    prompts.keep_persons_recording(service.parts, prompts.DEFAULT_DIALECT, piece, speech())
    (mine,) = [address for address in plays(service) if "/audio/kept/people/" in address]
    for fault in FAULTS:
        with monkeypatch.context() as broken, structlog.testing.capture_logs() as logs:
            fault(service, broken)
            answer = requests.get(mine, timeout=10)
        assert played(answer) > 1
        assert answer.content == (prompts.SHIPPED / "mandarin" / "ask.2.wav").read_bytes()
        (line,) = [line for line in logs if line.get("instead")]
        assert line["instead"] == "ask.2.wav"
        assert line["reason"]


def test_a_call_whose_every_stored_sound_is_lost_still_lets_her_speak(service, monkeypatch):
    there = service.parts.storage.has
    for count, fault in enumerate(FAULTS, 1):
        with monkeypatch.context() as broken:
            fault(service, broken)
            broken.setattr(service.parts.storage, "has", there)
            events = service.call(speech(), hang_up="after_speaking")
        assert "record" in [event["event"] for event in events]
        assert "error" not in [event["event"] for event in events]
        assert len(service.cases()) == count


def test_a_shipped_sound_that_is_damaged_is_silence_as_long(service, monkeypatch, tmp_path):
    addresses = [address for address in plays(service) if "/audio/shipped/" in address]
    monkeypatch.setattr(prompts, "SHIPPED", tmp_path)
    assert addresses
    for address in addresses:
        assert played(requests.get(address, timeout=10)) > 0.3


def test_an_address_that_we_never_made_is_still_refused(service, monkeypatch):
    (place,) = [address for address in plays(service) if "/audio/kept/spoken/" in address]
    signed = place.partition("?or=")[2]
    never_made = [
        "shipped/mandarin/nothing.wav",
        "shipped/../mandarin/ask.1.wav",
        "shipped/nowhere/ask.1.wav",
        "kept/spoken/nothing.wav",
        f"kept/people/nothing.wav?or={signed}",
        "kept/recordings/nothing.wav",
        "private/forged.wav",
        "silence/0.wav",
        "silence/99999999.wav",
    ]
    for fault in FAULTS:
        with monkeypatch.context() as broken:
            fault(service, broken)
            answers = {p: requests.get(f"{service.parts.settings.base_url}/audio/{p}", timeout=10) for p in never_made}
        assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(never_made, 404)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_that_cannot_be_read_when_she_picks_up_is_not_heard_and_is_rung_again(
    town, later, monkeypatch, fault
):
    reply = spoken_reply(town)
    town.parts.storage.put(f"replies/{reply.id}.wav", b"")  # rendered already, and damaged since
    with monkeypatch.context() as broken:
        place = town.parts.carrier.call
        broken.setattr(town.parts.carrier, "call", lambda *args: fault(town, broken) or place(*args))
        work.work_on(town.parts, SpokenReply, reply.id)
        settle()
    assert said(town).endswith("工作人员会再联系您。\n谢谢您，有事随时打我们的电话。再见。")
    assert "我们的答复是" not in said(town)
    (reply,) = town.rows(SpokenReply)
    assert (reply.state, reply.sound_key) == ("no_answer", "")
    assert "call" not in [event.data["what"] for event in town.cases()[0].events if event.kind == "delivered"]

    later(700)
    work.work_on(town.parts, SpokenReply, reply.id)
    settle()
    (reply,) = town.rows(SpokenReply)
    assert "我们的答复是" in said(town)
    assert reply.state == "heard"


@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_that_cannot_be_fetched_to_play_it_is_no_silence_and_not_heard(town, monkeypatch, fault):
    reply = spoken_reply(town)
    monkeypatch.setattr(town.parts.carrier, "call", lambda *args: (_ for _ in ()).throw(RuntimeError("not now")))
    work.work_on(town.parts, SpokenReply, reply.id)
    ours = ring("CAours", town.parts.settings.hotline) | {"To": "+8619900000001", "Direction": "outbound-api"}
    signed_post(town, f"/calls/reply/{reply.id}", ours)
    document = signed_post(town, "/calls/turn/1", ours).text + signed_post(town, f"/calls/reply/{reply.id}", ours).text
    private = re.findall(r"<Play>([^<]*?/audio/private/[^<]*?)</Play>", document)
    fault(town, monkeypatch)
    answers = [requests.get(address, timeout=10) for address in private]

    assert all(played(answer) for answer in answers)
    shipped = (prompts.SHIPPED / "mandarin" / "answer_later.1.wav").read_bytes()
    assert shipped in [answer.content for answer in answers]
    ended = ours | {"CallStatus": "completed", "CallDuration": "9"}
    signed_post(town, f"/calls/reply/{reply.id}/status", ended)
    assert town.rows(SpokenReply)[0].state != "heard"


def test_her_words_in_a_call_back_that_cannot_be_read_are_a_pause(service):
    service.call(speech(), hang_up="after_speaking", heard=LAMP)
    token = sign_sound(service.parts.settings, "replies/own.wav")
    assert played(requests.get(f"{service.parts.settings.base_url}/audio/private/{token}.wav", timeout=10)) == 1
