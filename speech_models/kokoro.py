"""Kokoro: the embedded voice. Kokoro-82M v1.0 as int8 ONNX, the Mandarin voice zm_yunxi, without a network.

Text → reading.py → pieces → phonemes (misaki's Mandarin rules, the ones that the model was trained with) → tokens →
sound at 24 kHz. The model takes at most 510 tokens and wants the style vector that belongs to their number
(https://github.com/hexgrad/kokoro, Apache-2.0; voices/NOTICE names the sources of what is kept here).
"""

import json
import logging
import re
import threading
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime

from speech_models.audio import Audio, joined, level_dbfs, normalise_level, silence
from speech_models.catalogue import ModelMissing, installed
from speech_models.reading import read_aloud
from speech_models.slower import slowed
from speech_models.speaker import CannotSpeak

RATE = 24_000
LEVEL_DBFS = -20.0
_HIGHEST_PEAK = 0.9  # room for what resampling to a telephone line adds

_VOICE = "zm_yunxi"
_VOICES = Path(__file__).parent / "voices"
_MOST_TOKENS = 510
_PIECE = 45  # characters; the longest phonemes (letters, 9 tokens with their space) stay below _MOST_TOKENS
_LONGEST = 3000  # characters; ten minutes of speech

_FULL_STOP, _HALF_STOP, _NO_STOP = 0.35, 0.18, 0.05  # seconds of pause after a piece that ends so
_EDGE = 0.12  # seconds of silence at both ends, so that neither the line nor a player cuts the first sound
_MARGIN, _FADE = 0.03, 0.012  # seconds kept around the speech, and faded in and out

# Latin letters by their English names, in Kokoro's own phonemes (A is the diphthong of "day", I of "my", O of "go").
_LETTER_NAMES = (
    "A:ˈA B:bˈi C:sˈi D:dˈi E:ˈi F:ˈɛf G:ʤˈi H:ˈAʧ I:ˈI J:ʤˈA K:kˈA L:ˈɛl M:ˈɛm "
    "N:ˈɛn O:ˈO P:pˈi Q:kjˈu R:ˈɑɹ S:ˈɛs T:tˈi U:jˈu V:vˈi W:dˈʌbᵊlju X:ˈɛks Y:wˈI Z:zˈi"
)
_LETTERS = dict(name.split(":") for name in _LETTER_NAMES.split())


class Kokoro:
    """The embedded voice; the model (92 MB) is loaded when it first speaks. About 0.7 s of CPU per second of speech."""

    name = f"kokoro-{_VOICE}"

    def __init__(self, model: Path | None = None):
        """`model` is the model.onnx to use instead of the installed one."""
        self._model = model
        self._session: onnxruntime.InferenceSession | None = None
        self._lock = threading.Lock()
        self._styles = np.fromfile(_VOICES / f"{_VOICE}.bin", dtype="<f4").reshape(_MOST_TOKENS, 1, 256)
        self._tokens: dict[str, int] = json.loads((_VOICES / "kokoro_tokens.json").read_text(encoding="utf-8"))

    def say(self, text: str, speed: float = 1.0) -> Audio:
        """Speak Chinese text: mono at 24 kHz, about -20 dBFS RMS, a short silence at both ends. `speed` 0.5 to 2.

        Latin letters are spelled; what has no sound (emoji, rare characters) is passed over.
        Raises CannotSpeak when the model is missing, the text is too long or nothing in it can be spoken.
        """
        if len(text) > _LONGEST:
            raise CannotSpeak(f"The text has {len(text)} characters; at most {_LONGEST} can be spoken at once.")
        speed = min(max(speed, 0.5), 2.0)
        sounds = [silence(_EDGE, RATE)]
        for piece, pause in pieces(read_aloud(text)):
            tokens = [self._tokens[symbol] for symbol in phonemes(piece) if symbol in self._tokens]
            if any(token > self._tokens[" "] for token in tokens):
                sounds += [self._speak(tokens, speed), silence(pause / speed, RATE)]
        if len(sounds) == 1:
            raise CannotSpeak("There is nothing in this text that can be spoken.")
        return joined([*sounds[:-1], silence(_EDGE, RATE)])

    def _speak(self, tokens: list[int], speed: float) -> Audio:
        tokens = tokens[:_MOST_TOKENS]
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
            "style": self._styles[len(tokens) - 1],
            # asked to speak slowly, the model puts a murmur before the first word: it is slowed afterwards instead
            "speed": np.array([max(speed, 1.0)], dtype=np.float32),
        }
        samples = self._loaded().run(None, inputs)[0].astype(np.float32).reshape(-1)
        speech = normalise_level(slowed(_trimmed(Audio(samples, RATE)), speed), LEVEL_DBFS)
        peak = float(np.max(np.abs(speech.samples), initial=0.0))
        return Audio(speech.samples * np.float32(min(1.0, _HIGHEST_PEAK / peak)), RATE) if peak else speech

    def _loaded(self) -> onnxruntime.InferenceSession:
        with self._lock:
            if self._session is None:
                self._session = _load(self._model)
            return self._session


