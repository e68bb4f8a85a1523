"""Tests of the sherpa-onnx recognisers, with tiny models of every kind that sherpa-onnx really loads and decodes."""

import io
import re
import shutil
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest

from speech_models import install as command
from speech_models.audio import joined, read_sound, silence
from speech_models.catalogue import read_catalogue, sha256_of
from speech_models.choose import Recognisers, choose_recogniser
from speech_models.dialects import load_dialects
from speech_models.recogniser import RecogniserUnavailable
from speech_models.sherpa import NOT_KNOWN, Sherpa
from speech_models.transcript import Transcript
from tests.speech_models import tiny_sherpa
from tests.speech_models.noises import NOISES, noise
from tests.speech_models.tiny_sherpa import SIGNS, SURE

pytestmark = pytest.mark.engine

WATER = read_sound((Path(__file__).parent / "mandarin" / "water.wav").read_bytes())
TEXT = "村里停水"
SICHUAN = "sherpa-onnx-paraformer-zh-int8-2025-10-07"
DOLPHIN = "sherpa-onnx-dolphin-base-ctc-multi-lang-int8-2025-04-02"
MANDARIN = "sherpa-onnx-zipformer-ctc-zh-int8-2025-07-03"
SENSE = "sherpa-onnx-sense-voice-zh-en-ja-ko-yue-int8-2024-07-17"
SENSE_YUE = "sherpa-onnx-sense-voice-zh-en-ja-ko-yue-int8-2025-09-09"
X_ASR = "sherpa-onnx-x-asr-zipformer-transducer-zh-en-punct-int8-2026-06-03"
FIRE_RED = "sherpa-onnx-fire-red-asr2-ctc-zh_en-int8-2026-02-25"
WU = "sherpa-onnx-wenetspeech-wu-u2pp-conformer-ctc-zh-int8-2026-02-03"
YUE = "sherpa-onnx-wenetspeech-yue-u2pp-conformer-ctc-zh-en-cantonese-int8-2025-09-10"
TELESPEECH = "sherpa-onnx-telespeech-ctc-int8-zh-2024-06-04"
VOSK = "vosk-model-small-cn-0.22"
# Every sherpa-onnx model of the catalogue, and a tiny model of its kind.
MODELS = {
    X_ASR: tiny_sherpa.transducer,
    SICHUAN: tiny_sherpa.paraformer,
    WU: tiny_sherpa.wenet,
    YUE: tiny_sherpa.wenet,
    SENSE_YUE: tiny_sherpa.sense_voice,
    FIRE_RED: tiny_sherpa.fire_red,
    SENSE: tiny_sherpa.sense_voice,
    MANDARIN: tiny_sherpa.ctc,
    DOLPHIN: tiny_sherpa.dolphin,
    TELESPEECH: tiny_sherpa.telespeech,
}
KINDS = {
    "a-sense-voice": tiny_sherpa.sense_voice,
    "a-paraformer": tiny_sherpa.paraformer,
    "a-zipformer-ctc": tiny_sherpa.ctc,
    "a-zipformer": tiny_sherpa.transducer,
    "a-telespeech-ctc": tiny_sherpa.telespeech,
    "a-dolphin-ctc": tiny_sherpa.dolphin,
    "a-fire-red-asr-ctc": tiny_sherpa.fire_red,
    "a-wenet-ctc": tiny_sherpa.wenet,
}

every_kind = pytest.mark.parametrize("name", KINDS)


def texts(transcript: Transcript) -> list[str]:
    return [word.text for word in transcript.words]


@every_kind
def test_a_model_of_every_kind_is_loaded_and_hears_characters_with_their_times(name, tmp_path):
    transcript = Sherpa(KINDS[name](tmp_path / name)).transcribe(WATER)
    assert transcript.engine == name
    assert transcript.text.startswith(TEXT)
    assert set(texts(transcript)) == set(TEXT)
    starts = [word.start for word in transcript.words]
    assert starts == sorted(starts)
    assert starts[-1] > WATER.seconds / 2
    assert all(0 <= word.start <= word.end <= WATER.seconds + 0.01 for word in transcript.words)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_of_the_catalogue_is_known_by_its_name_and_files(name, tmp_path):
    assert Sherpa(MODELS[name](tmp_path / name)).transcribe(WATER).text.startswith(TEXT)


def test_no_sherpa_model_of_the_catalogue_is_forgotten_here():
    assert set(MODELS) == {name for name in read_catalogue() if name.startswith("sherpa-onnx-")}


