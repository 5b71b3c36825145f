"""What the supervisor decides, without running anything."""

import base64
import json
import uuid
from pathlib import Path

import pytest
from kafka import TopicPartition

from deploy.commands.status import duration
from deploy.local.child import rotate, tail
from deploy.local.environment import service_environment, without_credentials
from deploy.local.home import Running, ensure_secret_keys, record, recorded
from deploy.local.jars import MANIFEST, Jar, is_intact, read_manifest
from deploy.local.kafka import new_cluster_id, server_properties
from deploy.local.states import pause_after
from deploy.local.wire import refusal_in
from deploy.status import lag_by_topic, newest_gauge, sum_of_gauge
from shared.settings import Settings


def test_pauses_double_up_to_thirty_seconds_and_begin_again_after_a_minute_of_life() -> None:
    pauses: list[float] = []
    for _ in range(9):
        pauses.append(pause_after(pauses[-1] if pauses else None, lived_seconds=1))
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert pause_after(30, lived_seconds=60) == 0.5


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://postgres:s%40cret@db.example:5433/postgres?sslmode=require",
            "postgresql://db.example:5433/postgres?sslmode=require",
        ),
        ("postgresql://127.0.0.1/postgres", "postgresql://127.0.0.1/postgres"),
    ],
)
def test_credentials_are_taken_out_of_an_address(url: str, expected: str) -> None:
    assert without_credentials(url) == expected


def test_services_get_every_setting_and_no_credentials_of_the_superuser(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path, port_base=9000, database_url="postgresql://postgres:secret@db:5432/postgres", test_clock=True
    )
    environment = service_environment(settings, {"PATH": "/bin", "ANCRAGE_HEALTH_PORT": "1", "ANCRAGE_INSTANCE": "7"})
    assert environment["PATH"] == "/bin"
    assert environment["ANCRAGE_HOME"] == str(tmp_path)
    assert environment["ANCRAGE_DATABASE_URL"] == "postgresql://db:5432/postgres"
    assert environment["ANCRAGE_KAFKA"] == "127.0.0.1:9092"
    assert environment["ANCRAGE_TEST_CLOCK"] == "1"
    assert "secret" not in json.dumps(environment)
    assert not {"ANCRAGE_HEALTH_PORT", "ANCRAGE_INSTANCE"} & environment.keys()


def test_a_service_reads_back_the_settings_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path, port_base=9000, topic_partitions=3, secret_keys="a" * 20 + "," + "b" * 20)
    for name, value in service_environment(settings, {}).items():
        monkeypatch.setenv(name, value)
    read = Settings()
    assert (read.home, read.port_base, read.topic_partitions, read.keys) == (tmp_path, 9000, 3, settings.keys)
    assert read.kafka_bootstrap == settings.kafka_bootstrap


def test_a_log_over_the_limit_is_rotated_and_three_copies_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "one.log"
    for number in range(6):
        rotate(log, limit_bytes=3)
        log.write_text(f"run {number}", encoding="utf-8")
    kept = {path.name: path.read_text(encoding="utf-8") for path in log.parent.iterdir()}
    assert kept == {"one.log": "run 5", "one.log.1": "run 4", "one.log.2": "run 3", "one.log.3": "run 2"}


def test_a_small_log_is_kept_and_its_tail_is_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "one.log"
    log.write_text("\n".join(f"line {number}" for number in range(100)), encoding="utf-8")
    rotate(log)
    assert tail(log, 2) == "line 98\nline 99"
    assert tail(tmp_path / "absent.log") == ""


def test_secret_keys_are_made_once_for_the_owner_only(tmp_path: Path) -> None:
    ensure_secret_keys(tmp_path)
    path = tmp_path / "secret.keys"
    first = path.read_text(encoding="ascii")
    ensure_secret_keys(tmp_path)
    assert path.read_text(encoding="ascii") == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(base64.b64decode(first)) == 32
    assert Settings(home=tmp_path, secret_keys=None).keys == (first.strip().encode(),)


