"""A carrier that lies: what it gives out is no recording, or not all of one. Nothing is deleted that is not proved."""

import errno
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import requests
from flask import Flask, Response, request
from sqlalchemy import select

from app.carriers.port import CarrierError
from app.carriers.twilio import Twilio
from app.console.cases.fault_words import trouble, unheard, wordless
from app.jobs import lease, work
from app.models import CallBackTask, Case, Recording, Take, Transcript
from app.services.cases import failures
from app.services.cases.failures import CREDENTIALS, UNPROVED, UNREADABLE
from speech_models.audio import read_sound
from speech_models.recogniser import RecogniserFailed, RecogniserUnavailable
from tests.make import quiet, served, speech
from tests.services.conversation.test_calls import LAMP, ring, signed_post
from tests.services.wording.test_takes import CLERK
from tests.services.wording.test_takes import ask as ask_for_take

WHOLE = speech(12)
HEADER = WHOLE.index(b"data") + 8
UNCOUNTED = WHOLE[: HEADER - 4] + b"\0\0\0\0" + WHOLE[HEADER:]
TENTH = WHOLE[: len(WHOLE) // 10]
LIES = {
    "an HTML page": (200, "text/html", b"<!doctype html><title>Sign in</title>"),
    "JSON": (200, "application/json", b'{"code": 1}'),
    "a page that says that it is a sound": (200, "audio/x-wav", b"<html>no</html>" * 99),
    "a bare header": (200, "audio/x-wav", WHOLE[:HEADER]),
    "AMR": (200, "audio/amr", b"#!AMR\n" + b"\x3c" * 3000),
    "noise": (200, "application/octet-stream", bytes(range(256)) * 40),
}


@dataclass
class Liar:
    """Passes everything on to the network, but answers for a recording's sound what it was told; `deleted` tells."""

    network_url: str
    answers: list = field(default_factory=list)  # (status, content type, body), the last one again and again
    deleted: list = field(default_factory=list)
    fetched: int = 0

    def app(self) -> Flask:
        app = Flask("liar")

        @app.route("/<path:path>", methods=["GET", "POST", "DELETE"])
        def passed_on(path: str):
            if path.endswith(".wav") and self.answers:
                self.fetched += 1
                status, kind, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                return Response(body, status, content_type=kind)
            if request.method == "DELETE":
                self.deleted.append(path)
            with requests.Session() as session:
                session.trust_env = False
                kept = {
                    name: value for name, value in request.headers if name.lower() in ("authorization", "content-type")
                }
                url = f"{self.network_url}/{path}"
                answer = session.request(
                    request.method, url, params=request.args, headers=kept, data=request.get_data(), timeout=10
                )
            return Response(answer.content, answer.status_code, content_type=answer.headers.get("Content-Type"))

        return app


@pytest.fixture
def liar(town):
    """The carrier, between us and the network."""
    liar = Liar(town.network_url)
    settings = town.parts.settings
    with served(liar.app()) as url:
        town.parts.carrier = Twilio(
            settings.account_sid, settings.carrier_secret, settings.hotline, api_url=url, timeout_s=10
        )
        yield liar


def call(town, *, heard: str | None = LAMP, sound: bytes = WHOLE) -> Recording:
    """She speaks for twelve seconds and hangs up; the webhooks come, the worker works."""
    town.call(sound, hang_up="after_speaking", heard=heard)
    return the_recording(town)


def the_recording(town) -> Recording:
    (row,) = town.rows(Recording)
    return row


def sweep(town, later, seconds: float) -> Recording:
    later(seconds)
    town.queue.sweep()
    return the_recording(town)


def exhaust(town, later, model=Recording) -> None:
    """The last of the forty tries."""
    with town.parts.database.session() as session:
        session.scalars(select(model)).one().attempts = lease.MOST_ATTEMPTS - 1
    later(2 * 3600)
    town.queue.sweep()


@pytest.mark.parametrize("lie", LIES)
def test_what_is_no_sound_is_a_failure_that_is_tried_again_and_left_at_the_carrier(town, liar, later, lie):
    liar.answers = [LIES[lie]]
    row = call(town, heard=None)
    assert (row.state, row.key, row.fault, row.failed) == ("announced", "", UNREADABLE, False)
    assert row.due_at is not None
    assert row.error
    assert not town.rows(Transcript)
    assert liar.deleted == []

    with town.parts.database.reading() as session:
        assert [each.row.id for each in failures.in_trouble(session, "recordings")] == [row.id]

    liar.answers = []
    town.recogniser.texts.append(LAMP)
    row = sweep(town, later, 4000)
    assert row.transcript.text == LAMP
    assert row.fault == ""
    assert row.deleted_at_carrier
    assert len(liar.deleted) == 1


def test_what_never_becomes_a_sound_stands_on_the_list_and_a_person_is_to_ring(town, liar, later):
    liar.answers = [LIES["an HTML page"]]
    call(town, heard=None)
    exhaust(town, later)
    row = the_recording(town)
    assert row.failed
    assert not row.deleted_at_carrier
    assert liar.deleted == []
    assert [task.reason for task in town.rows(CallBackTask)] == ["no_words"]
    mark, in_list, sentence = said_of_it(town)
    assert mark == in_list == "录音放不出来"
    assert "放不出来" in sentence

    liar.answers = []
    town.recogniser.texts.append(LAMP)
    run = create_cli(town)
    assert f"{row.id} recordings case {town.cases()[0].number}" in run("list")
    assert "given up: unreadable" in run("list")
    assert run("retry", str(row.id)) == "1 tried again.\n"
    row = sweep(town, later, 1)
    assert row.transcript.text == LAMP
    assert row.deleted_at_carrier
    assert [task.done_by for task in town.rows(CallBackTask)] == ["热线"]
    assert said_of_it(town)[0] == ""
    assert run("list") == "0 given up.\n"


def test_a_recording_cut_to_a_tenth_is_transcribed_at_once_and_stays_until_the_whole_comes(town, liar, later):
    liar.answers = [(200, "audio/x-wav", TENTH)]
    row = call(town, heard="清水村")
    assert row.transcript.text == "清水村"
    assert read_sound(town.parts.storage.get(row.key)).seconds == pytest.approx(1.2, abs=0.1)
    assert (row.fault, row.failed, row.deleted_at_carrier) == (UNPROVED, False, False)
    assert liar.deleted == []
    assert "没有取全，只有 1 秒，应有 12 秒" in said_of_it(town)[2]

    row = sweep(town, later, 400)  # the same again is no better, and no second transcript is made of it
    assert len(row.transcripts) == 1
    assert liar.deleted == []

    liar.answers = [(200, "audio/x-wav", WHOLE)]
    town.recogniser.texts.append(LAMP)
    row = sweep(town, later, 4000)
    assert row.as_heard.text == LAMP
    assert row.seconds == pytest.approx(12, abs=0.1)
    assert town.parts.storage.get(row.key) == WHOLE
    assert row.deleted_at_carrier
    assert len(liar.deleted) == 1


def test_a_short_one_cut_by_its_own_header_is_not_deleted_though_seconds_nearly_fit(town, liar):
    sound = speech(2)
    liar.answers = [(200, "audio/x-wav", sound[: len(sound) // 4])]
    row = call(town, sound=sound)
    assert row.fault == UNPROVED
    assert liar.deleted == []


def test_what_never_becomes_whole_is_told_to_a_person(town, liar, later):
    liar.answers = [(200, "audio/x-wav", TENTH)]
    call(town, heard="清水村")
    exhaust(town, later)
    assert the_recording(town).failed
    assert liar.deleted == []
    assert [task.reason for task in town.rows(CallBackTask)] == ["no_words"]
    assert not town.cases()[0].unclear


def test_one_that_is_longer_than_was_said_is_kept_and_not_deleted(town, liar):
    liar.answers = [(200, "audio/x-wav", speech(20))]
    row = call(town)
    assert row.transcript.text == LAMP
    assert row.fault == UNPROVED
    assert liar.deleted == []


def test_a_sound_by_another_name_is_kept_and_heard_but_proves_nothing(town, liar):
    liar.answers = [(200, "text/plain", WHOLE)]
    row = call(town)
    assert row.transcript.text == LAMP
    assert row.fault == UNPROVED
    assert liar.deleted == []


@pytest.mark.parametrize(
    "kind", ["audio/wav", "audio/x-wav; charset=binary", "binary/octet-stream", "application/octet-stream"]
)
def test_a_store_of_sounds_names_them_in_several_ways(town, liar, kind):
    liar.answers = [(200, kind, WHOLE)]
    assert call(town).deleted_at_carrier


def test_a_size_that_was_never_filled_in_is_read_to_its_end(town, liar):
    liar.answers = [(200, "audio/x-wav", UNCOUNTED)]
    row = call(town)
    assert row.transcript.text == LAMP
    assert row.seconds == pytest.approx(12, abs=0.1)
    assert row.deleted_at_carrier


def test_what_the_store_does_not_give_back_is_not_deleted(town, liar, later, monkeypatch):
    get = town.parts.storage.get
    monkeypatch.setattr(town.parts.storage, "get", lambda key: get(key)[:-2] if key.startswith("rec") else get(key))
    row = call(town, heard=None)
    assert (row.state, row.fault) == ("announced", failures.STORE)
    assert liar.deleted == []
    monkeypatch.undo()
    town.recogniser.texts.append(LAMP)
    assert sweep(town, later, 700).deleted_at_carrier


def test_a_copy_that_was_damaged_before_the_delete_is_fetched_again(town, liar, later, monkeypatch):
    monkeypatch.setattr(town.parts.carrier, "delete_recording", refuses)
    row = call(town)
    assert not row.deleted_at_carrier
    town.parts.storage.put(row.key, b"<html>")
    monkeypatch.undo()
    town.recogniser.texts.append(LAMP)
    row = sweep(town, later, 700)
    assert town.parts.storage.get(row.key) == WHOLE
    assert row.deleted_at_carrier


def said_of_it(town) -> tuple[str, str, str]:
    """What the desk says of the only case: the mark, the words in the list, the sentence at its recording."""
    with town.parts.database.reading() as session:
        case = session.scalars(select(Case)).one()
        return unheard(case), wordless(case), trouble(case.recordings[0])


def refuses(ref):
    raise CarrierError("not now", permanent=False, code="500")


# ------------------------------------------------------------------ what the carrier answers


@pytest.mark.parametrize("status", [401, 403])
def test_a_fault_of_ours_waits_for_days_and_is_one_alarm(town, liar, later, status):
    liar.answers = [(status, "application/json", b"{}")]
    call(town, heard=None)
    for _ in range(3):
        exhaust(town, later)
    row = the_recording(town)
    assert (row.failed, row.fault) == (False, CREDENTIALS)
    assert row.due_at is not None
    assert town.rows(CallBackTask) == []
    with town.parts.database.reading() as session:
        assert failures.held_up(session) == {CREDENTIALS: 1}

    liar.answers = []
    town.recogniser.texts.append(LAMP)
    row = sweep(town, later, 700)
    assert row.transcript.text == LAMP
    with town.parts.database.reading() as session:
        assert failures.held_up(session) == {}


@pytest.mark.parametrize("status", [404, 429, 500, 206])
def test_a_carrier_that_has_a_bad_day_is_asked_again_and_in_the_end_by_a_person(town, liar, later, status):
    liar.answers = [(status, "application/json", b"{}")]
    row = call(town, heard=None)
    assert (row.failed, row.fault) == (False, "")
    exhaust(town, later)
    assert the_recording(town).failed
    assert said_of_it(town)[0] == "录音没取回来"

    liar.answers = []
    town.recogniser.texts.append(LAMP)
    assert create_cli(town)("retry", "--all") == "1 tried again.\n"
    assert sweep(town, later, 1).transcript.text == LAMP


def test_what_one_fault_holds_up_goes_on_together_once_it_is_mended(town, liar, later):
    liar.answers = [(401, "application/json", b"{}")]
    for seed in (1, 2, 3):
        town.call(speech(12, seed), hang_up="after_speaking")
    with town.parts.database.session() as session:
        first, *others = session.scalars(select(Recording).order_by(Recording.made_at, Recording.id))
        for row in others:
            row.due_at = lease.now() + timedelta(hours=1)
        first.due_at = lease.now()
        id = first.id
    liar.answers = []
    town.recogniser.texts += [LAMP] * 3
    work.work_on(town.parts, Recording, id)
    town.queue.sweep()
    assert [row.state for row in town.rows(Recording)] == ["transcribed"] * 3


def test_a_callback_frees_what_was_given_up(town, liar, later):
    liar.answers = [LIES["JSON"]]
    row = call(town, heard=None)
    exhaust(town, later)
    assert the_recording(town).failed
    liar.answers = []
    town.recogniser.texts.append(LAMP)
    (sid,) = [call.sid for call in town.network.calls.values()]
    form = ring(sid) | {"RecordingSid": row.carrier_id, "RecordingStatus": "completed", "RecordingDuration": "12"}
    signed_post(town, "/calls/recorded", form | {"RecordingUrl": "http://127.0.0.1/x"})
    assert the_recording(town).transcript.text == LAMP


def test_a_disk_that_is_full_holds_up_the_recording_and_loses_nothing(town, liar, later, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("app.storage.os.fsync", full)
        row = call(town, heard=None)
    assert (row.state, row.fault, row.failed, liar.deleted) == ("announced", failures.STORE, False, [])
    assert not any(path.name.startswith(".") for path in town.parts.storage.root.rglob("*.wav*"))
    town.recogniser.texts.append(LAMP)
    assert sweep(town, later, 700).transcript.text == LAMP


class Broken:
    """A recogniser that fails."""

    name = "broken"

    def __init__(self, error: Exception):
        self.error = error

    def transcribe(self, audio, hints=()):
        raise self.error


@pytest.mark.parametrize(
    ("error", "fault"),
    [(RecogniserUnavailable("No model."), failures.MODEL), (MemoryError(), failures.MEMORY)],
)
def test_no_model_and_no_memory_hold_up_the_words_and_nothing_ends(town, liar, later, error, fault):
    hears = town.parts.recogniser_for
    town.parts.recogniser_for = lambda dialect: Broken(error)
    call(town, heard=None)
    for _ in range(3):
        exhaust(town, later)
    row = the_recording(town)
    assert (row.state, row.failed, row.fault) == ("stored", False, fault)
    assert liar.deleted == []
    town.parts.recogniser_for = hears
    town.recogniser.texts.append(LAMP)
    row = sweep(town, later, 700)
    assert row.transcript.text == LAMP
    assert len(liar.deleted) == 1


@pytest.mark.parametrize("error", [RuntimeError("broken"), RecogniserFailed("whisper failed")])
def test_a_sound_that_is_too_much_for_the_engine_is_given_to_a_person(town, liar, later, error):
    hears = town.parts.recogniser_for
    town.parts.recogniser_for = lambda dialect: Broken(error)
    call(town, heard=None)
    exhaust(town, later)
    row = the_recording(town)
    assert (row.state, row.failed) == ("stored", True)
    assert [task.reason for task in town.rows(CallBackTask)] == ["no_words"]
    assert said_of_it(town)[0] == "没能听写"
    town.parts.recogniser_for = hears
    town.recogniser.texts.append(LAMP)
    assert create_cli(town)("retry", str(row.id)) == "1 tried again.\n"
    assert sweep(town, later, 1).transcript.text == LAMP


def test_one_that_is_too_long_is_refused_at_once_and_left_at_the_carrier(town, liar, monkeypatch):
    monkeypatch.setattr("speech_models.audio.LONGEST_SECONDS", 10)
    row = call(town, heard=None)
    assert (row.failed, row.fault, row.key, liar.deleted) == (True, UNREADABLE, "", [])
    assert [task.reason for task in town.rows(CallBackTask)] == ["no_words"]


# ------------------------------------------------------------------ said nothing, not heard clearly


def test_said_nothing_is_not_the_same_as_not_heard_clearly(town, liar):
    liar.answers = [(200, "audio/x-wav", quiet(12))]
    call(town, heard=None)
    assert said_of_it(town) == ("没有说话", "没有说话", "录音里没有人说话。")


def test_a_recording_of_no_length_that_the_carrier_says_has_none_is_a_caller_who_said_nothing(town, liar):
    liar.answers = [(200, "audio/x-wav", WHOLE[: HEADER - 4] + bytes(4))]
    spoke = {"RecordingSid": "RE0", "RecordingUrl": "http://127.0.0.1/x", "RecordingDuration": "0"}
    signed_post(town, "/calls", ring("CA0"))
    signed_post(town, "/calls/recorded", ring("CA0") | spoke | {"RecordingStatus": "completed"})
    assert said_of_it(town)[0] == "没有说话"
    assert len(liar.deleted) == 1


def test_a_voice_that_nobody_understands_is_not_heard_clearly(town, liar):
    call(town, heard=None)
    mark, _, sentence = said_of_it(town)
    assert mark == "听不清"
    assert "没有听出话来" in sentence


# ------------------------------------------------------------------ takes


def test_a_take_that_is_no_sound_is_fetched_again_and_not_deleted(town, liar, later):
    ask_for_take(town)
    liar.answers = [LIES["an HTML page"]]
    town.call(speech(4), hang_up="after_speaking", caller=CLERK)
    (take,) = town.rows(Take)
    assert (take.key, take.refusal, take.fault, liar.deleted) == ("", "", UNREADABLE, [])
    liar.answers = []
    later(4000)
    town.queue.sweep()
    (take,) = town.rows(Take)
    assert take.key
    assert take.deleted_at_carrier
    assert len(liar.deleted) == 1


def test_a_take_cut_short_is_usable_and_replaced_by_the_whole(town, liar, later):
    ask_for_take(town)
    sound = speech(8)
    liar.answers = [(200, "audio/x-wav", sound[: len(sound) // 4]), (200, "audio/x-wav", sound[: len(sound) // 4])]
    town.call(sound, hang_up="after_speaking", caller=CLERK)
    (take,) = town.rows(Take)
    first = take.key
    assert first
    assert liar.deleted == []
    liar.answers = []
    later(4000)
    town.queue.sweep()
    (take,) = town.rows(Take)
    assert take.key != first
    assert take.deleted_at_carrier


def test_a_take_that_is_given_up_rings_nobody(town, liar, later):
    ask_for_take(town)
    liar.answers = [LIES["JSON"]]
    town.call(speech(4), hang_up="after_speaking", caller=CLERK)
    exhaust(town, later, Take)
    assert town.rows(Take)[0].failed
    assert town.rows(CallBackTask) == []
    with town.parts.database.reading() as session:
        assert failures.counts(session) == {"takes": 1}


def create_cli(town):
    """Run a command of `failures`; gives what it says."""
    from app.service import create_app

    app = create_app(town.parts.settings, town.parts)

    def run(*words: str) -> str:
        done = app.test_cli_runner().invoke(args=["failures", *words])
        assert done.exit_code == 0, done.output
        return done.output

    return run
