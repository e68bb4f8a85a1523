"""Tiny sherpa-onnx models: they count frames and write the same few characters again and again, one frame in three."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIGNS = ("<blk>", "村", "里", "停", "水", "<unk>")
FRAMES = (0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 4)  # the sign of each frame of sound; 0 is the blank
SURE = 6.0  # by how much the logit of the written sign is above the others
FLOAT, INT32, INT64 = TensorProto.FLOAT, TensorProto.INT32, TensorProto.INT64
WINDOW = {"lfr_window_size": 7, "lfr_window_shift": 6, "neg_mean": "0," * 559 + "0", "inv_stddev": "1," * 559 + "1"}
SENSE_MARKS = ("<|zh|>", "<|NEUTRAL|>", "<|Speech|>", "<|woitn|>")
SENSE_VOICE = {"lang_auto": 0, "lang_zh": 3, "lang_en": 4, "lang_ja": 11, "lang_ko": 12, "lang_yue": 7}
SENSE_VOICE |= {"with_itn": 14, "without_itn": 15, "normalize_samples": 0}


def ctc(folder: Path, *, signs: Sequence[str] = SIGNS, bins: int = 80, **metadata) -> Path:
    """A CTC model: (N, T, bins) and lengths in, log-probabilities of every fourth frame and their number out."""
    nodes = [*_frames(4), _make("Unsqueeze", "found first", "log_probs"), _make("Unsqueeze", "n first", "lengths")]
    shapes = {"x": (FLOAT, "N", "T", bins), "x_lens": (INT64, "N")}
    outputs = {"log_probs": (FLOAT, "N", "n", len(signs)), "lengths": (INT64, "N")}
    return _save(folder, "model.int8.onnx", signs, nodes, shapes, outputs, _constants(4, len(signs)), metadata)


def dolphin(folder: Path) -> Path:
    return ctc(folder, vocab_size=len(SIGNS), mean="0," * 79 + "0", invstd="1," * 79 + "1")


def fire_red(folder: Path) -> Path:
    mean, deviation = ",".join(["0"] * 80), ",".join(["1"] * 80)
    metadata = {"model_type": "fire-red-asr-2-ctc", "cmvn_mean": mean, "cmvn_inv_stddev": deviation}
    return ctc(folder, signs=("<blank>", *SIGNS[1:]), **metadata)


def wenet(folder: Path) -> Path:
    return ctc(folder, signs=("<blank>", *SIGNS[1:]), vocab_size=len(SIGNS), subsampling_factor=4)


def telespeech(folder: Path) -> Path:
    """Only features in (MFCC, 40 of them), (T, N, signs) out."""
    nodes = [*_frames(4), _make("Unsqueeze", "found second", "logits")]
    outputs = {"logits": (FLOAT, "n", 1, len(SIGNS))}
    metadata = {"model_type": "telespeech_ctc"}
    inputs = {"x": (FLOAT, 1, "T", 40)}
    return _save(folder, "model.int8.onnx", SIGNS, nodes, inputs, outputs, _constants(4, len(SIGNS)), metadata)


def paraformer(folder: Path) -> Path:
    """One sign for every six frames of 60 ms, and how many there are; no times."""
    nodes = [*_frames(6), _make("Unsqueeze", "found first", "logits"), _make("Unsqueeze", "n first", "n_1")]
    nodes.append(helper.make_node("Cast", ["n_1"], ["count"], to=INT32))
    inputs = {"x": (FLOAT, "N", "T", 560), "x_lens": (INT32, "N")}
    outputs = {"logits": (FLOAT, "N", "n", len(SIGNS)), "count": (INT32, "N")}
    signs = ("<blank>", *SIGNS[1:5], "</s>")
    constants = _constants(6, len(signs), frames=(1, 2, 3, 4))
    return _save(
        folder, "model.int8.onnx", signs, nodes, inputs, outputs, constants, {"vocab_size": len(signs), **WINDOW}
    )


def sense_voice(folder: Path) -> Path:
    """Four frames of marks, then the frames of sound; asked for Cantonese it writes 係 and nothing else."""
    signs = (*SIGNS, *SENSE_MARKS, "係")
    marks = np.full((4, len(signs)), -SURE, np.float32)
    marks[range(4), range(6, 10)] = SURE
    cantonese = [10 if frame else 0 for frame in FRAMES]
    nodes = [
        *_frames(1),
        _make("Equal", "language seven", "is_cantonese"),
        _make("Gather", "cantonese_table at", "found_cantonese"),
        _make("Where", "is_cantonese found_cantonese found", "chosen"),
        helper.make_node("Concat", ["marks", "chosen"], ["all"], axis=0),
        _make("Unsqueeze", "all first", "logits"),
    ]
    inputs = {"x": (FLOAT, "N", "T", 560), **dict.fromkeys(("x_length", "language", "text_norm"), (INT32, "N"))}
    outputs = {"logits": (FLOAT, "N", "m", len(signs))}
    constants = _constants(1, len(signs)) | {
        "marks": marks,
        "seven": np.array([7], np.int32),
        "cantonese_table": _constants(1, len(signs), cantonese)["table"],
    }
    metadata = {"vocab_size": len(signs), **WINDOW, **SENSE_VOICE}
    return _save(folder, "model.int8.onnx", signs, nodes, inputs, outputs, constants, metadata)


def transducer(folder: Path, *, signs: Sequence[str] = SIGNS, frames: Sequence[int] = FRAMES, sure=SURE) -> Path:
    """The encoder knows the signs, decoder and joiner let them pass. `sure` is one for all frames, or one for each."""
    size = len(signs)
    nodes = [*_frames(4), _make("Unsqueeze", "found first", "out"), _make("Unsqueeze", "n first", "lengths")]
    inputs = {"x": (FLOAT, "N", "T", 80), "x_lens": (INT64, "N")}
    outputs = {"out": (FLOAT, "N", "n", size), "lengths": (INT64, "N")}
    metadata = {"model_type": "zipformer2"}
    constants = _constants(4, size, frames, sure)
    _save(folder, "encoder-epoch-1.int8.onnx", signs, nodes, inputs, outputs, constants, metadata)
    nodes = [helper.make_node("Cast", ["y"], ["as_float"], to=FLOAT), _make("MatMul", "as_float nothing", "out")]
    metadata = {"vocab_size": size, "context_size": 2}
    inputs, outputs = {"y": (INT64, "N", 2)}, {"out": (FLOAT, "N", size)}
    nothing = {"nothing": np.zeros((2, size), np.float32)}
    _save(folder, "decoder-epoch-1.onnx", signs, nodes, inputs, outputs, nothing, metadata)
    nodes = [_make("Add", "encoder decoder", "logit")]
    inputs = {"encoder": (FLOAT, "N", size), "decoder": (FLOAT, "N", size)}
    outputs = {"logit": (FLOAT, "N", size)}
    return _save(folder, "joiner-epoch-1.int8.onnx", signs, nodes, inputs, outputs, {}, {"joiner_dim": size})


def _make(kind: str, inputs: str, output: str) -> onnx.NodeProto:
    return helper.make_node(kind, inputs.split(), [output])


def _frames(every: int) -> list[onnx.NodeProto]:
    """From the input x to `n`, the number of frames written, and `found`, the logits of each (n, signs)."""
    return [
        _make("Shape", "x", "shape"),
        _make("Gather", "shape one", "t"),
        _make("Div", "t every", "n"),
        _make("Range", "zero n one", "range"),
        _make("Mod", "range rows", "at"),
        _make("Gather", "table at", "found"),
    ]


def _constants(every: int, signs: int, frames: Sequence[int] = FRAMES, sure=SURE) -> dict[str, np.ndarray]:
    table = np.zeros((len(frames), signs), np.float32)
    table[range(len(frames)), frames] = sure
    table -= np.log(np.exp(table).sum(axis=1, keepdims=True))
    numbers = {"zero": 0, "one": 1, "every": every, "rows": len(frames)}
    axes = {"first": np.array([0], np.int64), "second": np.array([1], np.int64)}
    return {name: np.array(number, np.int64) for name, number in numbers.items()} | axes | {"table": table}


def _save(folder: Path, name: str, signs, nodes, inputs, outputs, constants, metadata) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, *shape) in inputs.items()],
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, *shape) in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items() if name in used],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, {key: str(value) for key, value in metadata.items()})
    onnx.save(model, str(folder / name))
    tokens = "".join(f"{sign} {number}\n" for number, sign in enumerate(signs))
    (folder / "tokens.txt").write_text(tokens, encoding="utf-8")
    return folder