def test_a_recorded_process_is_found_again_only_if_it_is_the_same(tmp_path: Path) -> None:
    import psutil

    me = psutil.Process()
    record(
        tmp_path, [Running("me", me.pid, me.create_time(), "ready", 0), Running("other", me.pid, 1000.0, "ready", 0)]
    )
    same, other = recorded(tmp_path)
    assert same.process() == me
    assert other.process() is None


def test_the_manifest_pins_one_kafka_version_and_each_jar_once() -> None:
    jars = read_manifest(MANIFEST.read_text(encoding="utf-8"))
    assert {jar.version for jar in jars if jar.group == "org.apache.kafka"} == {"4.3.0"}
    assert len({jar.file_name for jar in jars}) == len(jars)
    assert all(len(bytes.fromhex(jar.sha256)) == 32 for jar in jars)
    assert {"kafka_2.13", "log4j-slf4j-impl"} <= {jar.artifact for jar in jars}


def test_a_damaged_jar_is_not_intact(tmp_path: Path) -> None:
    content_sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    jar = Jar(content_sha256, "group", "artifact", "1.0")
    path = tmp_path / jar.file_name
    assert path.name == "artifact-1.0.jar"
    assert not is_intact(path, jar)
    path.write_bytes(b"hello")
    assert is_intact(path, jar)
    path.write_bytes(b"hell")
    assert not is_intact(path, jar)


def test_the_broker_listens_on_loopback_only(tmp_path: Path) -> None:
    properties = dict(
        line.split("=", 1) for line in server_properties(9092, 9093, tmp_path).splitlines() if not line.startswith("#")
    )
    for name in ("listeners", "advertised.listeners"):
        assert properties[name] == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"
    assert properties["auto.create.topics.enable"] == "false"


def test_a_cluster_id_is_sixteen_bytes_and_no_option_of_a_tool() -> None:
    cluster_id = new_cluster_id(uuid.UUID(bytes=b"\xfb" * 16))
    assert len(base64.urlsafe_b64decode(cluster_id + "==")) == 16
    assert "-" not in cluster_id


def test_lag_counts_what_is_not_committed_and_leaves_out_what_is_unknown() -> None:
    first, second, gone = TopicPartition("a", 0), TopicPartition("a", 1), TopicPartition("gone", 0)
    committed = {first: 3, second: 10, gone: 5}
    assert lag_by_topic(committed, {first: 8, second: 10}) == {"a": 5}


EXPOSITION = """\
# TYPE ancrage_consumed_at_seconds gauge
ancrage_consumed_at_seconds{consumer="a"} 100.5
ancrage_consumed_at_seconds{consumer="b"} 99
# TYPE ancrage_outbox_pending_rows gauge
ancrage_outbox_pending_rows{service="ingest"} 0
"""


def test_metrics_tell_the_newest_time_consumed_and_the_rows_that_wait() -> None:
    assert newest_gauge(EXPOSITION, "ancrage_consumed_at_seconds") == 100.5
    assert sum_of_gauge(EXPOSITION, "ancrage_outbox_pending_rows") == 0


@pytest.mark.parametrize("answer", [None, "", "not json", "[]", '{"refused":null}', '{"refused":3}', "{}"])
def test_a_process_that_says_nothing_of_a_refusal_refuses_nothing(answer: str | None) -> None:
    assert refusal_in(answer) is None


def test_a_process_says_why_it_refuses_to_work() -> None:
    assert refusal_in('{"active":false,"refused":"counts as x; remedy: y"}') == "counts as x; remedy: y"


def test_a_metric_that_is_absent_or_never_set_is_unknown() -> None:
    assert newest_gauge("# TYPE x gauge\nx 0\n", "x") is None
    assert sum_of_gauge(EXPOSITION, "absent") is None


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.4, "0 s"), (119, "119 s"), (600, "10 min"), (7300, "2 h"), (260_000, "3 j"), (-3, "0 s")],
)
def test_durations_are_short(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected
