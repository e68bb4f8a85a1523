"""Train the sound head: `python -m training.sound_head FOLDER [--times N] [--minutes N] [--out FILE]`.

FOLDER holds the speech of training.synthesis. Each piece is sent over `times` telephones, encoded by the installed
Whisper, and a small network learns which sounds are in it (CTC). One piece in twenty is kept apart; the share of its
units that come out wrong is printed at the end. One core; the same seeds in every run.
"""

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from speech_models.sound_head import BLANK, DATA, FINALS, INITIALS, TONES
from training.examples import Example, examples

WIDTH, KERNEL, BLOCKS = 128, 5, 3
ENCODED, TOGETHER = 512, 2
BATCH, RATE_OF_LEARNING, WEIGHT_DECAY = 24, 2e-3, 0.02
DROPPED_IN, DROPPED = 0.25, 0.2
KEPT_APART = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=12, help="how many telephones each piece is sent over")
    parser.add_argument("--minutes", type=float, default=15, help="processor minutes of learning")
    parser.add_argument("--out", type=Path, default=DATA)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    made = list(examples(options.folder, options.times))
    learned = [example for number, example in made if number % KEPT_APART]
    apart = [example for number, example in made if number % KEPT_APART == 0]
    print(f"{len(learned)} examples, {sum(len(heard) for heard, _ in learned) / 50 / 60:.0f} minutes", flush=True)
    network = Network()
    learn(network, learned, 60 * options.minutes)
    print(f"units wrong in what was kept apart: {wrong_part(network, apart):.3f}")
    np.savez_compressed(options.out, **network.weights())


class Block(nn.Module):
    """A convolution over time that adds to what comes in."""

    def __init__(self, step: int):
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.convolve = nn.Conv1d(WIDTH, WIDTH, KERNEL, padding=KERNEL // 2 * step, dilation=step)
        self.drop = nn.Dropout(DROPPED)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.drop(torch.relu(self.convolve(self.norm(x).transpose(1, 2)).transpose(1, 2)))


class Network(nn.Module):
    """speech_models.sound_head.SoundHead, to be trained. A final and a tone share what is known of each: their unit is
    as likely as both together."""

    def __init__(self):
        super().__init__()
        self.drop, self.enter = nn.Dropout(DROPPED_IN), nn.Linear(ENCODED * TOGETHER, WIDTH)
        self.blocks = nn.Sequential(*(Block(2**place) for place in range(BLOCKS)))
        self.norm, self.leave = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 1 + len(INITIALS) + len(FINALS) + TONES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        parts = self.leave(self.norm(self.blocks(self.enter(self.drop(x)))))
        common, finals, tones = parts.split([1 + len(INITIALS), len(FINALS), TONES], dim=-1)
        toned = (finals[..., :, None] + tones[..., None, :]).flatten(-2)
        return torch.cat([common, toned], dim=-1).log_softmax(dim=-1)

    def weights(self) -> dict[str, np.ndarray]:
        """By the names that SoundHead reads, float16."""
        named = {
            "in": self.enter.weight.T,
            "in_bias": self.enter.bias,
            "scale": self.norm.weight,
            "shift": self.norm.bias,
            "out": self.leave.weight.T,
            "out_bias": self.leave.bias,
        }
        for place, block in enumerate(self.blocks):
            named |= {f"scale{place}": block.norm.weight, f"shift{place}": block.norm.bias}
            named |= {f"kernel{place}": block.convolve.weight.permute(2, 1, 0), f"bias{place}": block.convolve.bias}
        return {name: weight.detach().numpy().astype(np.float16) for name, weight in named.items()}


def learn(network: Network, made: list[Example], seconds: float) -> None:
    """AdamW on CTC for so many seconds of processor time, slower towards the end; some steps are blotted out."""
    chance = np.random.default_rng(0)
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=WEIGHT_DECAY)
    began, steps, batches = time.process_time(), 0, []
    network.train()
    while (part := (time.process_time() - began) / seconds) < 1:
        batches = batches or _batches(made, chance)
        for group in optimiser.param_groups:
            group["lr"] = RATE_OF_LEARNING * min(1, steps / 100) * (0.5 + 0.5 * math.cos(math.pi * part))
        x, *rest = _together(batches.pop())
        for row in x:
            for begin in chance.integers(0, len(row), size=2):
                row[begin : begin + chance.integers(0, 3)] = 0
        lost = _loss(network(x), *rest)
        optimiser.zero_grad()
        lost.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        steps += 1
        if steps % 200 == 0:
            print(f"{part:.0%}: {lost.item():.3f}", flush=True)
    network.eval()


def _batches(made: list[Example], chance: np.random.Generator) -> list[list[Example]]:
    """All examples in batches of about the same length, by chance."""
    order = sorted(chance.permutation(len(made)), key=lambda place: len(made[place][0]) + chance.uniform(0, 15))
    batches = [[made[place] for place in order[first : first + BATCH]] for first in range(0, len(order), BATCH)]
    chance.shuffle(places := list(range(len(batches))))
    return [batches[place] for place in places]


def _together(batch: list[Example]) -> tuple[torch.Tensor, ...]:
    """Encoded steps, two by two (examples, pairs, 1024), how many each has, all units, and how many each has."""
    lengths = [len(heard) // TOGETHER for heard, _ in batch]
    x = np.zeros((len(batch), max(lengths), TOGETHER * ENCODED), np.float32)
    for row, (heard, _), length in zip(x, batch, lengths, strict=True):
        row[:length] = heard[: length * TOGETHER].reshape(length, -1)
    units = torch.tensor([unit for _, said in batch for unit in said])
    return torch.from_numpy(x), torch.tensor(lengths), units, torch.tensor([len(said) for _, said in batch])


def _loss(sounds: torch.Tensor, lengths: torch.Tensor, units: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    return nn.functional.ctc_loss(sounds.transpose(0, 1), units, lengths, counts, blank=BLANK, zero_infinity=True)


@torch.no_grad()
def wrong_part(network: Network, made: list[Example]) -> float:
    """The part of the units that the likeliest way through the sounds gets wrong."""
    wrong = total = 0
    for heard, said in made:
        best = network(_together([(heard, said)])[0])[0].argmax(-1).tolist()
        changes = [place for place, unit in enumerate(best) if not place or unit != best[place - 1]]
        got = [best[place] for place in changes if best[place] != BLANK]
        wrong, total = wrong + _edits(got, said), total + len(said)
    return wrong / max(1, total)


def _edits(got: list[int], said: list[int]) -> int:
    row = list(range(len(said) + 1))
    for count, one in enumerate(got, start=1):
        before, row = row, [count]
        for place, other in enumerate(said):
            row.append(min(before[place] + (one != other), before[place + 1] + 1, row[-1] + 1))
    return row[-1]


if __name__ == "__main__":
    main()
