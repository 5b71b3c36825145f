"""Reports of files are kept for the days declared, then removed with all that belongs to them."""

from datetime import timedelta

from sqlalchemy import Engine, text

from services.ingest.bulk.upkeep import Upkeep
from shared import telemetry
from shared.clock import BusinessClock, utc_now
from shared.identity import Role
from tests.integration.ingest.files.conftest import MakeSender, offer


def in_days(engine: Engine, days: float) -> Upkeep:
    """The upkeep as it will be."""
    return Upkeep(engine, BusinessClock(engine, technical=lambda: utc_now() + timedelta(days=days)), retention_days=30)


def test_old_runs_go_and_those_whose_withdrawals_wait_stay(sender: MakeSender, ingest_engine: Engine) -> None:
    feed = sender(Role.FEED)
    first = feed.send("/v1/offers:bulk", [offer(f"O-{n}") for n in range(30)])["run"]
    waiting = feed.send("/v1/offers:snapshot", [offer("O-0")])["run"]
    in_days(ingest_engine, 29)()
    assert {run["run"] for run in feed.get("/v1/runs")["items"]} == {first, waiting}
    for _ in range(50):  # other tests' runs too, some a time
        in_days(ingest_engine, 31)()
    assert {run["run"] for run in feed.get("/v1/runs")["items"]} == {waiting}
    with ingest_engine.connect() as connection:
        for table in ("run_chunk", "run_reference"):
            found = connection.execute(text(f"SELECT count(*) FROM {table} WHERE run = :run"), {"run": first})  # noqa: S608
            assert found.scalar_one() == 0
    assert len(feed.published("offer")) == 30


def test_a_run_of_which_nothing_is_heard_is_interrupted(sender: MakeSender, ingest_engine: Engine) -> None:
    feed = sender(Role.FEED)
    run = feed.send("/v1/offers:bulk", [offer("A")])["run"]
    with ingest_engine.begin() as connection:
        connection.execute(text("UPDATE run SET state = 'receiving' WHERE id = :run"), {"run": run})
    in_days(ingest_engine, 0)()
    assert feed.get(f"/v1/runs/{run}")["state"] == "receiving"
    in_days(ingest_engine, 0.02)()
    assert feed.get(f"/v1/runs/{run}")["state"] == "interrupted"


def test_what_waits_for_a_person_is_counted(sender: MakeSender, ingest_engine: Engine) -> None:
    in_days(ingest_engine, 0)()
    before = telemetry.SNAPSHOTS_WAITING._value.get()
    feed = sender(Role.FEED)
    feed.send("/v1/offers:bulk", [offer("A")])
    feed.send("/v1/offers:snapshot", [])
    in_days(ingest_engine, 0)()
    assert telemetry.SNAPSHOTS_WAITING._value.get() == before + 1