@every_kind
def test_no_kind_hears_anything_where_nobody_speaks(name, tmp_path):
    recogniser = Sherpa(KINDS[name](tmp_path / name))
    quiet = silence(2, WATER.rate)
    breath = joined([quiet, WATER.cut(0.9, 1.04), quiet])
    for sound in (quiet, breath):
        assert recogniser.transcribe(sound) == Transcript(engine=name)


@pytest.mark.parametrize("noise_name", NOISES)
def test_nothing_is_heard_in_the_noises_of_a_line(noise_name, tmp_path):
    recogniser = Sherpa(tiny_sherpa.ctc(tmp_path / "a-zipformer-ctc"))
    assert recogniser.transcribe(noise(noise_name)).words == ()


def test_one_model_hears_several_calls_at_once(tmp_path):
    recogniser = Sherpa(tiny_sherpa.ctc(tmp_path / "a-zipformer-ctc"))
    with ThreadPoolExecutor(4) as threads:
        heard = list(threads.map(recogniser.transcribe, [WATER, joined([WATER, WATER])] * 4))
    assert heard[::2] == [heard[0]] * 4
    assert heard[1::2] == [heard[1]] * 4
    assert len(heard[1].words) > len(heard[0].words)


def test_times_count_from_the_start_of_the_whole_sound(tmp_path):
    recogniser = Sherpa(tiny_sherpa.ctc(tmp_path / "a-zipformer-ctc"))
    late = recogniser.transcribe(joined([silence(6, WATER.rate), WATER]))
    assert texts(late)[:4] == list(TEXT)
    assert late.words[0].start > 4
    assert late.words[-1].end <= 6 + WATER.seconds + 0.01


def test_a_character_lasts_no_longer_than_a_syllable(tmp_path):
    first, second = Sherpa(tiny_sherpa.ctc(tmp_path / "a-zipformer-ctc")).transcribe(WATER).words[:2]
    assert second.start - first.start == pytest.approx(0.12)
    assert first.end == second.start


def test_a_transducer_says_how_sure_it_is_and_the_others_are_never_taken_for_sure(tmp_path):
    sure = Sherpa(tiny_sherpa.transducer(tmp_path / "a-zipformer")).transcribe(WATER)
    assert sure.confidence == pytest.approx(np.exp(SURE) / (np.exp(SURE) + len(SIGNS) - 1), abs=0.001)
    unsure = Sherpa(tiny_sherpa.ctc(tmp_path / "a-zipformer-ctc")).transcribe(WATER)
    assert {word.confidence for word in unsure.words} == {unsure.confidence} == {NOT_KNOWN}


def test_sense_voice_is_told_the_language_and_writes_simplified_characters(tmp_path):
    folder = tiny_sherpa.sense_voice(tmp_path / "a-sense-voice")
    assert set(texts(Sherpa(folder, "yue").transcribe(WATER))) == {"系"}
    for language in ("zh", "auto"):
        assert Sherpa(folder, language).transcribe(WATER).text.startswith(TEXT)


@pytest.mark.parametrize(
    ("signs", "heard"),
    [
        (("<blk>", "去", "k@@", "t@@", "v", "<unk>"), ["去", "ktv"]),  # Paraformer: @@ goes on
        (("<blk>", "▁去", "▁k", "tv", "▁ok", "<unk>"), ["去", "ktv", "ok"]),  # SentencePiece: ▁ begins
        (("<blk>", "我们", "，", "村里", "。", "<unk>"), ["我", "们，", "村", "里。"]),
        (("<blk>", "<|zh|>", "停", "<unk>", "水", "<unk>"), ["停", "水"]),
    ],
)
def test_tokens_become_one_word_a_character_or_a_run_of_letters(signs, heard, tmp_path):
    transcript = Sherpa(tiny_sherpa.ctc(tmp_path / "a-zipformer-ctc", signs=signs)).transcribe(WATER)
    assert texts(transcript)[: len(heard)] == heard


# What X-ASR writes: pieces that begin with ▁, English in several of them, punctuation of both languages as pieces of
# their own, in the frames right after the word.
ENGLISH = ("<blk>", "▁去", "▁Wi", "-", "Fi", ",", "▁水", "。", "▁", "停", "<unk>")
HEARD = (0, 0, 1, 0, 0, 2, 3, 4, 5, 0, 0, 0, 6, 7, 0, 0, 0, 8, 9, 0)
SOUND_FRAME = 0.04


