"""A real PostgreSQL with a nation in it, and the engine on it; no broker: records are handed over as a poll would."""

import itertools
import secrets
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from sqlalchemy import Engine

from benchmarks.engine.nation import Nation
from benchmarks.engine.timing import TimedRanking, waits_timed
from deploy.databases import migrate
from deploy.local.supervisor import Platform
from services.matching.adapters.verification import Verifier
from services.matching.core.model import Commitment, Home, Household, Post
from services.matching.engine import MatchingEngine, Wiring
from services.matching.settings import MatchingSettings
from shared.clock import BusinessClock, utc_now
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

_OBSERVED: Final = "2026-11-23T08:00:00.000Z"


@dataclass
class Running:
    """The engine and its database."""

    engine: MatchingEngine
    database: Engine
    spent: Counter[str]
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
            fill(connection, [], [], [household], [])
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
            spent: Counter[str] = Counter()
            policy = TimedRanking(spent=spent)
            wiring = Wiring(database, BusinessClock(database, movable=False), policy, verifier, matching)
            try:
                with waits_timed(spent):
                    yield Running(MatchingEngine(wiring), database, spent)
            finally:
                verifier.close()
                database.dispose()


def stock(database: Engine, nation: Nation, households: int, homes: int, posts: int) -> None:
    """Fills the tables as they stand after weeks of events."""
    with database.begin() as connection:
        fill(
            connection,
            nation.commitments(),
            (nation.home() for _ in range(homes)),
            (nation.household() for _ in range(households)),
            (nation.post() for _ in range(posts)),
        )
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def fill(
    connection: Any,
    commitments: Iterable[Commitment],
    homes: Iterable[Home],
    households: Iterable[Household],
    posts: Iterable[Post],
) -> None:
    """Adds rows by COPY."""
    now = utc_now()
    tables: dict[str, Iterable[dict[str, Any]]] = {
        "commitment": (
            {"key": one.key, "version": 1, "programme": one.programme, "code": one.code, "status": one.status}
            for one in commitments
        ),
        "vacancy": (_row(one, ("reservation", "effort_ceiling", "left_eur_per_day")) for one in homes),
        "offer": (_row(one, ()) for one in posts),
        "household": (
            _row(one, ("wanted", "ranks", "contingents", "moves_from", "moves_by", "candidate_until"))
            | {
                "status": "live",
                "rome": list(one.rome),
                "territories": list(one.wanted),
                "excluded": [],
                "priorities": [priority.value for priority in one.priorities],
                "created_at": now,
                "updated_at": now,
            }
            for one in households
        ),
    }
    with driver_cursor(connection) as cursor:
        for table, rows in tables.items():
            for first in rows:
                names = list(first)
                with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
                    for row in itertools.chain([first], rows):
                        copy.write_row([row[name] for name in names])


def _row(one: Any, left_out: tuple[str, ...]) -> dict[str, Any]:
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
