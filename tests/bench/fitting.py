"""Fitting: weights that make a probability of features, for the benches that calibrate."""

import zlib
from collections.abc import Mapping, Sequence

import numpy as np

STEPS = 50
HELD_BACK = 1e-3


def in_first_half(speaker: str) -> bool:
    """Which half of the speakers one is in, the same in every run: weights are fitted to the first half."""
    return zlib.crc32(speaker.encode()) % 2 == 0


def logistic(features: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, float]:
    """The weight of each feature and the constant that make the outcomes (rows, 0 or 1) likeliest: Newton's method on
    the logistic regression, with the weights of the standardised features held back a little."""
    middle, spread = features.mean(0), features.std(0) + 1e-9
    rows = np.c_[(features - middle) / spread, np.ones(len(features))]
    held = np.full(rows.shape[1], HELD_BACK * len(rows))
    held[-1] = 1e-9
    weights = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        sure = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (sure - right) + held * weights
        weights -= np.linalg.solve((rows.T * (sure * (1 - sure))) @ rows + np.diag(held), slope)
    plain = weights[:-1] / spread
    return plain, float(weights[-1] - plain @ middle)


def preference(choices: Sequence[tuple[np.ndarray, int]]) -> np.ndarray:
    """The weight of each feature that makes the chosen row of each array (rows, features) likeliest among its rows:
    Newton's method on the conditional logit, with the weights held back a little."""
    weights = np.zeros(choices[0][0].shape[1])
    spread = np.concatenate([rows - rows.mean(0) for rows, _ in choices]).std(0) + 1e-9
    held = np.diag(HELD_BACK * len(choices) * spread**2)
    for _ in range(STEPS):
        slope, bend = held @ weights, held.copy()
        for rows, chosen in choices:
            likely = np.exp(rows @ weights - np.max(rows @ weights))
            likely /= likely.sum()
            middle = likely @ rows
            slope += middle - rows[chosen]
            bend += (rows.T * likely) @ rows - np.outer(middle, middle)
        weights -= np.linalg.solve(bend, slope)
    return weights


def as_toml(names: Sequence[str], weights: np.ndarray, more: Mapping[str, float]) -> str:
    """The fitted numbers as lines of TOML."""
    pairs = [*zip(names, weights, strict=True), *more.items()]
    return "\n".join(f"{name} = {float(value):.4f}" for name, value in pairs)
