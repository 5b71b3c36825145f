"""The embedded servers themselves, whatever rung the other tests use."""

import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from deploy.local.errors import AlreadyRunning, PortTaken
from deploy.local.ports import is_free
from deploy.local.supervisor import Platform
from shared.processes import REDIS_OFFSET
from shared.settings import Settings
from tests.servers import free_port_base


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("embedded")


def settings_of(home: Path) -> Settings:
    return Settings(
        home=home, cache=Settings().cache_folder, port_base=free_port_base(), secret_keys=secrets.token_hex()
    )


@pytest.fixture(scope="module")
def platform(home: Path) -> Iterator[Platform]:
    with Platform(settings_of(home), processes=()) as platform:
        yield platform


def publish(bootstrap: str, value: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    producer.send("kept", value).get(timeout=20)
    producer.close()


def stored(bootstrap: str) -> list[bytes]:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, consumer_timeout_ms=10_000)
    partition = TopicPartition("kept", 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    end = consumer.end_offsets([partition])[partition]
    values: list[bytes] = []
    while len(values) < end:
        values.append(next(consumer).value)
    consumer.close()
    return values


@pytest.mark.kafka
def test_data_outlives_kill_9_of_every_server_and_a_change_of_ports(platform: Platform, home: Path) -> None:
    first = platform.settings
    admin = KafkaAdminClient(bootstrap_servers=first.kafka_bootstrap)
    admin.create_topics({"kept": {"num_partitions": 1, "replication_factor": 1}})
    admin.close()
    publish(first.kafka_bootstrap, b"before")
    with psycopg.connect(platform.superuser_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    for name in ("kafka", "postgres", "redis"):
        platform.kill(name)
    for name in ("kafka", "postgres", "redis"):
        platform.wait_ready(name)
    publish(first.kafka_bootstrap, b"after")
    platform.stop()

    with Platform(settings_of(home), processes=()) as moved:
        assert stored(moved.settings.kafka_bootstrap) == [b"before", b"after"]
        with psycopg.connect(moved.superuser_url) as connection:
            row = connection.execute("SELECT answer FROM kept").fetchone()
        assert row == (42,)


def test_postgres_asks_for_the_password_and_is_not_run_by_root(tmp_path: Path) -> None:
    with Platform(settings_of(tmp_path), processes=(), servers=("postgres",)) as platform:
        server = psutil.Process(platform.pids()["postgres"])
        assert server.uids().effective != 0
        port = platform.superuser_url.rpartition(":")[2]
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://postgres:wrong@127.0.0.1:{port}")
    assert (tmp_path / "postgres.password").stat().st_mode & 0o777 == 0o600


def test_a_second_platform_on_the_same_home_is_refused_and_says_who_holds_it(tmp_path: Path) -> None:
    with Platform(settings_of(tmp_path), processes=(), servers=("redis",)) as platform:
        pid = platform.pids()["redis"]
        with pytest.raises(AlreadyRunning, match=rf"{psutil.Process().pid}.*since \d\d/\d\d") as refused:
            Platform(settings_of(tmp_path), processes=(), servers=("redis",)).start()
        assert refused.value.exit_code == 3
        assert redis.Redis.from_url(platform.settings.redis).ping() is True
        assert platform.pids()["redis"] == pid


def test_a_taken_port_is_named_with_its_holder_and_the_remedy(tmp_path: Path) -> None:
    with Platform(settings_of(tmp_path / "one"), processes=(), servers=("redis",)) as first:
        settings = settings_of(tmp_path / "two").model_copy(update={"port_base": first.settings.port_base})
        with pytest.raises(PortTaken) as taken:
            Platform(settings, processes=(), servers=("redis",)).start()
    assert str(first.settings.port_base + REDIS_OFFSET) in str(taken.value)
    (proposed,) = set(re.findall(r"ANCRAGE_PORT_BASE=(\d+)", str(taken.value)))
    assert int(proposed) != first.settings.port_base
    assert is_free(int(proposed) + REDIS_OFFSET)
    assert taken.value.exit_code == 4


def test_redis_keeps_its_data_over_a_restart(tmp_path: Path) -> None:
    for expected in (1, 2):
        with Platform(settings_of(tmp_path), processes=(), servers=("redis",)) as platform:
            client = redis.Redis.from_url(platform.settings.redis)
            assert client.incr("kept") == expected
            client.close()


def test_a_server_given_by_a_setting_is_not_started(tmp_path: Path) -> None:
    settings = settings_of(tmp_path).model_copy(update={"kafka": "broker.example:9092", "redis_url": "redis://example"})
    with Platform(settings, processes=(), servers=("kafka", "redis")) as platform:
        assert platform.pids() == {}
