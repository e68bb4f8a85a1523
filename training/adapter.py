"""Train a low-rank adapter of Whisper base: `python -m training.adapter FOLDER OUT [--minutes N] [--parts decoder/]`.

FOLDER holds the speech of training.synthesis. Each piece is sent over another telephone each time; the adapter learns
to write what was said, in the window that the recogniser uses. One piece in twenty is kept apart: its loss is printed
before and after. OUT is an .npz with `up` and `down` of each layer. One core; the same seeds in every run.
"""

import argparse
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from speech_models import whisper_model
from speech_models.catalogue import installed
from speech_models.whisper import SHORTEST_WINDOW_SECONDS
from speech_models.whisper import Whisper as Recogniser
from training.examples import Piece, part_of, sound_of
from training.telephone import RATE, over_the_telephone
from training.whisper import Whisper, variables

RANK, BATCH, RATE_OF_LEARNING, WEIGHT_DECAY = 8, 8, 3e-4, 0.01
KEPT_APART, BABBLE = 20, 4
END, NOTHING = "<|endoftext|>", -100

Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=20, help="processor minutes of learning")
    parser.add_argument("--parts", nargs="+", default=["decoder/"], help="where adapters are put")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    lines = (options.folder / "index.jsonl").read_text(encoding="utf-8").splitlines()
    pieces = [json.loads(line) for line in lines]
    heard = Heard(options.folder, pieces)
    weights = variables((installed("whisper-base") / "model.bin").read_bytes())
    network = Whisper(weights, heard.kept, tuple(options.parts), RANK)
    print(f"{sum(value.numel() for value in network.parameters())} weights to learn", flush=True)
    apart = [piece for piece in pieces if piece["number"] % KEPT_APART == 0]
    learned = [piece for piece in pieces if piece["number"] % KEPT_APART]
    print(f"kept apart, before: {loss_on(network, heard, apart):.3f}", flush=True)
    learn(network, heard.batches(learned, np.random.default_rng(0)), 60 * options.minutes)
    print(f"kept apart, after: {loss_on(network, heard, apart):.3f}")
    np.savez_compressed(options.out, **network.differences())


class Heard:
    """The pieces as telephones deliver them and as tokens. `kept`: the rows of the vocabulary that the recogniser
    keeps."""

    def __init__(self, folder: Path, pieces: list[Piece]):
        self._folder, self._pieces = folder, pieces
        self._recogniser = Recogniser()
        self._chinese = self._recogniser.load()
        vocabulary = whisper_model.read_vocabulary(installed("whisper-base"))
        self.kept = [number for number, token in enumerate(vocabulary) if whisper_model.is_needed(token)]
        self._end = self._chinese.tokens.index(END)

    def batches(self, pieces: list[Piece], chance: np.random.Generator) -> Iterator[Batch]:
        """Batches without end, each piece over another telephone each time."""
        while True:
            order = chance.permutation(len(pieces))
            for first in range(0, len(order) - BATCH + 1, BATCH):
                yield self.together([pieces[place] for place in order[first : first + BATCH]], chance)

    def together(self, pieces: list[Piece], chance: np.random.Generator) -> Batch:
        """Spectra (pieces, 80, hundredths), tokens with the prompt, and what is to follow each (NOTHING: no matter)."""
        made = [self._one(piece, chance) for piece in pieces]
        longest = max(len(tokens) for _, tokens in made)
        known = torch.full((len(made), longest), self._end)
        wanted = torch.full((len(made), longest), NOTHING)
        begin = len(self._chinese.prompt) - 1
        for row, (_, tokens) in enumerate(made):
            known[row, : len(tokens)] = torch.tensor(tokens)
            wanted[row, begin : len(tokens)] = torch.tensor([*tokens[begin + 1 :], self._end])
        return torch.from_numpy(np.stack([spectrum for spectrum, _ in made])), known, wanted

    def _one(self, piece: Piece, chance: np.random.Generator) -> tuple[np.ndarray, list[int]]:
        speech, text = part_of(sound_of(self._folder, piece), piece, chance)
        others = [sound_of(self._folder, self._pieces[chance.integers(len(self._pieces))]) for _ in range(BABBLE)]
        heard = over_the_telephone(speech, others, chance)[: int(SHORTEST_WINDOW_SECONDS * RATE)]
        samples = np.zeros(int(SHORTEST_WINDOW_SECONDS * RATE), np.float32)
        samples[: len(heard)] = heard
        spectrum = self._recogniser.spectrum_of(samples)
        return spectrum, [*self._chinese.prompt, *self._chinese.numbers(text)]


def learn(network: Whisper, batches: Iterator[Batch], seconds: float) -> None:
    """AdamW for so many seconds of processor time, slower towards the end."""
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=WEIGHT_DECAY)
    began, steps, mean = time.process_time(), 0, 0.0
    network.train()
    while (part := (time.process_time() - began) / seconds) < 1:
        for group in optimiser.param_groups:
            group["lr"] = RATE_OF_LEARNING * min(1, (steps + 1) / 20) * (0.5 + 0.5 * math.cos(math.pi * part))
        lost = _loss(network, next(batches))
        optimiser.zero_grad()
        lost.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        steps += 1
        mean += lost.item()
        if steps % 20 == 0:
            print(f"{part:.0%}, {steps} steps: {mean / 20:.3f}", flush=True)
            mean = 0.0
    network.eval()


def _loss(network: Whisper, batch: Batch) -> torch.Tensor:
    spectra, known, wanted = batch
    with torch.autocast("cpu", torch.bfloat16):
        scores = network.decode(network.encode(spectra), known)
    return F.cross_entropy(scores.float().flatten(0, 1), wanted.flatten(), ignore_index=NOTHING, label_smoothing=0.05)


@torch.no_grad()
def loss_on(network: Whisper, heard: Heard, pieces: list[Piece]) -> float:
    """The mean loss a token."""
    network.eval()
    chance = np.random.default_rng(1)
    lost = [_loss(network, heard.together(pieces[at : at + BATCH], chance)) for at in range(0, len(pieces), BATCH)]
    return float(np.mean([one.item() for one in lost]))


if __name__ == "__main__":
    main()