def _load(model: Path | None) -> onnxruntime.InferenceSession:
    """Open the model for one core: the machine's other cores answer calls meanwhile."""
    try:
        path = model or installed("kokoro-v1.0-int8") / "model.onnx"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except ModelMissing as missing:
        raise CannotSpeak(str(missing), ours=True) from missing
    except Exception as error:  # onnxruntime's errors have no common class
        raise CannotSpeak(f"The voice model {path} cannot be loaded: {error}", ours=True) from error


def pieces(text: str) -> list[tuple[str, float]]:
    """Cut text at its punctuation into pieces of at most 45 characters, each with the pause after it in seconds.

    A sentence is a piece; a longer one is cut at commas, and where it has none, wherever it must be.
    """
    found: list[tuple[str, float]] = []
    for sentence in re.findall(r"[^。！？!?；;\n]+[。！？!?；;\n]*", text):
        ready = ""
        for clause in re.findall(r"[^，,、：:]+[，,、：:]*|[，,、：:]+", sentence):
            if ready and len(ready) + len(clause) > _PIECE:
                found.append((ready, _HALF_STOP))
                ready = ""
            while len(clause) > _PIECE:
                found.append((clause[:_PIECE], _NO_STOP))
                clause = clause[_PIECE:]
            ready += clause
        if ready.strip():
            found.append((ready, _FULL_STOP))
    return found


def phonemes(text: str) -> str:
    """Kokoro's phonemes of text without digits: Chinese by misaki, Latin letters by name, the rest as it is."""
    spoken = ""
    for part in re.findall(r"[A-Za-z]|[一-龥，。、：；！？《》「」【】（）\s]+|.", text):
        if part.isascii() and part.isalpha():
            spoken += f" {_LETTERS[part.upper()]} "
        else:
            spoken += _mandarin(part)
    return re.sub(r"\s+", " ", spoken).strip()


def _mandarin(text: str) -> str:
    try:
        return _g2p()(text)[0]
    except ValueError:  # misaki knows no sound for one of these rare characters
        return _mandarin(text[: len(text) // 2]) + _mandarin(text[len(text) // 2 :]) if len(text) > 1 else ""


@cache
def _g2p():
    """misaki's Mandarin rules. Importing them takes a second, and their dictionary warns and talks on stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
        from misaki.zh import ZHG2P
    jieba.setLogLevel(logging.WARNING)
    return ZHG2P()


def _trimmed(audio: Audio) -> Audio:
    """The speech alone: silence at both ends cut off, both ends faded so that none begins or ends with a click."""
    window = RATE // 100
    frames = audio.samples[: len(audio.samples) // window * window].reshape(-1, window)
    loud = np.flatnonzero(np.sqrt(np.mean(np.square(frames), axis=1)) > 10 ** ((level_dbfs(audio) - 30) / 20))
    if len(loud):
        audio = audio.cut(loud[0] * window / RATE - _MARGIN, (loud[-1] + 1) * window / RATE + _MARGIN)
    samples, ramp = audio.samples.copy(), np.linspace(0, 1, round(_FADE * RATE), dtype=np.float32)
    if len(samples) > 2 * len(ramp):
        samples[: len(ramp)] *= ramp
        samples[-len(ramp) :] *= ramp[::-1]
    return Audio(samples, RATE)
