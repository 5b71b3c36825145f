"""Settings shared by all services: environment variables ANCRAGE_*, each declared once with its meaning.

A service adds its own in `services/<name>/settings.py` by subclassing `Settings`; `docs/settings.md` is made from both.
"""

import base64
import hashlib
import hmac
import os
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.processes import BY_NAME, KAFKA_OFFSET, POSTGRES_OFFSET, REDIS_OFFSET


def default_home() -> Path:
    """$XDG_DATA_HOME/ancrage, else ~/.local/share/ancrage."""
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "ancrage"


class Settings(BaseSettings):
    """Every setting has a default that fits the embedded platform (`ancrage up`)."""

    model_config = SettingsConfigDict(env_prefix="ANCRAGE_", frozen=True, extra="ignore")

    home: Path = Field(default_factory=default_home, description="Folder of data, logs and secrets of this platform.")
    cache: Path | None = Field(
        None, description="Folder of downloaded jars, shared between homes. Default: HOME/cache."
    )
    reference: Path | None = Field(
        None,
        description="Folder of reference data versions (`ancrage reference`), the same for all processes. "
        "Default: HOME/reference.",
    )
    port_base: int = Field(8000, ge=1024, le=65000, description="First port; every process has a fixed offset from it.")
    http_host: str = Field("127.0.0.1", description="Address the HTTP servers listen on.")
    kafka: str | None = Field(
        None, description="Kafka bootstrap servers, host:port[,host:port]. Default: the embedded broker."
    )
    redis_url: str | None = Field(None, description="Redis-protocol server. Default: the embedded one.")
    database_url: str | None = Field(
        None,
        description="PostgreSQL server. User and password are needed by `ancrage migrate` only: each service "
        "connects with its own role to its own database. Default: the embedded server.",
    )
    secret_keys: SecretStr | None = Field(
        None,
        description="Secrets, comma-separated: the first encrypts and signs, all decrypt and verify. "
        "Default: generated once in HOME/secret.keys (0600).",
    )
    ingest_url: str | None = Field(None, description="Base URL of the ingest API. Default: this host.")
    scoring_url: str | None = Field(None, description="Base URL of the scoring API. Default: this host.")
    matching_url: str | None = Field(None, description="Base URL of the matching API. Default: this host.")
    notify_url: str | None = Field(None, description="Base URL of the notify API. Default: this host.")
    console_url: str | None = Field(
        None, description="Public base URL of the console, used in links. Default: this host."
    )
    health_port: int | None = Field(
        None, description="Health port of a second copy of a process. Default: from its name."
    )
    instance: str = Field("0", description="Name of this copy of a process among copies: static Kafka membership.")
    topic_partitions: int = Field(
        8, ge=1, le=64, description="Partitions of the entity topics. Changing it is a rebuild."
    )
    topic_replication: int = Field(1, ge=1, le=5, description="Replication factor of all topics.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: str = Field("json", description="json, or console for people.")
    test_clock: bool = Field(False, description="Allows the business clock to be moved forward (tests and demo only).")
    max_body_bytes: int = Field(1_000_000, description="Largest request body accepted, except bulk routes.")

    @property
    def cache_folder(self) -> Path:
        return self.cache or self.home / "cache"

    @property
    def reference_folder(self) -> Path:
        return self.reference or self.home / "reference"

    @property
    def kafka_bootstrap(self) -> str:
        return self.kafka or f"127.0.0.1:{self.port_base + KAFKA_OFFSET}"

    @property
    def redis(self) -> str:
        return self.redis_url or f"redis://127.0.0.1:{self.port_base + REDIS_OFFSET}/0"

    @property
    def database_server(self) -> str:
        """URL of the server as given, with whatever credentials it has."""
        return self.database_url or f"postgresql://postgres@127.0.0.1:{self.port_base + POSTGRES_OFFSET}/postgres"

    def port(self, process: str) -> int:
        """HTTP port of a process of `shared.processes`, e.g. "ingest.api"."""
        return self.health_port if self.health_port is not None else self.port_base + BY_NAME[process].port_offset

    def url(self, service: str) -> str:
        """Base URL of a service's API (console: its pages), without a trailing slash."""
        given: str | None = getattr(self, f"{service}_url")
        role = "web" if service == "console" else "api"
        return (given or f"http://127.0.0.1:{self.port_base + BY_NAME[f'{service}.{role}'].port_offset}").rstrip("/")

    @cached_property
    def keys(self) -> tuple[bytes, ...]:
        """Secret keys, first one current. Read from ANCRAGE_SECRET_KEYS, else from HOME/secret.keys.

        Raises RuntimeError, with the remedy, where neither exists.
        """
        text = self.secret_keys.get_secret_value() if self.secret_keys else ""
        if not text:
            path = self.home / "secret.keys"
            if not path.is_file():
                raise RuntimeError(
                    f"no secret keys: set ANCRAGE_SECRET_KEYS or start once with `ancrage up` (makes {path})"
                )
            text = path.read_text(encoding="ascii")
        keys = tuple(part.strip().encode() for part in text.replace("\n", ",").split(",") if part.strip())
        if not keys or any(len(key) < 16 for key in keys):
            raise RuntimeError(
                "ANCRAGE_SECRET_KEYS: each key needs at least 16 characters; make one with `openssl rand -base64 32`"
            )
        return keys

    def derived_key(self, purpose: str, key: bytes | None = None) -> bytes:
        """32 bytes for one purpose, derived from the current (or the given) secret key."""
        return hmac.new(key or self.keys[0], purpose.encode(), hashlib.sha256).digest()

    def role_password(self, role: str) -> str:
        """Password of a service's PostgreSQL role; `ancrage migrate` sets it, the service presents it."""
        return base64.urlsafe_b64encode(self.derived_key(f"postgresql-role:{role}")).decode().rstrip("=")

    def database(self, name: str, role: str) -> str:
        """SQLAlchemy URL of database `name` as `role` (a service name)."""
        parts = urlsplit(self.database_server)
        host = parts.hostname or "127.0.0.1"
        if ":" in host:
            host = f"[{host}]"
        netloc = f"{quote(role)}:{quote(self.role_password(role))}@{host}:{parts.port or 5432}"
        return urlunsplit(("postgresql+psycopg", netloc, f"/{name}", parts.query, ""))
