"""Where sounds are kept: a folder by default, any S3-compatible store by setting."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from uuid import uuid4

_MISSED_SECONDS = 60


class StorageUnavailable(Exception):
    """The store does not take or give what it should (disk full, rights, network): ours to mend."""


class Storage(Protocol):
    """Bytes under keys like `recordings/2026/11/ab.wav`. A key, once written, is not written differently.

    Every method may raise StorageUnavailable.
    """

    def put(self, key: str, content: bytes) -> None: ...

    def get(self, key: str) -> bytes:
        """Raises KeyError."""

    def has(self, key: str) -> bool: ...


class Folder:
    """A folder on this machine. A file appears whole or not at all, and is on the disk when `put` returns."""

    def __init__(self, root: Path):
        self.root = root.resolve()

    def put(self, key: str, content: bytes) -> None:
        path = self._path(key)
        half = path.with_name(f".{path.name}.{uuid4().hex}")
        with _reaching(key):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with half.open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                half.replace(path)
            finally:
                half.unlink(missing_ok=True)

    def get(self, key: str) -> bytes:
        with _reaching(key):
            try:
                return self._path(key).read_bytes()
            except (FileNotFoundError, IsADirectoryError):
                raise KeyError(key) from None

    def has(self, key: str) -> bool:
        return self._path(key).is_file()

    def _path(self, key: str) -> Path:
        path = self.root / key
        if ".." in path.parts or not path.is_relative_to(self.root):
            raise KeyError(key)
        return path


class Bucket:
    """A bucket of an S3-compatible store.

    What `has` learnt is remembered, since every turn of a call asks for its prompts: a key that is there for good, one
    that is not for a minute.
    """

    def __init__(self, name: str, *, prefix: str = "", endpoint: str = ""):
        import boto3  # slow to import, and only here needed
        from botocore.config import Config

        self.name = name
        self.prefix = prefix.strip("/")
        timeouts = Config(connect_timeout=2, read_timeout=5, retries={"max_attempts": 1})
        self.client = boto3.client("s3", endpoint_url=endpoint or None, config=timeouts)
        self.seen: set[str] = set()
        self.missed: dict[str, float] = {}  # key -> until when (monotonic) it is taken for missing

    def put(self, key: str, content: bytes) -> None:
        with _reaching(key):
            self.client.put_object(Bucket=self.name, Key=self._key(key), Body=content)
        self.seen.add(key)
        self.missed.pop(key, None)

    def get(self, key: str) -> bytes:
        with _reaching(key):
            try:
                return self.client.get_object(Bucket=self.name, Key=self._key(key))["Body"].read()
            except self.client.exceptions.NoSuchKey:
                raise KeyError(key) from None

    def has(self, key: str) -> bool:
        if self.missed.get(key, 0) > time.monotonic():
            return False
        if key not in self.seen:
            with _reaching(key):
                try:
                    self.client.head_object(Bucket=self.name, Key=self._key(key))
                except self.client.exceptions.ClientError as error:
                    if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                        self.missed[key] = time.monotonic() + _MISSED_SECONDS
                        return False
                    raise
            self.seen.add(key)
        return True

    def _key(self, key: str) -> str:
        return f"{self.prefix}/{key}" if self.prefix else key


@contextmanager
def _reaching(key: str) -> Iterator[None]:
    """Whatever the disk or the bucket says, as StorageUnavailable; that there is no such key stays a KeyError."""
    try:
        yield
    except (KeyError, StorageUnavailable):
        raise
    except Exception as error:
        raise StorageUnavailable(f"The store failed at {key}: {error}") from error


def open_storage(url: str, *, default: Path, endpoint: str = "") -> Storage:
    """The store that an address names: `s3://bucket/prefix`, a folder's path, or nothing for the default folder."""
    if url.startswith("s3://"):
        name, _, prefix = url.removeprefix("s3://").partition("/")
        return Bucket(name, prefix=prefix, endpoint=endpoint)
    return Folder(Path(url) if url else default)
