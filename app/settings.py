"""Settings: everything an installation may choose, read from the environment or a `.env` file."""

import secrets
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from uuid import uuid4

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each field is an environment variable with the prefix XIANGYIN_; docs/settings.md lists them."""

    model_config = SettingsConfigDict(env_prefix="XIANGYIN_", env_file=".env", extra="ignore")

    data: Path = Field(Path("data"), description="Folder for the database, recordings and generated secrets.")
    town: str = Field("青禾镇", description="The place the hotline serves, as it is said on the phone.")
    hotline: str = Field("+869900000001", description="The hotline's own number, E.164.")
    person: str = Field("+8619900009999", description="The duty telephone: put-through callers and alarms go there.")
    region: str = Field("CN", description="Country whose numbers the desk sees without their country code.")

    base_url: str = Field("http://127.0.0.1:8000", description="Address under which the carrier reaches this service.")
    proxies: int = Field(0, ge=0, le=5, description="Reverse proxies in front of the service that set X-Forwarded-*.")
    database_url: str = Field("", description="SQLAlchemy address; empty: SQLite in the data folder.")
    queue_url: str = Field("", description="Where nudges go: postgresql:// or redis://; empty: SQLite in data.")
    storage_url: str = Field("", description="Where sounds are kept: a folder or s3://bucket; empty: in data.")
    storage_endpoint: str = Field("", description="Address of an S3-compatible store other than Amazon's.")
    secret_key: str = Field("", description="Signs logins and sound addresses; empty: made once, kept in data.")

    carrier: Literal["simulator", "twilio"] = Field("simulator", description="The telephone company.")
    account_sid: str = Field("AC" + "0" * 32, description="The account at the carrier.")
    auth_token: str = Field("", description="The account's secret; empty with the simulator: made once.")
    carrier_url: str = Field("", description="Address of a server that speaks Twilio's interface; empty: Twilio.")
    fallback_url: str = Field("http://127.0.0.1:8001/busy", description="The number's voice fallback address.")
    simulator_url: str = Field("http://127.0.0.1:8050", description="Where the simulated phone network listens.")

    jurisdiction: str = Field("", description="Our jurisdiction_id in Open311; empty: any is taken for ours.")
    webhooks_inside: bool = Field(False, description="Webhooks may go to private addresses, there also by http.")

    live: bool = Field(False, description="Listen while callers speak (the stream process).")
    stream_url: str = Field("ws://127.0.0.1:8002", description="Address under which the carrier reaches it.")
    stream_port: int = Field(8002, description="Loopback port on which it listens.")
    streams: int = Field(8, ge=1, le=500, description="Calls it listens to at once; others are only recorded.")
    end_pause: float = Field(2.5, ge=0.5, le=30, description="Seconds of silence after which she has said it all.")

    recogniser: Literal["auto", "whisper", "vosk", "scripted"] = Field("auto", description="Speech engine.")
    speaker: Literal["auto", "kokoro", "gtts", "tones"] = Field("auto", description="Voice engine.")
    workers: int = Field(3, ge=1, le=64, description="Jobs a worker process runs at the same time.")

    @property
    def database(self) -> str:
        """The SQLAlchemy address in force."""
        url = self.database_url or f"sqlite:///{(self.data / 'xiangyin.db').absolute()}"
        return url.replace("postgres://", "postgresql://").replace("postgresql://", "postgresql+psycopg://")

    @property
    def carrier_api(self) -> str | None:
        """The carrier's REST address; None is Twilio's own."""
        return self.carrier_url or (self.simulator_url if self.carrier == "simulator" else None)

    @cached_property
    def secret(self) -> str:
        """The signing key, made on first use."""
        return self.secret_key or self._kept("secret_key")

    @cached_property
    def carrier_secret(self) -> str:
        """The carrier's auth token. The simulated network's is made on first use; a real one must be set."""
        if self.auth_token or self.carrier != "simulator":
            return self.auth_token
        return self._kept("simulator_token")

    def problems(self) -> list[str]:
        """What is missing before the service can run, a sentence each."""
        found = []
        if self.carrier == "twilio" and not self.auth_token:
            found.append("XIANGYIN_CARRIER is twilio, but XIANGYIN_AUTH_TOKEN is empty.")
        if self.live and urlsplit(self.stream_url).scheme not in ("ws", "wss"):
            found.append(f"XIANGYIN_STREAM_URL must be a ws or wss address, not {self.stream_url!r}.")
        if not urlsplit(self.base_url).hostname:
            found.append(f"XIANGYIN_BASE_URL must be an http or https address, not {self.base_url!r}.")
        return found

    def _kept(self, name: str) -> str:
        self.data.mkdir(parents=True, exist_ok=True)
        path = self.data / name
        if not path.exists():
            fresh = path.with_name(f"{name}.{uuid4().hex}")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_hex(32))
            with suppress(FileExistsError):  # the first process to get here wins; the others read its secret
                path.hardlink_to(fresh)
            fresh.unlink()
        return path.read_text()
