"""Words read on the phone: the announced number is led to a beep, its recording can be used; no case is opened."""

from urllib.parse import urlsplit

import numpy as np
import pytest

from app.errors import Refused
from app.jobs import work
from app.models import Case, Conversation, Recording, Take
from app.services.editing import documents
from app.services.wording import editions, prompts, takes
from ivr.words import DIALECT
from speech_models.audio import Audio, level_dbfs, read_sound, write_wav
from tests.make import GRANDMA, speech
from tests.services.conversation.test_calls import said
from tests.services.wording.test_editions import MANDARIN

CLERK = "+8619900007777"
GOODBYE = "谢谢您，再见。"


def ask(town, number="199 0000 7777"):
    with town.parts.database.session() as session:
        return takes.ask(session, MANDARIN, GOODBYE, number, "小张", "CN")


def test_the_announced_telephone_records_words_and_the_draft_can_use_them(town):
    ask(town)
    town.call(speech(), hang_up="after_speaking", caller=CLERK)
    assert said(town).startswith("请在嘀声后，把屏幕上的话念一遍")
    (take,) = town.rows(Take)
    assert take.key
    assert not take.refusal
    kept = read_sound(town.parts.storage.get(take.key))
    assert level_dbfs(kept) == pytest.approx(-20, abs=1.5)
    assert town.rows(Case) == town.rows(Recording) == []

    with town.parts.database.session() as session:
        documents.keep_sound(session, MANDARIN, "小张", GOODBYE, take.key)
        seen = documents.current(session, MANDARIN).sha256
    documents.publish(town.parts, MANDARIN, "小张", "", seen=seen)
    with town.parts.database.reading() as session:
        edition = editions.edition(town.parts, session)
    (bye,) = [f for f in prompts.fixed_fragments(town.parts, DIALECT) if f.id == "bye.1"]
    assert urlsplit(prompts.sounds(town.parts, [bye], DIALECT, edition)[0]).path.endswith(take.key)


def test_nobody_else_is_led_there_and_the_number_only_once(town):
    ask(town)
    town.call(speech(), hang_up="after_speaking", caller=GRANDMA, heard="清水村路灯坏了")
    assert said(town).startswith("您好")
    town.call(speech(), hang_up="after_speaking", caller=CLERK)
    town.call(speech(), hang_up="after_speaking", caller=CLERK, heard="清水村停水")
    assert said(town).startswith("您好")
    assert len(town.cases()) == 2


def test_a_number_that_never_rang_is_forgotten(town, later):
    ask(town)
    later(11 * 60)
    town.call(speech(), hang_up="after_speaking", caller=CLERK, heard="清水村停水")
    assert said(town).startswith("您好")


def test_a_take_is_no_lost_recording(town):
    ask(town)
    nudge, town.parts.nudge = town.parts.nudge, lambda row: None
    town.call(speech(), hang_up="after_speaking", caller=CLERK)
    work.recover_lost_recordings(town.parts)
    assert town.rows(Case) == []
    town.parts.nudge = nudge
    town.queue.sweep()
    assert town.rows(Take)[0].key
    assert len(town.rows(Conversation)) == 1


def test_what_is_no_number_is_refused(town):
    with pytest.raises(Refused, match="不像电话号码"):
        ask(town, "喂")


def sound(level: float, seconds: float = 1.0) -> bytes:
    time = np.arange(int(seconds * 8000)) / 8000
    hum = np.clip(level * np.sin(2 * np.pi * 200 * time), -1, 1)
    still = np.zeros(8000)
    return write_wav(Audio(np.concatenate([still, hum, still]).astype(np.float32), 8000))


@pytest.mark.parametrize(
    ("recorded", "told"),
    [
        (sound(0.002), "声音太小了"),
        (sound(3.0), "破音了"),
        (sound(0.3, 0.1), "太短了"),
        (b"", "没有录到声音"),
        (b"noise", "没有录到声音"),
    ],
)
def test_a_recording_that_callers_should_not_hear_is_refused_in_a_sentence(town, recorded, told):
    with pytest.raises(Refused, match=told):
        takes.keep(town.parts, recorded)


def test_silence_before_and_after_is_cut(town):
    key = takes.keep(town.parts, sound(0.3))
    assert 1.0 <= read_sound(town.parts.storage.get(key)).seconds < 1.4
