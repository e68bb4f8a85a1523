"""A sherpa-onnx model in a folder: which kind it is, which files it needs, and opening it.

`python -m speech_models.sherpa_model FOLDER` opens one and lets it hear a second of noise.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import sherpa_onnx

RATE = 16000
TRIAL_SECONDS = 180
TOKENS = "tokens.txt"
KIND_FILE = "sherpa.toml"
# What a folder's name says, looked for in this order; a transducer is known by its three files.
NAMES = (
    ("sense-voice", "sense-voice"),
    ("paraformer", "paraformer"),
    ("telespeech", "telespeech-ctc"),
    ("dolphin", "dolphin-ctc"),
    ("zipformer-ctc", "zipformer-ctc"),
    ("fire-red-asr2-ctc", "fire-red-asr-ctc"),
    ("fire-red-asr-ctc", "fire-red-asr-ctc"),
    ("u2pp-conformer-ctc", "wenet-ctc"),
    ("wenet-ctc", "wenet-ctc"),
)
TRANSDUCER = "transducer"
TRANSDUCER_PARTS = ("encoder", "decoder", "joiner")
OPEN = {
    "sense-voice": sherpa_onnx.OfflineRecognizer.from_sense_voice,
    "paraformer": sherpa_onnx.OfflineRecognizer.from_paraformer,
    "telespeech-ctc": sherpa_onnx.OfflineRecognizer.from_telespeech_ctc,
    "dolphin-ctc": sherpa_onnx.OfflineRecognizer.from_dolphin_ctc,
    "zipformer-ctc": sherpa_onnx.OfflineRecognizer.from_zipformer_ctc,
    "fire-red-asr-ctc": sherpa_onnx.OfflineRecognizer.from_fire_red_asr_ctc,
    "wenet-ctc": sherpa_onnx.OfflineRecognizer.from_wenet_ctc,
    TRANSDUCER: sherpa_onnx.OfflineRecognizer.from_transducer,
}
KINDS = tuple(OPEN)


class NoSuchModel(Exception):
    """A folder holds no model that can be used; the message is one sentence that says what is wrong."""


def kind_of(folder: Path) -> str:
    """One of KINDS: what `kind` in the folder's sherpa.toml says, else what its name or its files say.

    Raises NoSuchModel.
    """
    if not folder.is_dir():
        raise NoSuchModel(f"There is no folder {folder}.")
    said = folder / KIND_FILE
    if said.is_file():
        return _read_kind(said)
    if "streaming" in folder.name:
        raise NoSuchModel(f"The model in {folder} is a streaming one, which is not supported.")
    for part, kind in NAMES:
        if part in folder.name:
            return kind
    if all(any(folder.glob(f"{part}*.onnx")) for part in TRANSDUCER_PARTS):
        return TRANSDUCER
    raise NoSuchModel(f'Nothing says what kind of model is in {folder}; write kind = "..." into {KIND_FILE} there.')


def _read_kind(path: Path) -> str:
    try:
        kind = tomllib.loads(path.read_text(encoding="utf-8")).get("kind")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NoSuchModel(f"{path} cannot be read: {error}.") from error
    if kind not in KINDS:
        raise NoSuchModel(f"{path} names the kind {kind!r}; the kinds are {', '.join(KINDS)}.")
    return kind


def files_of(folder: Path, kind: str) -> dict[str, str]:
    """The files a model of this kind needs, by what they are for; the int8 one where there are several.

    Raises NoSuchModel when one is missing.
    """
    parts = TRANSDUCER_PARTS if kind == TRANSDUCER else ("model",)
    files = {"tokens": folder / TOKENS}
    for part in parts:
        found = sorted(folder.glob(f"{part}*.onnx"), key=lambda path: (".int8." not in path.name, path.name))
        files[part] = found[0] if found else folder / f"{part}.onnx"
    if missing := [path.name for path in files.values() if not path.is_file()]:
        raise NoSuchModel(f"The {kind} model in {folder} is not whole: {', '.join(missing)} is missing.")
    return {part: str(path) for part, path in files.items()}


def open_model(folder: Path, language: str = "auto") -> sherpa_onnx.OfflineRecognizer:
    """Open a model; `language` (zh, yue or auto) matters to SenseVoice only. Raises NoSuchModel.

    The library ends the whole process on some broken models: see `try_elsewhere`.
    """
    kind = kind_of(folder)
    files = files_of(folder, kind)
    if kind == "paraformer":
        files["paraformer"] = files.pop("model")
    hint = {"language": language} if kind == "sense-voice" else {}
    try:
        return OPEN[kind](**files, **hint)
    except (RuntimeError, ValueError, IndexError) as error:
        raise NoSuchModel(f"The {kind} model in {folder} cannot be loaded: {error}.") from error


def hear(model: sherpa_onnx.OfflineRecognizer, samples: np.ndarray):
    """What a model hears in mono samples of 16 kHz: sherpa-onnx's result. Several threads may ask at once."""
    stream = model.create_stream()
    stream.accept_waveform(RATE, samples)
    model.decode_stream(stream)
    return stream.result


def try_elsewhere(folder: Path) -> None:
    """Open a model in a process of its own first, since a broken one ends the process. Raises NoSuchModel."""
    files_of(folder, kind_of(folder))
    command = [sys.executable, "-m", "speech_models.sherpa_model", str(folder.resolve())]
    try:
        done = subprocess.run(
            command, cwd=Path(__file__).parents[1], capture_output=True, timeout=TRIAL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise NoSuchModel(f"The model in {folder} did not load within {TRIAL_SECONDS} seconds.") from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        reason = lines[-1].rstrip(".") if lines else f"exit code {done.returncode}"
        raise NoSuchModel(f"The model in {folder} cannot be used: {reason}.")


def main() -> None:
    noise = np.random.default_rng(1).normal(0, 0.05, RATE).astype(np.float32)
    try:
        hear(open_model(Path(sys.argv[1])), noise)
    except Exception as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
