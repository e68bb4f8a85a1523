"""Vosk (识别): streaming recognition with any Vosk model that the operator has installed."""

import json
import logging
import threading
from collections.abc import Sequence
from pathlib import Path

import vosk

from speech_models.audio import Audio
from speech_models.recogniser import Final, RecogniserUnavailable
from speech_models.stitching import stitched
from speech_models.transcript import Transcript
from speech_models.vosk_decoder import Decoders
from speech_models.vosk_listening import ENGINE, NONE_OF_THEM, VoskListening

log = logging.getLogger(__name__)

CHUNK_SECONDS = 0.5


class Vosk:
    """A Vosk model (a folder). Loads on first use; one model is shared by all threads, with a decoder for each call.

    Hints become a grammar: only those phrases can be heard, or none of them. `dropped_hints` holds the words that a
    hint wanted and the model does not know; such hints are left out. A model with a fixed graph knows no grammars: it
    listens freely.
    """

    name = ENGINE

    def __init__(self, model_folder: Path | str):
        self.folder = Path(model_folder)
        self.dropped_hints: set[str] = set()
        self._loading = threading.Lock()
        self._loaded: vosk.Model | None = None
        self._decoders: Decoders | None = None

    def load(self) -> vosk.Model:
        """Load the model, once. Raises RecogniserUnavailable when the folder holds none."""
        with self._loading:
            if self._loaded is None:
                if not (self.folder / "am").is_dir() and not (self.folder / "final.mdl").is_file():
                    raise RecogniserUnavailable(f"There is no Vosk model in {self.folder}.")
                try:
                    self._loaded = vosk.Model(str(self.folder))
                    self._decoders = Decoders(self._loaded)
                except Exception as error:  # the binding raises no narrower class
                    raise RecogniserUnavailable(f"The Vosk model in {self.folder} cannot be loaded.") from error
            return self._loaded

    @property
    def takes_hints(self) -> bool:
        """Whether the model's graph is put together at run time, which grammars need."""
        return any((self.folder / place).is_file() for place in ("graph/HCLr.fst", "HCLr.fst"))

    def knows(self, word: str) -> bool:
        """Whether a word is in the model's vocabulary."""
        return self.load().vosk_model_find_word(word) >= 0

    def transcribe(self, audio: Audio, hints: Sequence[str] = ()) -> Transcript:
        """Transcribe mono audio at any rate. Raises RecogniserUnavailable when there is no model."""
        listening = self.listen(hints)
        step = max(1, round(CHUNK_SECONDS * audio.rate))
        parts = []
        for start in range(0, len(audio.samples), step):
            news = listening.feed(Audio(audio.samples[start : start + step], audio.rate))
            if isinstance(news, Final):
                parts.append(news.transcript)
        return stitched([*parts, listening.finish().transcript], self.name)

    def listen(self, hints: Sequence[str] = ()) -> VoskListening:
        """Start listening to a stream; a Final comes at each pause that ends an utterance."""
        self.load()
        return VoskListening(self._decoders, self._grammar(hints))

    def _grammar(self, hints: Sequence[str]) -> str | None:
        """The hints as Vosk's grammar, or None to listen freely."""
        if not hints:
            return None
        if not self.takes_hints:
            log.warning("the Vosk model %s has a fixed graph and takes no hints; listening freely", self.folder.name)
            return None
        phrases = [" ".join(words) for hint in hints if (words := self._split(hint))]
        if not phrases:
            return None
        none_of_them = [NONE_OF_THEM] if self.knows(NONE_OF_THEM) else []
        return json.dumps([*dict.fromkeys(phrases), *none_of_them], ensure_ascii=False)

    def _split(self, hint: str) -> list[str]:
        """A hint as words of the model, the longest first (Chinese has no spaces); empty when one is missing."""
        words = []
        for piece in hint.split():
            while piece:
                known = next((piece[:end] for end in range(len(piece), 0, -1) if self.knows(piece[:end])), None)
                if known is None:
                    self.dropped_hints.add(hint)
                    log.warning("hint %r left out: the Vosk model %s does not know %r", hint, self.folder.name, piece)
                    return []
                words.append(known)
                piece = piece[len(known) :]
        return words
