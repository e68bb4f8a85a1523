"""Caches, models and the search's index may be lost: damaged, they are made again, passed over or done without."""

import os

import pytest
from sqlalchemy import text

from app.models import SortingRun
from app.services.cases import opening
from app.services.desk.waveform import Waveform, waveform
from app.services.search import finding, indexing
from app.services.sorting import in_use
from app.services.sorting.classifier import Sorter
from app.services.wording import prompts
from app.storage import Folder
from speech_models.cached import Cached
from speech_models.catalogue import ModelMissing
from speech_models.choose import first_that_works
from speech_models.kokoro import Kokoro
from speech_models.language_model import LanguageModel
from speech_models.recogniser import RecogniserUnavailable
from speech_models.scripted import Scripted
from speech_models.speaker import CannotSpeak
from speech_models.tones import Tones
from speech_models.vosk import Vosk
from speech_models.whisper import Whisper
from tests.make import quiet, speech
from tests.make import town as running_town
from tests.services.conversation.test_calls import LAMP

GARBAGE = [b"", b"\x00", os.urandom(5000), b'{"levels": [1, 2', b'{"levels": ["a"], "pauses": []}', b"[1, 2]", b"null"]


def away(*args):
    raise OSError("the store is away")


@pytest.mark.parametrize("content", [*GARBAGE, "cut"])
def test_a_damaged_waveform_is_drawn_again(tmp_path, content):
    storage = Folder(tmp_path)
    storage.put("a.wav", speech(3))
    whole = waveform(storage, "a.wav")
    storage.put("a.wav.wave", storage.get("a.wav.wave")[:20] if content == "cut" else content)
    assert waveform(storage, "a.wav") == whole != Waveform((), ())
    storage.put = away
    assert waveform(storage, "a.wav") == whole


def test_a_waveform_that_cannot_be_kept_is_shown_all_the_same(tmp_path):
    storage = Folder(tmp_path)
    storage.put("a.wav", speech(3))
    storage.put = away
    assert waveform(storage, "a.wav").seconds == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("content", [b"", os.urandom(3000), "cut", "a folder"])
def test_what_was_spoken_and_is_damaged_is_spoken_again(tmp_path, content):
    voice = Cached(Tones(), tmp_path / "speech")
    whole = voice.say("路灯")
    file = voice.file("路灯")
    cut = file.read_bytes()[:-500]
    file.unlink()
    if content == "a folder":
        file.mkdir()
    else:
        file.write_bytes(cut if content == "cut" else content)
    assert voice.say("路灯").seconds == whole.seconds


def test_a_voice_speaks_where_nothing_can_be_kept(tmp_path):
    (tmp_path / "speech").write_text("a file in the place of the folder")
    assert Cached(Tones(), tmp_path / "speech").say("路灯").seconds > 0


def test_a_damaged_piece_is_rendered_again_for_whoever_listens_at_the_desk(town):
    parts = town.parts
    parts.storage.put(prompts.spoken_key("路灯"), b"RIFF")
    assert prompts.hear(parts, ["路灯"], {})[:4] == b"RIFF"
    assert len(parts.storage.get(prompts.spoken_key("路灯"))) > 1000


@pytest.mark.parametrize("content", [b"", os.urandom(3000), "away"])
def test_without_what_sorting_learnt_cases_are_sorted_as_on_day_one(town, content):
    with town.parts.database.session() as session:
        session.add(SortingRun(by="hotline", state="on", key="sorting/x.npz", sha256="0" * 64))
    if content == "away":
        got, town.parts.storage.get = town.parts.storage.get, away
    else:
        town.parts.storage.put("sorting/x.npz", content)
    with town.parts.database.reading() as session:
        assert in_use.sorter_in_use(town.parts, session) == Sorter()
    if content == "away":
        asked: list[str] = []
        town.parts.storage.get = lambda key: asked.append(key) or away()
        with town.parts.database.reading() as session:
            assert in_use.sorter_in_use(town.parts, session) == Sorter()
        assert asked == ["sorting/x.npz"]  # again, since nothing was kept of it
        town.parts.storage.get = got
    town.text(LAMP)
    assert town.cases()[0].proposal.category == "路灯照明"


@pytest.mark.parametrize(
    "content", [b"", os.urandom(100_000), b"mmap lm http://kheafield.com/code format version 5\n\0"]
)
def test_a_damaged_language_model_is_as_none(tmp_path, content):
    (tmp_path / "zh_CN.lm").write_bytes(content)
    with pytest.raises(ModelMissing, match="damaged"):
        LanguageModel(tmp_path)


def damaged_whisper(folder):
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt", "vocabulary.json"):
        (folder / name).write_bytes(os.urandom(2000))
    return Whisper(folder=folder)


def damaged_vosk(folder):
    for name in ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/HCLG.fst", "graph/words.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(os.urandom(2000))
    return Vosk(folder)


@pytest.mark.parametrize("damaged", [damaged_whisper, damaged_vosk])
def test_a_damaged_recogniser_is_unavailable_and_the_next_one_listens(tmp_path, damaged):
    recogniser = damaged(tmp_path)
    sound = Tones().say("路灯坏了")
    with pytest.raises(RecogniserUnavailable):
        recogniser.transcribe(sound)
    assert first_that_works([recogniser, Scripted(["路灯坏了"])]).transcribe(sound).text == "路灯坏了"


def test_a_damaged_voice_says_that_it_cannot_speak(tmp_path):
    (tmp_path / "model.onnx").write_bytes(os.urandom(5000))
    with pytest.raises(CannotSpeak):
        Kokoro(tmp_path / "model.onnx").say("路灯")


@pytest.fixture
def small_town(tmp_path, sqlite_url):
    """A running service on SQLite, whose full-text table is the one that can be damaged by itself."""
    with running_town(tmp_path / "data", sqlite_url) as running:
        yield running


def test_a_damaged_index_of_the_search_stops_no_case_and_is_made_again(small_town):
    town = small_town
    town.text(LAMP, "+8619900001231")
    with town.parts.database.session() as session:
        session.execute(text("UPDATE search_terms_data SET block = x'00ff00ff1234'"))
    town.parts.database.work(lambda session: opening.receive(session, "sms", None, "没有灯", by="caller"))
    town.call(speech(), hang_up="after_speaking", heard="石桥村停水了")
    assert town.text("清水村的路烂了", "+8619900001232")
    assert len(town.cases()) == 4

    def found(words: str) -> finding.Found:
        with town.parts.database.reading() as session:
            return finding.find(session, words, "CN")

    assert found("停水").broken
    town.queue.find()
    assert [len(found(words).hits) for words in ("路灯", "停水", "路烂")] == [1, 1, 1]
    assert indexing.mend(town.parts.database) == 0


def test_a_sound_without_speech_reads_as_before(tmp_path):
    storage = Folder(tmp_path)
    storage.put("a.wav", quiet(1))
    assert waveform(storage, "a.wav") == waveform(storage, "a.wav")
