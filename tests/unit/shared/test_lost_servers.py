"""What is lost is told by the errors of the real clients; what is a defect, or the caller's, is not."""

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import IllegalStateError
from confluent_kafka import KafkaError, KafkaException
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.exc import DataError, OperationalError

from shared.lost_servers import EXIT_CODE, lost_server
from shared.settings import Settings
from shared.web.observation import Observation
from shared.web.serve import main


@pytest.fixture(scope="module")
def nowhere() -> Iterator[int]:
    """A port on which nothing listens: taken, and not listened on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


def no_postgresql(port: int) -> None:
    psycopg.connect(f"host=127.0.0.1 port={port} user=x dbname=x connect_timeout=2")


def no_postgresql_below_sqlalchemy(port: int) -> None:
    create_engine(f"postgresql+psycopg://x@127.0.0.1:{port}/x").connect()


def no_redis(port: int) -> None:
    redis.Redis(port=port).ping()


def no_kafka(port: int) -> None:
    async def start() -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=f"127.0.0.1:{port}")
        try:
            await consumer.start()
        finally:
            await consumer.stop()

    asyncio.run(start())


@pytest.mark.parametrize(
    ("call", "server"),
    [
        (no_postgresql, "PostgreSQL"),
        (no_postgresql_below_sqlalchemy, "PostgreSQL"),
        (no_redis, "Redis"),
        (no_kafka, "Kafka"),
    ],
)
def test_a_server_that_is_not_there_is_named(call: Callable[[int], None], server: str, nowhere: int) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - whatever the client raises
        call(nowhere)
    lost = lost_server(raised.value)
    assert lost is not None
    assert lost[0] == server
    assert str(nowhere) in lost[1]


def below(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "server"),
    [
        (psycopg.errors.AdminShutdown("ending"), "PostgreSQL"),
        (psycopg.errors.CannotConnectNow("starting"), "PostgreSQL"),
        (below(RuntimeError("begun already"), psycopg.OperationalError("gone")), "PostgreSQL"),
        (ExceptionGroup("tasks", [ValueError(), redis.ConnectionError("gone")]), "Redis"),
        (KafkaException(KafkaError(KafkaError._ALL_BROKERS_DOWN)), "Kafka"),
        (psycopg.errors.LockNotAvailable("held"), None),
        (psycopg.errors.DiskFull("full"), None),
        (OperationalError("SELECT", None, psycopg.errors.QueryCanceled("slow")), None),
        (DataError("SELECT", None, psycopg.errors.NumericValueOutOfRange("large")), None),
        (redis.ResponseError("no such command"), None),
        (KafkaException(KafkaError(KafkaError._FENCED)), None),
        (IllegalStateError("not assigned"), None),
        (ConnectionError("a caller's"), None),
        (ValueError("a defect"), None),
    ],
)
def test_only_what_says_the_server_is_taken_for_a_lost_server(error: BaseException, server: str | None) -> None:
    lost = lost_server(error)
    assert (lost and lost[0]) == server


def test_a_process_that_loses_a_server_says_it_in_one_line_and_ends_to_be_started_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def role() -> None:
        raise psycopg.OperationalError("connection failed: refused\nand more")

    settings = Settings(home=tmp_path, log_format="json")
    with pytest.raises(SystemExit) as ended:
        main("ingest", {"clock": role}, settings, ["clock"])
    assert ended.value.code == EXIT_CODE
    (line,) = [one for one in "".join(capsys.readouterr()).splitlines() if "server.lost" in one]
    told = json.loads(line)
    assert (told["server"], told["says"]) == ("PostgreSQL", "connection failed: refused")


def test_a_defect_of_a_process_keeps_its_trace(tmp_path: Path) -> None:
    def role() -> None:
        raise ValueError("a defect")

    with pytest.raises(ValueError, match="a defect"):
        main("ingest", {"clock": role}, Settings(home=tmp_path), ["clock"])


def test_an_api_that_loses_redis_says_come_back() -> None:
    app = FastAPI()

    @app.get("/x")
    def route() -> None:
        raise redis.ConnectionError("gone")

    app.add_middleware(Observation, service="scoring")
    answer = TestClient(app).get("/x")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["type"] == "/problems/unavailable"
