"""Real servers for the tests, by ladder: a setting, else Docker, else embedded. Never a mock.

Docker is used where its daemon answers at once and the image is there. ANCRAGE_TEST_DOCKER=1 lets it pull the image;
ANCRAGE_TEST_DOCKER=0 passes over Docker.
"""

import io
import os
import secrets
import socket
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deploy.local.ports import is_free
from deploy.local.supervisor import Platform
from shared.processes import (
    DEMO_RECEIVER_OFFSET,
    KAFKA_CONTROLLER_OFFSET,
    KAFKA_OFFSET,
    POSTGRES_OFFSET,
    PROCESSES,
    REDIS_OFFSET,
)
from shared.settings import Settings

IMAGES = {"kafka": "apache/kafka:4.3.0", "postgres": "postgres:18", "redis": "redis:8"}
SETTING = {"kafka": "ANCRAGE_KAFKA", "postgres": "ANCRAGE_DATABASE_URL", "redis": "ANCRAGE_REDIS_URL"}
OFFSETS = (
    *(KAFKA_OFFSET, KAFKA_CONTROLLER_OFFSET, POSTGRES_OFFSET, REDIS_OFFSET, DEMO_RECEIVER_OFFSET),
    *(process.port_offset for process in PROCESSES),
)
# Below the ports that the system gives to outgoing connections.
PORT_BASES = range(21_000, 31_000, 100)


@dataclass(frozen=True)
class Found:
    """A running server: Kafka bootstrap or URL (PostgreSQL: as superuser), and how it was come by."""

    address: str
    rung: str


def free_port_base() -> int:
    """A port base on which nothing listens at a platform's offsets; sessions side by side begin at different ones."""
    first = os.getpid() % len(PORT_BASES)
    for index in range(len(PORT_BASES)):
        base = PORT_BASES[(first + index) % len(PORT_BASES)]
        if all(is_free(base + offset) for offset in OFFSETS):
            return base
    raise RuntimeError(f"no free ports in {PORT_BASES}")


@contextmanager
def server(name: str) -> Iterator[Found]:
    """One of kafka, postgres, redis. Raises LocalError where no rung of the ladder has it."""
    given = os.environ.get(SETTING[name])
    if given:
        yield Found(given, f"{SETTING[name]}")
    elif docker_has(IMAGES[name]):
        with _container(name) as found:
            yield found
    else:
        with _embedded(name) as found:
            yield found


@contextmanager
def _embedded(name: str) -> Iterator[Found]:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"ancrage-test-{name}-") as folder:
        settings = Settings(
            home=Path(folder),
            cache=Settings().cache_folder,
            port_base=free_port_base(),
            secret_keys=secrets.token_hex(),
        )
        with Platform(settings, processes=(), servers=(name,)) as platform:
            address = {
                "kafka": lambda: settings.kafka_bootstrap,
                "postgres": lambda: platform.superuser_url,
                "redis": lambda: settings.redis,
            }[name]()
            yield Found(address, f"embarqué / embedded, {time.monotonic() - started:.1f} s")


@cache
def docker_answers() -> bool:
    """Whether something listens where the Docker daemon should; asked first, for its client leaks a socket otherwise."""
    address = urlsplit(os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock")
    family = socket.AF_UNIX if address.scheme == "unix" else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        try:
            probe.connect(address.path if address.scheme == "unix" else (address.hostname, address.port or 2375))
        except OSError:
            return False
    return True


def docker_has(image: str) -> bool:
    """Whether a Docker daemon answers within two seconds and has, or may fetch, the image."""
    if os.environ.get("ANCRAGE_TEST_DOCKER") == "0" or not docker_answers():
        return False
    import docker  # type: ignore[import-untyped]
    from docker.errors import DockerException, ImageNotFound  # type: ignore[import-untyped]
    from requests.exceptions import RequestException

    try:
        client = docker.from_env(timeout=2)
    except DockerException:
        return False
    try:
        client.ping()
        if os.environ.get("ANCRAGE_TEST_DOCKER") != "1":
            client.images.get(image)
    except (ImageNotFound, DockerException, RequestException):
        return False
    finally:
        client.close()
    return True


@contextmanager
def _container(name: str) -> Iterator[Found]:
    """The fixtures stop their containers themselves, so the Ryuk image is not needed."""
    from testcontainers.core.config import testcontainers_config

    testcontainers_config.ryuk_disabled = True
    image = IMAGES[name]
    started = time.monotonic()
    if name == "kafka":
        container, address = _start_kafka(image)
    else:
        container, address = _start_postgres(image) if name == "postgres" else _start_redis(image)
    try:
        yield Found(address, f"Docker {image}, {time.monotonic() - started:.1f} s")
    finally:
        container.stop()


def _start_kafka(image: str) -> tuple[Any, str]:
    """The mapped port is known only after the start: the container waits for a script that carries it."""
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    container = DockerContainer(image).with_exposed_ports(9092)
    container.with_command(["sh", "-c", "while [ ! -f /tmp/start.sh ]; do sleep .1; done; . /tmp/start.sh"])
    for key, value in {
        "NODE_ID": "1",
        "PROCESS_ROLES": "broker,controller",
        "CONTROLLER_QUORUM_VOTERS": "1@localhost:9094",
        "LISTENERS": "PLAINTEXT://0.0.0.0:9092,BROKER://0.0.0.0:9093,CONTROLLER://0.0.0.0:9094",
        "LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "INTER_BROKER_LISTENER_NAME": "BROKER",
        "DEFAULT_REPLICATION_FACTOR": "1",
        "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "OFFSETS_TOPIC_NUM_PARTITIONS": "2",
        "TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
        "SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
        "GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "AUTO_CREATE_TOPICS_ENABLE": "false",
        "MESSAGE_MAX_BYTES": "4000000",
        "HEAP_OPTS": "-Xmx512m",
    }.items():
        container.with_env(f"KAFKA_{key}", value)
    container.start()
    address = f"{container.get_container_host_ip()}:{container.get_exposed_port(9092)}"
    script = (
        f"export KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://{address},BROKER://localhost:9093\nexec /etc/kafka/docker/run\n"
    ).encode()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo("start.sh")
        member.size, member.mode = len(script), 0o755
        tar.addfile(member, io.BytesIO(script))
    container.get_wrapped_container().put_archive("/tmp", archive.getvalue())  # noqa: S108 - in the container
    LogMessageWaitStrategy("Kafka Server started").with_startup_timeout(90).wait_until_ready(container)
    return container, address


def _start_postgres(image: str) -> tuple[Any, str]:
    from testcontainers.community.postgres import PostgresContainer

    container = PostgresContainer(image, username="postgres", password=secrets.token_urlsafe(), dbname="postgres")
    container.start()
    return container, container.get_connection_url(driver=None)


def _start_redis(image: str) -> tuple[Any, str]:
    from testcontainers.community.redis import RedisContainer

    container = RedisContainer(image)
    container.start()
    return container, f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(6379)}/0"
