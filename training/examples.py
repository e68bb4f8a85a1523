"""Training examples: synthetic speech over the telephone as Whisper's encoder hears it, and the units that are said."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from speech_models.audio import Audio
from speech_models.sound_head import units_of_syllable
from speech_models.whisper import Whisper
from training.telephone import RATE, over_the_telephone

SINGLE_WORD, WHOLE = 0.45, 0.25
BABBLE = 4
STEPS_A_UNIT = 2.4
# Hundredths kept before and after what is loud: the burst of a b or d is not, and a word without it is another word.
BEFORE, AFTER = 10, 8
PAUSE_SECONDS = 0.1

Example = tuple[np.ndarray, list[int]]
Piece = dict


def examples(folder: Path, times: int) -> Iterator[tuple[int, Example]]:
    """Every piece of training.synthesis `times` over, each time otherwise: its number, and what is heard, float16 of
    shape (steps, 512), with the units. Kept in folder/examples, so that it is made once."""
    pieces = [json.loads(line) for line in (folder / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    (folder / "examples").mkdir(exist_ok=True)
    whisper = Whisper()
    for piece in pieces:
        kept = folder / "examples" / f"{piece['number']}.npz"
        if not kept.exists():
            np.savez(kept, **_made(folder, whisper, piece, pieces, times))
        with np.load(kept) as arrays:
            for name in sorted(name for name in arrays.files if name.startswith("heard")):
                units = arrays[name.replace("heard", "units")].tolist()
                if len(arrays[name]) > STEPS_A_UNIT * len(units):
                    yield piece["number"], (arrays[name], units)


def _made(folder: Path, whisper: Whisper, piece: dict, pieces: list[dict], times: int) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(piece["number"])
    arrays: dict[str, np.ndarray] = {}
    for turn in range(times):
        speech, first, end = _part(sound_of(folder, piece), piece, chance)
        pinyin = piece["pinyin"][first:end]
        others = [sound_of(folder, pieces[chance.integers(len(pieces))]) for _ in range(BABBLE)]
        heard = Audio(over_the_telephone(speech, others, chance), RATE)
        arrays[f"heard{turn}"] = whisper.encode_shortly(heard).astype(np.float16)
        arrays[f"units{turn}"] = np.array([unit for syllable in pinyin for unit in units_of_syllable(syllable)])
    return arrays


def sound_of(folder: Path, piece: Piece) -> np.ndarray:
    """A piece as it was spoken, 16 kHz."""
    return np.load(folder / f"{piece['number']:05d}.npy").astype(np.float32) / 32767


def part_of(speech: np.ndarray, piece: Piece, chance: np.random.Generator) -> tuple[np.ndarray, str]:
    """Speech of 16 kHz and the characters said in it: of a list of words one or a few, by chance."""
    speech, first, end = _part(speech, piece, chance)
    return speech, "".join(sign for sign in piece["text"] if sign not in "，。")[first:end]


def _part(speech: np.ndarray, piece: Piece, chance: np.random.Generator) -> tuple[np.ndarray, int, int]:
    """Of a list of words one or a few, where the pauses show which is which; else all of the speech. With the first
    syllable that is said and the one after the last."""
    spoken = _loud_parts(speech)
    words = [word for word in piece["text"].replace("，", "。").split("。") if word]
    if not piece["is_list"] or len(spoken) != len(words) or (len(words) > 1 and chance.random() < WHOLE):
        return speech[spoken[0][0] : spoken[-1][1]], 0, len(piece["pinyin"])
    count = 1 if chance.random() < SINGLE_WORD / (1 - WHOLE) else chance.integers(1, len(words) + 1)
    first = chance.integers(0, len(words) - count + 1)
    ends = np.cumsum([0, *map(len, words)])
    return speech[spoken[first][0] : spoken[first + count - 1][1]], int(ends[first]), int(ends[first + count])


def _loud_parts(speech: np.ndarray) -> list[tuple[int, int]]:
    """First and last sample of each run of speech between pauses; all of it where nothing is loud."""
    window = RATE // 100
    loud = np.sqrt(np.mean(np.square(speech[: len(speech) // window * window].reshape(-1, window)), axis=1))
    loud = np.convolve(loud, np.ones(3) / 3, mode="same")
    places = np.flatnonzero(loud > 0.02 * loud.max())
    if not len(places):
        return [(0, len(speech))]
    runs = np.split(places, np.flatnonzero(np.diff(places) > PAUSE_SECONDS * 100) + 1)
    return [(max(0, run[0] - BEFORE) * window, (run[-1] + AFTER) * window) for run in runs]