def x_asr(tmp_path, sure=SURE) -> Transcript:
    return Sherpa(tiny_sherpa.transducer(tmp_path / X_ASR, signs=ENGLISH, frames=HEARD, sure=sure)).transcribe(WATER)


def test_punctuation_is_no_word_and_english_pieces_are_one(tmp_path):
    heard = x_asr(tmp_path)
    assert texts(heard)[:4] == ["去", "Wi-Fi,", "水。", "停"]
    assert heard.text.startswith("去Wi-Fi,水。停去Wi-Fi,水。停")


def test_punctuation_takes_no_time_from_the_word_before_it(tmp_path):
    first = x_asr(tmp_path).words[0].start - 2 * SOUND_FRAME
    places = [
        (round((word.start - first) / SOUND_FRAME), round((word.end - first) / SOUND_FRAME))
        for word in x_asr(tmp_path).words[:4]
    ]
    assert places == [(2, 5), (5, 12), (12, 18), (18, 22)]


def test_a_word_is_as_sure_as_its_letters_whatever_its_punctuation(tmp_path):
    sure, unsure = (np.exp(logit) / (np.exp(logit) + len(ENGLISH) - 1) for logit in (SURE, 2.0))
    doubted = {",", "。", "-"}
    words = x_asr(tmp_path, sure=[2.0 if ENGLISH[sign] in doubted else SURE for sign in HEARD]).words[:4]
    assert [word.confidence for word in words] == pytest.approx([sure] * 4, abs=0.001)
    words = x_asr(tmp_path, sure=[2.0 if ENGLISH[sign] == "Fi" else SURE for sign in HEARD]).words[:4]
    assert [word.confidence for word in words] == pytest.approx([sure, unsure, sure, sure], abs=0.001)


def test_a_sentence_of_english_keeps_its_spaces_behind_punctuation(tmp_path):
    signs = ("<blk>", "▁Hello", ",", "▁vil", "lage", ".", "<unk>")
    folder = tiny_sherpa.transducer(tmp_path / X_ASR, signs=signs, frames=(0, 0, 1, 2, 0, 3, 0, 4, 5, 0, 0, 0))
    assert Sherpa(folder).transcribe(WATER).text.startswith("Hello, village. Hello, village.")


def test_a_stream_is_heard(tmp_path):
    listening = Sherpa(tiny_sherpa.paraformer(tmp_path / "a-paraformer")).listen()
    for start in range(0, 3):
        listening.feed(WATER.cut(start, start + 1))
    assert listening.finish().transcript.text.startswith(TEXT)


def test_the_kind_can_be_written_into_the_folder(tmp_path):
    folder = tiny_sherpa.dolphin(tmp_path / "of-our-own")
    with pytest.raises(RecogniserUnavailable, match=r'write kind = "..." into sherpa\.toml'):
        Sherpa(folder).transcribe(WATER)
    (folder / "sherpa.toml").write_text('kind = "dolphin-ctc"\n', encoding="utf-8")
    assert Sherpa(folder).transcribe(WATER).text.startswith(TEXT)
    (folder / "sherpa.toml").write_text('kind = "crystal-ball"\n', encoding="utf-8")
    with pytest.raises(RecogniserUnavailable, match="the kinds are sense-voice, paraformer"):
        Sherpa(folder).transcribe(WATER)


@every_kind
def test_a_missing_file_is_named(name, tmp_path):
    folder = KINDS[name](tmp_path / name)
    (folder / "tokens.txt").unlink()
    with pytest.raises(RecogniserUnavailable, match=r"tokens\.txt is missing"):
        Sherpa(folder).transcribe(WATER)


def test_no_folder_and_a_streaming_model_are_sentences(tmp_path):
    with pytest.raises(RecogniserUnavailable, match="There is no folder"):
        Sherpa(tmp_path / "a-paraformer").listen()
    with pytest.raises(RecogniserUnavailable, match="streaming"):
        Sherpa(tiny_sherpa.transducer(tmp_path / "a-streaming-zipformer")).listen()


def test_a_broken_model_is_a_sentence_and_not_the_end_of_the_process(tmp_path):
    folder = tiny_sherpa.paraformer(tmp_path / "a-paraformer")
    model = onnx.load(str(folder / "model.int8.onnx"))
    del model.metadata_props[:]
    onnx.save(model, str(folder / "model.int8.onnx"))
    with pytest.raises(RecogniserUnavailable, match="'vocab_size' does not exist in the metadata"):
        Sherpa(folder).transcribe(WATER)
    (folder / "model.int8.onnx").write_bytes(b"<html>Please log in</html>")
    with pytest.raises(RecogniserUnavailable, match="cannot be loaded"):
        Sherpa(folder).transcribe(WATER)


