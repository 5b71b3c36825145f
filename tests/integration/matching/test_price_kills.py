"""The price process killed at any point: each list is whole, and each home is quoted, once."""

import os
import random
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session

from deploy.local.environment import service_environment
from services.matching.adapters import prices
from services.matching.core.policy import LawfulRanking
from services.matching.core.price_list import PriceList
from shared.identity import Role
from shared.settings import Settings
from tests.integration.matching.conftest import MakeKey, Stream, household
from tests.integration.matching.test_prices import publish, rows
from tests.killable import Killable
from tests.patience import until
from tests.servers import free_port_base

SEED = 20261127
KILLS = 3
HOMES_A_ROUND = 5


@pytest.fixture
def process(migrated: Settings, tmp_path: Path) -> Iterator[Killable]:
    settings = migrated.model_copy(update={"port_base": free_port_base()})
    url = f"http://127.0.0.1:{settings.port('matching.prices')}"
    running = Killable("matching.prices", service_environment(settings, os.environ), url, tmp_path / "prices.log")
    yield running
    running.stop()


def quoted(database: Engine) -> set[str]:
    """What the prices in force quote, as the engine reads them."""
    with Session(database) as session:
        return set(prices.in_force(session, LawfulRanking()).prices.quotes)


def times_quoted(database: Engine) -> Counter[str]:
    """How many rows of quotes hold each home and post."""
    added = rows(database, "SELECT content FROM price_list WHERE verdict = 'quotes'")
    return Counter(
        name for row in added for name in PriceList.from_bytes(zlib.decompress(bytes(row.content)), 0).quotes
    )


def test_kill_9_at_any_point_leaves_whole_lists_and_quotes_each_home_once(
    api: TestClient, stream: Stream, make_key: MakeKey, database: Engine, process: Killable
) -> None:
    chance = random.Random(SEED)
    key = make_key(Role.CASEWORKER)
    stream.post(openings=20)
    homes = [stream.home() for _ in range(HOMES_A_ROUND)]
    for _ in range(25):
        household(api, key, size=3)
    with database.begin() as connection:  # who came this minute has not been there: nothing would be learnt
        connection.execute(text("UPDATE household SET created_at = created_at - interval '9 days'"))
        connection.execute(text("UPDATE vacancy SET seen_at = seen_at - interval '9 days'"))
        connection.execute(text("UPDATE offer SET seen_at = seen_at - interval '9 days'"))
    base = publish(database, stream.clock, PriceList(homes={"T3:other": 0.2}), figures={"quoted": True})
    for _ in range(KILLS):
        process.start()
        process.until_ready()
        homes += [stream.home() for _ in range(HOMES_A_ROUND)]
        time.sleep(chance.random())
        process.kill()
        assert quoted(database) <= {*homes, *(row.id for row in rows(database, "SELECT id FROM offer"))}
    process.start()
    until(lambda: quoted(database) >= set(homes))
    lists = rows(database, "SELECT number, base, verdict FROM price_list ORDER BY number")
    assert [(one.number, one.base, one.verdict) for one in lists if one.verdict != "quotes"] == [(base, None, "used")]
    assert {one.base for one in lists if one.verdict == "quotes"} == {base}
    times = times_quoted(database)
    assert set(times) >= set(homes)
    assert set(times.values()) == {1}
