"""Synthetic speech to train on: `python -m training.synthesis FOLDER --voices VOICES [--minutes N]`.

Speaks words of jieba's dictionary (MIT), so chosen that every syllable of Mandarin comes in every tone, and the
sentences of training/sentences.txt, with the installed Kokoro model. VOICES is the folder `voices` of npm's kokoro-js
1.2.1 (`npm pack kokoro-js@1.2.1`, Apache-2.0); mixing two of its style vectors makes a new speaker. Writes 16 kHz sound
as .npy and one line of JSON each to FOLDER/index.jsonl; goes on where it stopped.
"""

import argparse
import collections
import json
import random
import re
from pathlib import Path

import jieba
import numpy as np
import onnxruntime
import soxr
from misaki.zh import ZHG2P
from pypinyin import Style, lazy_pinyin

from speech_models.catalogue import installed
from speech_models.kokoro import RATE as KOKORO_RATE
from speech_models.sound_head import units_of_syllable
from training.expand import sentences
from training.telephone import RATE

TOKENS = Path(__file__).parents[1] / "speech_models" / "voices" / "kokoro_tokens.json"
COMMONEST, EACH_SYLLABLE = 60_000, 9
MOST_TOKENS = 510
PAUSES = {"，": ", ", "。": ". "}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--voices", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=40, help="stop after so many minutes of speech")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    voice = Voices(options.voices)
    seconds = 0.0
    with (options.folder / "index.jsonl").open("a+", encoding="utf-8") as index:
        index.seek(0)
        done = {json.loads(line)["number"]: json.loads(line) for line in index}
        for number, (text, is_list) in enumerate(texts()):
            chance = random.Random(number)
            if number not in done:
                samples, pinyin = voice.say(text, chance)
                np.save(options.folder / f"{number:05d}.npy", (np.clip(samples, -1, 1) * 32767).astype(np.int16))
                done[number] = {
                    "number": number,
                    "text": text,
                    "is_list": is_list,
                    "pinyin": pinyin,
                    "seconds": round(len(samples) / RATE, 2),
                }
                index.write(json.dumps(done[number], ensure_ascii=False) + "\n")
                index.flush()
            seconds += done[number]["seconds"]
            if seconds >= 60 * options.minutes:
                break
    print(f"{len(done)} pieces, {seconds / 60:.1f} minutes")


def texts() -> list[tuple[str, bool]]:
    """What is spoken, in turns: one to four words with pauses between them (True), and a sentence (False)."""
    chance, chosen = random.Random(7), words()
    chance.shuffle(chosen)
    lists = []
    while chosen:
        count = chance.choice([1, 1, 3, 3, 4])
        lists.append((chance.choice("，。").join(chosen[:count]) + "。", True))
        chosen = chosen[count:]
    said = [(sentence, False) for sentence in sentences()]
    together = [text for pair in zip(said, lists, strict=False) for text in pair]
    return together + lists[len(said) :]


def words() -> list[str]:
    """Common words that together hold every syllable in every tone a few times."""
    dictionary = (Path(jieba.__file__).parent / "dict.txt").read_text(encoding="utf-8").splitlines()
    counted = [(line.split()[0], int(line.split()[1])) for line in dictionary]
    usable = sorted((pair for pair in counted if re.fullmatch(r"[一-鿿]{1,4}", pair[0])), key=lambda pair: -pair[1])
    common = [word for word, _ in usable[:COMMONEST]]
    commonest = common[:12_000]
    random.Random(3).shuffle(commonest)
    times: collections.Counter[str] = collections.Counter()
    chosen = []
    for word in commonest + common[12_000:]:
        syllables = pinyin_of(word)
        seldom = min(times[syllable] for syllable in syllables)
        mean = sum(times[syllable] for syllable in syllables) / len(syllables)
        wanted = seldom < 2 if len(word) == 1 else seldom < EACH_SYLLABLE and mean < 1.7 * EACH_SYLLABLE
        if wanted and all(units_of_syllable(syllable) for syllable in syllables):
            times.update(syllables)
            chosen.append(word)
    return chosen


def pinyin_of(word: str) -> list[str]:
    return lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True)


class Voices:
    """Kokoro with all its speakers, and mixtures of them."""

    def __init__(self, folder: Path):
        self._styles = {
            file.stem: np.fromfile(file, "<f4").reshape(MOST_TOKENS, 1, 256) for file in folder.glob("*.bin")
        }
        self._chinese = sorted(name for name in self._styles if name.startswith("z"))
        self._others = sorted(set(self._styles) - set(self._chinese))
        self._tokens = json.loads(TOKENS.read_text(encoding="utf-8"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(installed("kokoro-v1.0-int8") / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )

    def say(self, text: str, chance: random.Random) -> tuple[np.ndarray, list[str]]:
        """Float sound of 16 kHz by some speaker, and the pinyin that was spoken."""
        phonemes, pinyin = _spoken(text)
        tokens = [self._tokens[symbol] for symbol in phonemes if symbol in self._tokens][:MOST_TOKENS]
        style = sum(weight * self._styles[name][len(tokens) - 1] for name, weight in self._speaker(chance))
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": style.astype(np.float32),
            "speed": np.array([chance.uniform(1.0, 1.25)], np.float32),
        }
        return soxr.resample(self._session.run(None, inputs)[0].reshape(-1), KOKORO_RATE, RATE), pinyin

    def _speaker(self, chance: random.Random) -> list[tuple[str, float]]:
        """A Chinese voice, two of them, or one with a foreign voice's colour."""
        kind, weight = chance.random(), chance.uniform(0.3, 0.55)
        if kind < 0.4:
            return [(chance.choice(self._chinese), 1.0)]
        first, second = chance.sample(self._chinese, 2)
        return [(chance.choice(self._others) if kind > 0.75 else first, weight), (second, 1 - weight)]


def _spoken(text: str) -> tuple[str, list[str]]:
    """Kokoro's phonemes of a text and their pinyin, word by word as misaki makes them."""
    phonemes, pinyin = "", []
    for run in re.findall(r"[一-鿿]+|.", text):
        if run in PAUSES:
            phonemes += PAUSES[run]
            continue
        syllables = [pinyin_of(word) for word in jieba.lcut(run)]
        pinyin += [syllable for word in syllables for syllable in word]
        phonemes += " ".join("".join(map(ZHG2P.py2ipa, word)) for word in syllables)
    return phonemes.replace(chr(815), "").strip(), pinyin


if __name__ == "__main__":
    main()