# ------------------------------------------------------------------ the catalogue, and engines for dialects


@pytest.fixture
def weights(tmp_path, monkeypatch) -> Path:
    """A weights folder of the test's own, and a catalogue where `pin` writes the archives that the test makes."""
    monkeypatch.setenv("XIANGYIN_WEIGHTS", str(tmp_path / "weights"))
    own = tmp_path / "models.toml"
    shutil.copyfile(Path(command.__file__).parent / "models.toml", own)
    for module in ("install", "catalogue", "choose"):
        monkeypatch.setattr(f"speech_models.{module}.read_catalogue", lambda: read_catalogue(own))
    return tmp_path / "weights"


def pin(archive: Path, weights: Path) -> Path:
    """Write the sha256 of an archive into the test's catalogue, as an operator does."""
    own = weights.parent / "models.toml"
    name = re.escape(archive.name.removesuffix(".tar.bz2"))
    entry = re.compile(rf'(name = "{name}".*?\[model\.archive\]\nsize = \d+\n)(sha256 = "\w+"\n)?', re.DOTALL)
    pinned = entry.sub(rf'\g<1>sha256 = "{sha256_of(archive)}"\n', own.read_text(encoding="utf-8"))
    own.write_text(pinned, encoding="utf-8")
    return archive


def packed(folder: Path, *others: tarfile.TarInfo) -> Path:
    """The tar.bz2 that a release has of this folder, with other members behind it."""
    path = folder.with_name(f"{folder.name}.tar.bz2")
    with tarfile.open(path, "w:bz2") as archive:
        archive.add(folder, folder.name)
        for member in others:
            archive.addfile(member, io.BytesIO(b"bad"))
    return path


def install(name: str, weights: Path) -> None:
    made = MODELS[name](weights.parent / name)
    assert command.main([name, "--from", str(pin(packed(made), weights))]) == 0
    shutil.rmtree(made)


@pytest.mark.parametrize("as_folder", [True, False])
def test_a_released_archive_is_installed_and_heard_with(as_folder, weights, tmp_path, capsys):
    archive = pin(packed(tiny_sherpa.paraformer(tmp_path / SICHUAN)), weights)
    assert command.main([SICHUAN, "--from", str(tmp_path if as_folder else archive)]) == 0
    assert sorted(path.name for path in (weights / SICHUAN).iterdir()) == [
        "SHA256SUMS",
        "model.int8.onnx",
        "tokens.txt",
    ]
    assert command.main(["verify", SICHUAN]) == 0
    assert choose_recogniser(SICHUAN).transcribe(WATER).text.startswith(TEXT)


def test_another_archive_than_the_catalogues_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XIANGYIN_WEIGHTS", str(tmp_path / "weights"))
    archive = packed(tiny_sherpa.paraformer(tmp_path / SICHUAN))
    assert command.main([SICHUAN, "--from", str(archive)]) == 1
    assert "not the one in the catalogue" in capsys.readouterr().err


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, 3 if kind == tarfile.REGTYPE else 0
    return info


@pytest.mark.parametrize(
    "harmful",
    [
        member("../outside"),
        member("/outside"),
        member(f"{SICHUAN}/../../outside"),
        member(f"{SICHUAN}/link", tarfile.SYMTYPE, "/etc"),
        member(f"{SICHUAN}/link", tarfile.LNKTYPE, "../../outside"),
        member(f"{SICHUAN}/pipe", tarfile.FIFOTYPE),
    ],
    ids=lambda info: f"{info.name}-{info.type.decode()}",
)
def test_an_archive_that_leads_outside_is_refused(harmful, weights, tmp_path, capsys):
    archive = pin(packed(tiny_sherpa.paraformer(tmp_path / SICHUAN), harmful), weights)
    assert command.main([SICHUAN, "--from", str(archive)]) == 1
    assert "leads outside its folder" in capsys.readouterr().err
    assert list(weights.iterdir()) == []
    assert not (tmp_path / "outside").exists()


