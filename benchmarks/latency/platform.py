"""The platform under measurement: broker, PostgreSQL, Redis, ingest's API and relay, scoring's three processes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlmodel import Session

from deploy.local.supervisor import Platform
from services.scoring.settings import ScoringSettings
from shared.identity import Role
from shared.identity.bearers import create_bearer, organisation_named
from shared.processes import BY_NAME
from shared.settings import Settings
from shared.sql.engine import service_engine
from shared.topics import OFFERS, VACANCIES

PROCESSES: Final = ("ingest.api", "ingest.relay", "scoring.packer", "scoring.worker", "scoring.scorer")
PUBLISHERS: Final = {VACANCIES: Role.LANDLORD, OFFERS: Role.FEED}


@dataclass(frozen=True)
class World:
    """What runs: `outbox` is ingest's database, `keys` are those of a publisher by topic."""

    settings: Settings
    outbox: Engine
    keys: dict[str, str]
    pids: dict[str, int]


def _keys(settings: Settings) -> dict[str, str]:
    engine = service_engine(settings, "console", database="identity", pool=1)
    try:
        with Session(engine) as session:
            made = {}
            for topic, role in PUBLISHERS.items():
                owner = organisation_named(session, f"Mesure {topic}")
                bearer = create_bearer(session, settings, organisation_id=owner.id, role=role, label="benchmark")
                made[topic] = bearer.text
            session.commit()
            return made
    finally:
        engine.dispose()


@contextmanager
def world(home: Path, port_base: int) -> Iterator[World]:
    """Starts everything; on return the scorer has published the scores of an empty country."""
    base = Settings(home=home, cache=Settings().cache_folder, port_base=port_base)
    settings = ScoringSettings.model_validate(base.model_dump())
    with ExitStack() as stack:
        running = stack.enter_context(Platform(settings, processes=[BY_NAME[name] for name in PROCESSES]))
        engine = service_engine(settings, "ingest", pool=2)
        stack.callback(engine.dispose)
        yield World(settings, engine, _keys(settings), running.pids())
