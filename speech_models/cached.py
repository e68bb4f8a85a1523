"""Cached: a voice that says nothing twice. Sounds are kept as 8 kHz mu-law WAV files, named by what they say."""

import hashlib
import json
import logging
import os
import tempfile
from pathlib import Path

from speech_models.audio import Audio, BadSound, read_sound, write_wav
from speech_models.reading import read_aloud
from speech_models.speaker import Speaker

log = logging.getLogger(__name__)


class Cached:
    """A speaker before which a folder stands. Safe for threads and processes: a file appears whole or not at all."""

    def __init__(self, speaker: Speaker, folder: Path):
        """`folder` is made when it is not there."""
        self.name = speaker.name
        self._speaker = speaker
        self._folder = folder

    def say(self, text: str, speed: float = 1.0) -> Audio:
        """The same as a telephone hears it, 8 kHz mono, whether kept or made now, also where it cannot be kept.

        Raises CannotSpeak.
        """
        if kept := self.kept(text, speed):
            return read_sound(kept.read_bytes())
        wav = self._spoken(text, speed)
        try:
            self._keep(wav, text, speed)
        except OSError as error:
            log.warning("what was spoken cannot be kept: %s", error)
        return read_sound(wav)

    def file(self, text: str, speed: float = 1.0) -> Path:
        """The WAV file that says this, made now when it is not kept (or no longer whole). Raises CannotSpeak."""
        return self.kept(text, speed) or self._keep(self._spoken(text, speed), text, speed)

    def kept(self, text: str, speed: float = 1.0) -> Path | None:
        """The WAV file that says this, when it is kept and whole: what may be played without waiting."""
        path = self._path(text, speed)
        return path if _is_whole(path) else None

    def _path(self, text: str, speed: float) -> Path:
        """Named by voice, speed and the words that are spoken, so that "8:30" and "八点半" are one file."""
        said = json.dumps([self.name, round(speed, 2), read_aloud(text).strip()])
        return self._folder / f"{hashlib.sha256(said.encode()).hexdigest()}.wav"

    def _spoken(self, text: str, speed: float) -> bytes:
        return write_wav(self._speaker.say(text, speed), mulaw=True)

    def _keep(self, wav: bytes, text: str, speed: float) -> Path:
        path = self._path(text, speed)
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as file:
            try:
                file.write(wav)
                file.flush()
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
        return path


def _is_whole(path: Path) -> bool:
    """Whether the file is there, can be read and is as long as its RIFF header says."""
    try:
        data = path.read_bytes()
        read_sound(data)
    except (OSError, BadSound):
        return False
    return int.from_bytes(data[4:8], "little") + 8 == len(data)
