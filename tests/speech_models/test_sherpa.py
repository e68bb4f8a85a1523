"""Tests of the sherpa-onnx recognisers, with tiny models of every kind that sherpa-onnx really loads and decodes."""

import io
import shutil
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest

from speech_models import install as command
from speech_models.audio import joined, read_sound, silence
from speech_models.catalogue import read_catalogue
from speech_models.choose import Recognisers, choose_recogniser
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
SENSE = "sherpa-onnx-sense-voice-zh-en-ja-ko-yue-int8-2025-09-09"
KINDS = {
    "a-sense-voice": tiny_sherpa.sense_voice,
    "a-paraformer": tiny_sherpa.paraformer,
    "a-zipformer-ctc": tiny_sherpa.ctc,
    "a-zipformer": tiny_sherpa.transducer,
    "a-telespeech-ctc": tiny_sherpa.telespeech,
    "a-dolphin-ctc": tiny_sherpa.dolphin,
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
    """A weights folder of the test's own, where models are installed from archives the test makes."""
    monkeypatch.setenv("XIANGYIN_WEIGHTS", str(tmp_path / "weights"))
    catalogue = (Path(command.__file__).parent / "models.toml").read_text(encoding="utf-8")
    unpinned = tmp_path / "models.toml"
    lines = catalogue.split("# Recognisers for sherpa-onnx.")
    kept = [line for line in lines[1].splitlines() if not line.startswith("sha256")]
    unpinned.write_text(lines[0] + "#" + "\n".join(kept), encoding="utf-8")
    for module in ("install", "catalogue", "choose"):
        monkeypatch.setattr(f"speech_models.{module}.read_catalogue", lambda: read_catalogue(unpinned))
    return tmp_path / "weights"


def packed(folder: Path, *others: tarfile.TarInfo) -> Path:
    """The tar.bz2 that a release has of this folder, with other members behind it."""
    path = folder.with_name(f"{folder.name}.tar.bz2")
    with tarfile.open(path, "w:bz2") as archive:
        archive.add(folder, folder.name)
        for member in others:
            archive.addfile(member, io.BytesIO(b"bad"))
    return path


def install(name: str, kind, tmp_path: Path) -> None:
    archive = packed(kind(tmp_path / name))
    assert command.main([name, "--from", str(archive)]) == 0
    shutil.rmtree(tmp_path / name)


@pytest.mark.parametrize("as_folder", [True, False])
def test_a_released_archive_is_installed_and_heard_with(as_folder, weights, tmp_path, capsys):
    archive = packed(tiny_sherpa.paraformer(tmp_path / SICHUAN))
    assert command.main([SICHUAN, "--from", str(tmp_path if as_folder else archive)]) == 0
    assert "No checksum" in capsys.readouterr().out
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
    archive = packed(tiny_sherpa.paraformer(tmp_path / SICHUAN), harmful)
    assert command.main([SICHUAN, "--from", str(archive)]) == 1
    assert "leads outside its folder" in capsys.readouterr().err
    assert list(weights.iterdir()) == []
    assert not (tmp_path / "outside").exists()


def test_a_cut_off_archive_is_refused(weights, tmp_path, capsys):
    archive = packed(tiny_sherpa.paraformer(tmp_path / SICHUAN))
    archive.write_bytes(archive.read_bytes()[:-40])
    assert command.main([SICHUAN, "--from", str(archive)]) == 1
    assert "not a zip or tar archive" in capsys.readouterr().err
    assert list(weights.iterdir()) == []


def test_every_dialect_has_the_best_installed_engine(weights, tmp_path):
    assert Recognisers().recogniser_for("sichuan").name == "whisper"
    install(DOLPHIN, tiny_sherpa.dolphin, tmp_path)
    assert Recognisers().recogniser_for("sichuan").name == DOLPHIN
    install(SICHUAN, tiny_sherpa.paraformer, tmp_path)
    (weights / "vosk-model-small-cn-0.22" / "am").mkdir(parents=True)
    recognisers = Recognisers()
    chosen = {dialect: recognisers.recogniser_for(dialect).name for dialect in ("sichuan", "wu", "mandarin", "hakka")}
    assert chosen == {"sichuan": SICHUAN, "wu": DOLPHIN, "mandarin": "vosk", "hakka": "vosk"}


def test_the_next_engine_hears_where_the_dialects_own_cannot(weights, tmp_path):
    install(SICHUAN, tiny_sherpa.paraformer, tmp_path)
    install(MANDARIN, tiny_sherpa.ctc, tmp_path)
    recognisers = Recognisers()
    assert recognisers.recogniser_for("sichuan").transcribe(WATER).engine == SICHUAN
    (weights / SICHUAN / "tokens.txt").write_text("<blank> 0\n", encoding="utf-8")
    assert Recognisers().recogniser_for("sichuan").transcribe(WATER).engine == MANDARIN


def test_an_engine_is_made_once_however_many_dialects_it_serves(weights, tmp_path):
    install(DOLPHIN, tiny_sherpa.dolphin, tmp_path)
    recognisers = Recognisers(DOLPHIN)
    assert recognisers.recogniser_for("wu") is recognisers.recogniser_for("henan")
    assert Recognisers("whisper").recogniser_for("wu").name == "whisper"


def test_sense_voice_is_asked_for_cantonese_when_the_caller_speaks_it(weights, tmp_path):
    install(SENSE, tiny_sherpa.sense_voice, tmp_path)
    recognisers = Recognisers()
    assert recognisers.recogniser_for("cantonese").transcribe(WATER).text.startswith("系")
    assert recognisers.recogniser_for("mandarin").transcribe(WATER).text.startswith(TEXT)
