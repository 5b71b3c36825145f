"""A real PostgreSQL with a nation in it, and the engine on it; no broker: records are handed over as a poll would."""

import itertools
import secrets
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from sqlalchemy import Engine

from benchmarks.engine.nation import TODAY, Nation
from benchmarks.engine.timing import TimedRanking, waits_timed
from deploy.databases import migrate
from deploy.local.supervisor import Platform
from services.matching.adapters.verification import Verifier
from services.matching.core.model import Commitment, Home, Household, Post
from services.matching.engine import MatchingEngine, Wiring
from services.matching.settings import MatchingSettings
from shared.clock import PARIS, BusinessClock, utc_now
from shared.events import (
    Change,
    Contract,
    Offer,
    OfferSource,
    OfferStatus,
    Typology,
    Vacancy,
    VacancyStatus,
    decode,
    encode,
    new_event,
    with_sequence,
)
from shared.settings import Settings
from shared.sql.driver import driver_cursor
from shared.sql.engine import service_engine
from shared.streams.consumer import Record
from shared.streams.dead_letters import Source

Row = dict[str, Any]

_STARTED: Final = utc_now()
_OBSERVED: Final = "2026-11-23T08:00:00.000Z"


@dataclass
class Running:
    """The engine and its database."""

    engine: MatchingEngine
    database: Engine
    clock: BusinessClock
    settings: MatchingSettings
    spent: defaultdict[str, float]
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def hand(self, thing: Home | Post) -> None:
        """One record of a topic, as a poll of one."""
        topic, state = ("vacancies", _vacancy(thing)) if isinstance(thing, Home) else ("offers", _offer(thing))
        event = new_event(topic, thing.id, Change(1, None, state), source="/ingest", at=utc_now())
        sequence = next(self._numbers)
        value = with_sequence(encode(event), sequence)
        record = Record(Source(topic, 0, sequence), thing.id.encode(), value, decode(topic, value))
        with self.database.begin() as connection:
            self.engine.handle(connection, [record])

    def come(self, household: Household) -> None:
        """A household, as the API adds one."""
        with self.database.begin() as connection:
            fill(connection, {"household": [household_row(household, self.clock.now())]})
            connection.exec_driver_sql(
                "INSERT INTO engine_change (kind, key, source) VALUES ('household', %s, 'sql')", (household.id,)
            )


@contextmanager
def running(port_base: int) -> Iterator[Running]:
    """An empty database and an engine that has not read anything yet."""
    with tempfile.TemporaryDirectory(prefix="ancrage-engine-benchmark-") as folder:
        base = Settings(
            home=Path(folder), cache=Settings().cache_folder, port_base=port_base, secret_keys=secrets.token_hex()
        )
        with Platform(base, processes=(), servers=("postgres",)) as platform:
            settings = base.model_copy(update={"database_url": platform.superuser_url})
            migrate(settings)
            matching = MatchingSettings(**settings.model_dump())
            database = service_engine(matching, "matching", pool=4)
            verifier = Verifier(matching, seconds=1, transport=httpx.MockTransport(lambda _: httpx.Response(500)))
            spent: defaultdict[str, float] = defaultdict(float)
            policy = TimedRanking(spent=spent)
            clock = clock_of(database)
            wiring = Wiring(database, clock, policy, verifier, matching)
            try:
                with waits_timed(database, spent):
                    yield Running(MatchingEngine(wiring), database, clock, matching, spent)
            finally:
                verifier.close()
                database.dispose()


def clock_of(database: Engine) -> BusinessClock:
    """Business time that begins on the nation's day."""
    ahead = datetime.combine(TODAY, time(9), PARIS) - _STARTED
    return BusinessClock(database, movable=False, technical=lambda: utc_now() + ahead)


def stock(world: Running, nation: Nation, households: int, homes: int, posts: int) -> None:
    """Fills the tables as they stand after weeks of events."""
    now = world.clock.now()

    def came(kind: str) -> datetime:
        return now - timedelta(days=nation.age_days(kind))

    with world.database.begin() as connection:
        tables: dict[str, Iterable[Row]] = {
            "commitment": (commitment_row(one) for one in nation.commitments()),
            "vacancy": (vacancy_row(nation.home(), came("home")) for _ in range(homes)),
            "household": (household_row(nation.household(), came("household")) for _ in range(households)),
            "offer": (offer_row(nation.post(), came("post")) for _ in range(posts)),
        }
        fill(connection, tables)
    with world.database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def fill(connection: Any, tables: Mapping[str, Iterable[Row]]) -> None:
    """Adds rows by COPY, table after table."""
    with driver_cursor(connection) as cursor:
        for table, rows in tables.items():
            given = iter(rows)
            for first in given:
                with cursor.copy(f"COPY {table} ({', '.join(first)}) FROM STDIN") as copy:
                    for row in itertools.chain([first], given):
                        copy.write_row([row[name] for name in first])


def commitment_row(one: Commitment) -> Row:
    return {"key": one.key, "version": 1, "programme": one.programme, "code": one.code, "status": one.status}


def vacancy_row(one: Home, seen_at: datetime) -> Row:
    return _row(one, ("reservation", "effort_ceiling", "left_eur_per_day")) | {"seen_at": seen_at}


def offer_row(one: Post, seen_at: datetime) -> Row:
    return _row(one, ()) | {"seen_at": seen_at}


def household_row(one: Household, created_at: datetime, left_at: datetime | None = None) -> Row:
    """`left_at`: when it was closed; None: it is live."""
    return _row(one, ("wanted", "ranks", "contingents", "moves_from", "moves_by", "candidate_until")) | {
        "status": "live" if left_at is None else "closed",
        "rome": list(one.rome),
        "territories": list(one.wanted),
        "excluded": [],
        "priorities": [priority.value for priority in one.priorities],
        "created_at": created_at,
        "updated_at": left_at or created_at,
    }


def _row(one: Any, left_out: tuple[str, ...]) -> Row:
    known = {name: getattr(one, name) for name in one.__slots__ if name not in left_out}
    return {"version": 1, "status": "open"} | known


def _vacancy(home: Home) -> Vacancy:
    return Vacancy(
        id=home.id,
        landlord=home.landlord,
        reference=home.id[-6:],
        status=VacancyStatus.OPEN,
        commune=home.commune,
        typology=Typology(home.typology),
        surface_m2=home.surface_m2,
        rent_eur_per_month=home.rent_eur_per_month,
        available_from=home.available_from.isoformat(),
        available_until=home.available_until.isoformat() if home.available_until else None,
        accessible=home.accessible,
        observed_at=_OBSERVED,
    )


def _offer(post: Post) -> Offer:
    return Offer(
        id=post.id,
        feed="org_feed",
        reference=post.id[-6:],
        status=OfferStatus.OPEN,
        rome=post.rome,
        contract=Contract(post.contract),
        source=OfferSource("made up"),
        observed_at=_OBSERVED,
        commune=post.commune,
        openings=post.openings,
        duration_months=post.duration_months,
        licence_required=post.licence_required,
        expires_at=post.expires_at.isoformat() if post.expires_at else None,
    )
