"""What the processes of a platform find in their environment: the settings, with no more secrets than they need."""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr

from shared.settings import Settings

# Of one copy of one process, never handed down.
_OWN = frozenset({"health_port", "instance"})


def without_credentials(url: str) -> str:
    """The URL without user and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def service_environment(settings: Settings, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Environment of a service: every setting that has a value, the addresses made explicit, no superuser."""
    declared = {f"ANCRAGE_{name.upper()}" for name in type(settings).model_fields}
    # What a service alone declares (its own settings) passes through; what all share is made explicit below.
    environment = {name: value for name, value in inherited.items() if name not in declared}
    values: dict[str, object] = {
        name: getattr(settings, name) for name in type(settings).model_fields if name not in _OWN
    }
    values |= {
        "kafka": settings.kafka_bootstrap,
        "redis_url": settings.redis,
        "database_url": without_credentials(settings.database_server),
    }
    for name, value in values.items():
        if isinstance(value, SecretStr):
            environment[f"ANCRAGE_{name.upper()}"] = value.get_secret_value()
        elif isinstance(value, bool):
            environment[f"ANCRAGE_{name.upper()}"] = str(int(value))
        elif value is not None:
            environment[f"ANCRAGE_{name.upper()}"] = str(value)
    # Logs are followed while they are written, and the programs' French needs UTF-8 whatever the machine's locale.
    return environment | {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
