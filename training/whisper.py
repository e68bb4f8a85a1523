"""Whisper base in PyTorch, from the CTranslate2 file that is installed, with low-rank adapters to be trained."""

import struct
from collections.abc import Mapping

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HEADS = 8
LAYERS = 6
EMBEDDINGS = "decoder/embeddings/weight"
_KINDS = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}


def variables(model: bytes) -> dict[str, np.ndarray]:
    """The variables of a CTranslate2 model file (binary version 6), by name, as they lie in it.

    A string is its length with a closing zero (2 bytes) and that; a variable its name, rank (1 byte), dimensions
    (4 bytes each), type (1 byte), size in bytes (4 bytes) and values.
    """
    place = 4
    (length,) = struct.unpack_from("<H", model, place)
    place += 2 + length + 4
    (count,) = struct.unpack_from("<I", model, place)
    place += 4
    found = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", model, place)
        name = model[place + 2 : place + 1 + length].decode()
        place += 2 + length
        rank = model[place]
        shape = struct.unpack_from(f"<{rank}I", model, place + 1)
        place += 1 + 4 * rank
        kind, size = struct.unpack_from("<BI", model, place)
        place += 5
        found[name] = np.frombuffer(model, _KINDS[kind], size // np.dtype(_KINDS[kind]).itemsize, place).reshape(shape)
        place += size
    return found


class Adapted(nn.Module):
    """A linear layer that stays as it is, and a low-rank one that learns beside it."""

    def __init__(self, weight: np.ndarray, bias: np.ndarray, rank: int, dropped: float):
        super().__init__()
        self.register_buffer("weight", torch.from_numpy(weight.astype(np.float32)))
        self.register_buffer("bias", torch.from_numpy(bias.astype(np.float32)))
        self.down = nn.Parameter(torch.randn(rank, weight.shape[1]) / weight.shape[1] ** 0.5)
        self.up = nn.Parameter(torch.zeros(weight.shape[0], rank))
        self.drop = nn.Dropout(dropped)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.weight, self.bias) + F.linear(F.linear(self.drop(x), self.down), self.up)


class Whisper(nn.Module):
    """Whisper base with `kept` rows of its vocabulary. Adapters of `rank` in the layers whose names begin with one of
    `adapted`, such as "decoder/"."""

    def __init__(self, weights: Mapping[str, np.ndarray], kept: list[int], adapted: tuple[str, ...], rank: int):
        super().__init__()
        self.fixed = {
            name: torch.from_numpy(value.astype(np.float32))
            for name, value in weights.items()
            if value.dtype == np.float16 and name != EMBEDDINGS
        }
        self.embeddings = torch.from_numpy(weights[EMBEDDINGS][kept].astype(np.float32))
        self.adapters = nn.ModuleDict()
        for name in weights:
            layer = name.removesuffix("/weight")
            if "/linear_" in layer and layer != name and layer.startswith(adapted):
                made = Adapted(weights[name], weights[f"{layer}/bias"], rank, dropped=0.1)
                self.adapters[layer.replace("/", ":")] = made

    def encode(self, spectra: torch.Tensor) -> torch.Tensor:
        """Log-mel spectra (sounds, 80, hundredths) as steps of 20 ms (sounds, steps, 512)."""
        x = F.gelu(F.conv1d(spectra, self.fixed["encoder/conv1/weight"], self.fixed["encoder/conv1/bias"], padding=1))
        weight, bias = self.fixed["encoder/conv2/weight"], self.fixed["encoder/conv2/bias"]
        x = F.gelu(F.conv1d(x, weight, bias, stride=2, padding=1)).transpose(1, 2)
        x = x + self.fixed["encoder/position_encodings/encodings"][: x.shape[1]]
        for layer in range(LAYERS):
            x = x + self._attend(f"encoder/layer_{layer}/self_attention", x)
            x = x + self._feed(f"encoder/layer_{layer}/ffn", x)
        return self._norm("encoder", x)

    def decode(self, encoded: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """The scores (texts, tokens, vocabulary) of what follows each token."""
        x = self.embeddings[tokens] + self.fixed["decoder/position_encodings/encodings"][: tokens.shape[1]]
        for layer in range(LAYERS):
            x = x + self._attend(f"decoder/layer_{layer}/self_attention", x, causal=True)
            x = x + self._attend(f"decoder/layer_{layer}/attention", x, encoded)
            x = x + self._feed(f"decoder/layer_{layer}/ffn", x)
        return self._norm("decoder", x) @ self.embeddings.T

    def differences(self) -> dict[str, np.ndarray]:
        """What was learnt: `NAME:down` (rank, in) and `NAME:up` (out, rank), float16; the weight grows by up @ down."""
        learnt = {}
        for name, adapter in self.adapters.items():
            layer = name.replace(":", "/")
            learnt[f"{layer}:down"] = adapter.down.detach().numpy().astype(np.float16)
            learnt[f"{layer}:up"] = adapter.up.detach().numpy().astype(np.float16)
        return learnt

    def _linear(self, name: str, x: torch.Tensor) -> torch.Tensor:
        key = name.replace("/", ":")
        if key in self.adapters:
            return self.adapters[key](x)
        return F.linear(x, self.fixed[f"{name}/weight"], self.fixed[f"{name}/bias"])

    def _norm(self, name: str, x: torch.Tensor) -> torch.Tensor:
        scale, shift = self.fixed[f"{name}/layer_norm/gamma"], self.fixed[f"{name}/layer_norm/beta"]
        return F.layer_norm(x, x.shape[-1:], scale, shift)

    def _feed(self, name: str, x: torch.Tensor) -> torch.Tensor:
        return self._linear(f"{name}/linear_1", F.gelu(self._linear(f"{name}/linear_0", self._norm(name, x))))

    def _attend(
        self, name: str, x: torch.Tensor, encoded: torch.Tensor | None = None, *, causal: bool = False
    ) -> torch.Tensor:
        x = self._linear(f"{name}/linear_0", self._norm(name, x))
        if encoded is None:
            asked, known, values = x.chunk(3, dim=-1)
        else:
            asked, (known, values) = x, self._linear(f"{name}/linear_1", encoded).chunk(2, dim=-1)
        heads = [part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in (asked, known, values)]
        seen = F.scaled_dot_product_attention(*heads, is_causal=causal).transpose(1, 2).flatten(-2)
        return self._linear(f"{name}/linear_{1 if encoded is None else 2}", seen)