def test_a_cut_off_archive_is_refused(weights, tmp_path, capsys):
    archive = packed(tiny_sherpa.paraformer(tmp_path / SICHUAN))
    archive.write_bytes(archive.read_bytes()[:-40])
    pin(archive, weights)
    assert command.main([SICHUAN, "--from", str(archive)]) == 1
    assert "not a zip or tar archive" in capsys.readouterr().err
    assert list(weights.iterdir()) == []


def test_every_dialect_has_the_best_installed_engine(weights):
    assert Recognisers().recogniser_for("sichuan").name == "whisper"
    install(DOLPHIN, weights)
    assert Recognisers().recogniser_for("sichuan").name == DOLPHIN
    install(SICHUAN, weights)
    (weights / VOSK / "am").mkdir(parents=True)
    recognisers = Recognisers()
    chosen = {dialect: recognisers.recogniser_for(dialect).name for dialect in ("sichuan", "wu", "mandarin", "hakka")}
    assert chosen == {"sichuan": SICHUAN, "wu": DOLPHIN, "mandarin": "vosk", "hakka": "vosk"}


# What each dialect's callers are heard with: the first of it that is installed.
ORDER = {
    "mandarin": [X_ASR, VOSK, FIRE_RED, SENSE, MANDARIN, DOLPHIN],
    "sichuan": [SICHUAN, FIRE_RED, DOLPHIN, TELESPEECH],
    "henan": [FIRE_RED, DOLPHIN, TELESPEECH],
    "shandong": [FIRE_RED, DOLPHIN, TELESPEECH],
    "northeast": [FIRE_RED, DOLPHIN, TELESPEECH],
    "shaanxi": [FIRE_RED, DOLPHIN, TELESPEECH],
    "hubei": [FIRE_RED, DOLPHIN, TELESPEECH],
    "jianghuai": [FIRE_RED, TELESPEECH],
    "hunan": [FIRE_RED, DOLPHIN],
    "hokkien": [FIRE_RED, DOLPHIN],
    "wu": [WU, FIRE_RED, DOLPHIN],
    "cantonese": [YUE, SENSE_YUE, FIRE_RED, SENSE, DOLPHIN],
    "hakka": [],
}


def test_the_best_goes_first_for_every_dialect_and_where_it_goes_the_next_takes_over(weights):
    for name in MODELS:
        install(name, weights)
    (weights / VOSK / "am").mkdir(parents=True)
    assert set(ORDER) == {"mandarin", *load_dialects()}
    for gone in ["nothing", *ORDER["mandarin"], *ORDER["sichuan"], WU, YUE, SENSE_YUE]:
        shutil.rmtree(weights / gone, ignore_errors=True)
        there = [path.name for path in weights.iterdir()]
        for dialect, order in ORDER.items():
            best = next((name for name in [*order, *ORDER["mandarin"]] if name in there), "whisper")
            assert Recognisers().recogniser_for(dialect).name == best.replace(VOSK, "vosk")


def test_the_cantonese_fine_tune_hears_nobody_but_cantonese_callers(weights):
    install(SENSE_YUE, weights)
    chosen = {dialect: Recognisers().recogniser_for(dialect).name for dialect in ORDER}
    assert {dialect for dialect, name in chosen.items() if name == SENSE_YUE} == {"cantonese"}


def test_the_next_engine_hears_where_the_dialects_own_cannot(weights):
    install(SICHUAN, weights)
    install(MANDARIN, weights)
    recognisers = Recognisers()
    assert recognisers.recogniser_for("sichuan").transcribe(WATER).engine == SICHUAN
    (weights / SICHUAN / "tokens.txt").write_text("<blank> 0\n", encoding="utf-8")
    assert Recognisers().recogniser_for("sichuan").transcribe(WATER).engine == MANDARIN


def test_an_engine_is_made_once_however_many_dialects_it_serves(weights):
    install(DOLPHIN, weights)
    recognisers = Recognisers(DOLPHIN)
    assert recognisers.recogniser_for("wu") is recognisers.recogniser_for("henan")
    assert recognisers.recogniser_for("wu") is recognisers.recogniser_for("mandarin")
    assert Recognisers("whisper").recogniser_for("wu").name == "whisper"


def test_sense_voice_is_asked_for_cantonese_when_the_caller_speaks_it(weights):
    install(SENSE, weights)
    recognisers = Recognisers()
    assert recognisers.recogniser_for("cantonese").transcribe(WATER).text.startswith("系")
    assert recognisers.recogniser_for("mandarin").transcribe(WATER).text.startswith(TEXT)
