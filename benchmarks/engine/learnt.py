"""Prices learnt for the nation by the product's own slow loop, from a past of its own, in a process of its own."""

import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from typing import Any

from psycopg.types.json import Jsonb

from benchmarks.engine.database import Row, Running, clock_of, fill, household_row, offer_row, vacancy_row
from benchmarks.engine.nation import Nation
from services.matching.pricing import PriceLoop
from services.matching.settings import MatchingSettings
from shared.garbage import collect_rarely
from shared.sql.engine import service_engine


def past(world: Running, nation: Nation, households: int, homes: int, posts: int) -> None:
    """Adds those who left within the window that prices are learnt from, beside so many that are there."""
    now, days = world.clock.now(), world.settings.price_window_days

    def ago(day: float) -> datetime:
        return now - timedelta(days=day)

    def gone_homes() -> Iterator[Row]:
        for came, left in nation.gone("home", homes, days):
            home = _earlier(nation.home(), came)
            yield _past_row("vacancy", vacancy_row(home, ago(came)), ago(left))

    def gone_posts() -> Iterator[Row]:
        for came, left in nation.gone("post", posts, days):
            post = _earlier(nation.post(), came)
            yield _past_row("offer", offer_row(post, ago(came)) | {"leads": 0}, ago(left))

    def gone_households() -> Iterator[Row]:
        for came, left in nation.gone("household", households, days):
            yield household_row(nation.household(), ago(came), ago(left))

    with world.database.begin() as connection:
        fill(connection, {"household": gone_households()})
        for rows in (gone_homes(), gone_posts()):
            fill(connection, {"market_past": rows})


def learn(world: Running) -> dict[str, Any]:
    """One turn of the price process: a list, and quotes of all that is there. Returns its figures, time and memory."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(_turn, world.settings).result()


def _turn(settings: MatchingSettings) -> dict[str, Any]:
    collect_rarely()
    database = service_engine(settings, "matching", pool=2)
    loop = PriceLoop(database, clock_of(database), settings)
    begun, worked = time.perf_counter(), time.process_time()
    learnt = loop.learn_once()
    figures: dict[str, Any] = {
        "verdict": learnt.verdict.value,
        **learnt.figures,
        "learn_seconds": round(time.perf_counter() - begun, 1),
        "learn_cpu_seconds": round(time.process_time() - worked, 1),
    }
    begun = time.perf_counter()
    while loop.quote_some():
        pass
    database.dispose()
    return figures | {
        "quote_seconds": round(time.perf_counter() - begun, 1),
        "rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _past_row(kind: str, row: Row, left_at: datetime) -> Row:
    state = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}
    return {"kind": kind, "id": row["id"], "seen_at": row["seen_at"], "left_at": left_at, "state": Jsonb(state)}


def _earlier(one: Any, days: float) -> Any:
    moved = timedelta(days=int(days))
    dates = {name: getattr(one, name, None) for name in ("available_from", "available_until", "expires_at")}
    return replace(one, **{name: value - moved for name, value in dates.items() if value is not None})
