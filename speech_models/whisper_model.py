"""The Whisper model cut down to Chinese: two thousand of its fifty thousand tokens, so decoding is faster and cannot
wander into other languages."""

import json
import re
import struct
from pathlib import Path

import ctranslate2
import numpy as np

PROMPT = ("<|startoftranscript|>", "<|zh|>", "<|transcribe|>", "<|notimestamps|>")
EMBEDDINGS = b"decoder/embeddings/weight\x00"
SHAPE = struct.Struct("<BIIBI")
FLOAT16 = 4
LONGEST_SPELLING = 48

# Chinese characters (U+3400 to U+9FFF) and full-width signs in UTF-8, also cut anywhere: rare characters are spelt by
# several tokens. Digits are left out on purpose: a number is then written as it is spoken, one character a syllable.
CHINESE = re.compile(
    rb"[\x80-\xbf]{0,2}(?:\xe3[\x80\x90-\xbf][\x80-\xbf]|[\xe4-\xe9][\x80-\xbf]{2}|\xef\xbc[\x80-\xbf])*"
    rb"(?:\xe3[\x80\x90-\xbf]?|[\xe4-\xe9][\x80-\xbf]?|\xef\xbc?)?"
)
LETTER_OR_SIGN = re.compile(rb"[A-Za-z,.?! ]")


class ChineseWhisper:
    """A CTranslate2 Whisper model whose vocabulary is the Chinese part of the original. Shared by threads.

    `model` is the CTranslate2 model, `prompt` the token numbers that ask for a Chinese transcript without time marks.
    """

    def __init__(self, folder: Path, calls: int):
        vocabulary = read_vocabulary(folder)
        kept = [number for number, token in enumerate(vocabulary) if is_needed(token)]
        self.tokens = [vocabulary[number] for number in kept]
        self.prompt = [self.tokens.index(token) for token in PROMPT]
        self._spelling = [_bytes_of(token) for token in self.tokens]
        self._number_of = {spelling: number for number, spelling in reversed([*enumerate(self._spelling)]) if spelling}
        self.model = ctranslate2.models.Whisper(
            str(folder),
            device="cpu",
            compute_type="int8",
            inter_threads=calls,
            intra_threads=1,
            files={
                "model.bin": _with_rows((folder / "model.bin").read_bytes(), kept),
                "config.json": _with_numbers((folder / "config.json").read_bytes(), kept),
                "vocabulary.txt": "".join(f"{token}\n" for token in self.tokens).encode(),
            },
        )

    def spell(self, numbers: list[int]) -> list[tuple[str, int, int]]:
        """The characters that tokens spell, each with its first token and the one after its last."""
        characters: list[tuple[str, int, int]] = []
        pending, start = b"", 0
        for place, number in enumerate(numbers):
            if not pending:
                start = place
            pending += self._spelling[number]
            text = pending.decode("utf-8", errors="ignore")
            if text.encode() == pending:
                characters += [(character, start, place + 1) for character in text]
                pending = b""
            elif len(pending) > 12:
                pending = b""
        return characters

    def numbers(self, text: str) -> list[int]:
        """The tokens that spell a text, the longest first; what cannot be spelt is left out."""
        spelling, found = text.encode(), []
        while spelling:
            ends = range(min(len(spelling), LONGEST_SPELLING), 0, -1)
            end = next((end for end in ends if spelling[:end] in self._number_of), 0)
            if end:
                found.append(self._number_of[spelling[:end]])
            spelling = spelling[end or 1 :]
        return found


def read_vocabulary(folder: Path) -> list[str]:
    as_json = folder / "vocabulary.json"
    if as_json.is_file():
        return json.loads(as_json.read_text(encoding="utf-8"))
    return (folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")[:-1]


def _is_special(token: str) -> bool:
    return token.startswith("<|") and token.endswith("|>")


def is_needed(token: str) -> bool:
    if _is_special(token):
        return not re.fullmatch(r"<\|\d+\.\d+\|>", token)
    spelling = _bytes_of(token)
    return bool(LETTER_OR_SIGN.fullmatch(spelling) or CHINESE.fullmatch(spelling))


def _byte_letters() -> dict[str, int]:
    """The letter that stands for each byte in a byte-level vocabulary (the GPT-2 convention: printable Latin-1 bytes
    stand for themselves, the others for U+0100 onwards)."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(b): b for b in printable} | {chr(256 + n): byte for n, byte in enumerate(others)}


BYTE_OF = _byte_letters()


def _bytes_of(token: str) -> bytes:
    return b"" if _is_special(token) else bytes(BYTE_OF[letter] for letter in token)


def _with_rows(model: bytes, kept: list[int]) -> bytes:
    """A CTranslate2 model file (version 6) with only these rows of the token embeddings, which the output layer shares.

    A variable is: its name, rank (1 byte), dimensions (4 bytes each), type (1 byte), size in bytes (4 bytes), values.
    """
    header = model.index(EMBEDDINGS) + len(EMBEDDINGS)
    rank, rows, width, kind, size = SHAPE.unpack_from(model, header)
    if (rank, kind) != (2, FLOAT16):
        raise ValueError("The token embeddings of this Whisper model are not a table of 16-bit floats.")
    values = header + SHAPE.size
    table = np.frombuffer(model, np.float16, rows * width, values).reshape(rows, width)[kept]
    shape = SHAPE.pack(rank, len(kept), width, kind, table.nbytes)
    return b"".join((model[:header], shape, table.tobytes(), model[values + size :]))


def _with_numbers(config: bytes, kept: list[int]) -> bytes:
    """The model's config.json with the lists of token numbers renumbered."""
    new = {old: place for place, old in enumerate(kept)}
    settings = json.loads(config)
    for name in ("suppress_ids", "suppress_ids_begin", "lang_ids"):
        settings[name] = [new[number] for number in settings[name] if number in new]
    return json.dumps(settings).encode()
