"""Verification against ingest's own rows, on a real PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from sqlmodel import Session

from services.ingest.adapters.models import VacancyRow
from services.scoring.adapters.counting_places import counting_places
from services.scoring.adapters.ingest_truth import IngestTruth, IngestUnreachable
from services.scoring.core.recompute import Recount
from services.scoring.settings import ScoringSettings
from shared.settings import Settings
from shared.sql.engine import service_engine
from shared.topics import VACANCIES
from tests.scoring_history import History, vacancy

AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
AURILLAC = "241500230"


class Both:
    """Writes the same entities to ingest's table and to a recount, or to one of them only."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.history = History(3)
        self.counted = Recount(counting_places())

    def row(self, key: str, version: int, *, withdrawn: bool = False, **given: Any) -> None:
        self.session.add(
            VacancyRow(
                id=key,
                owner="org_synthetic",
                reference=key,
                current=True,
                version=version,
                commune="15014",
                status="open",
                state=msgspec.to_builtins(vacancy(key, **given)),
                digest=b"x",
                observed_at=AT,
                confirmed_at=AT,
                changed_at=AT,
                withdrawn_at=AT if withdrawn else None,
            )
        )

    def event(self, key: str, before: Any, after: Any) -> None:
        value = self.history.event(VACANCIES, key, before, after)
        self.counted.add(VACANCIES, 0, self.counted.events, key.encode(), value)


@pytest.fixture
def both(migrated: Settings) -> Iterator[Both]:
    engine = service_engine(migrated, "ingest", pool=2)
    with Session(engine) as session:
        session.execute(text("DELETE FROM vacancy"))
        session.execute(text("DELETE FROM offer"))
        session.execute(text("DELETE FROM commitment"))
        yield Both(session)
        session.rollback()
        session.execute(text("DELETE FROM vacancy"))
        session.commit()
    engine.dispose()


def truth(migrated: Settings) -> IngestTruth:
    return IngestTruth(ScoringSettings.model_validate(migrated.model_dump()))


def test_rows_and_topics_that_agree_show_no_difference(both: Both, migrated: Settings) -> None:
    both.row("vac_a", 1)
    both.event("vac_a", None, vacancy("vac_a"))
    both.row("vac_gone", 2, withdrawn=True)
    both.session.commit()
    found = truth(migrated).compare(truth(migrated).read(), both.counted)
    assert (found.differences, found.unpublished, found.newer, found.unknown) == ([], 0, 0, 0)


def test_a_version_that_is_still_in_the_outbox_is_unpublished(both: Both, migrated: Settings) -> None:
    both.row("vac_a", 2, rent_eur_per_month=500)
    both.event("vac_a", None, vacancy("vac_a"))
    both.row("vac_b", 1)
    both.session.commit()
    found = truth(migrated).compare(truth(migrated).read(), both.counted)
    assert (found.differences, found.unpublished) == ([], 2)


def test_a_version_that_came_after_the_read_is_left_out(both: Both, migrated: Settings) -> None:
    both.row("vac_a", 1)
    both.session.commit()
    rows = truth(migrated).read()
    both.event("vac_a", None, vacancy("vac_a"))
    both.event("vac_a", vacancy("vac_a"), vacancy("vac_a", rent_eur_per_month=500))
    both.event("vac_new", None, vacancy("vac_new"))
    found = truth(migrated).compare(rows, both.counted)
    assert (found.differences, found.newer, found.unknown) == ([], 2, 0)


def test_a_state_that_differs_at_the_same_version_is_a_difference(both: Both, migrated: Settings) -> None:
    both.row("vac_a", 1, rent_eur_per_month=500)
    both.event("vac_a", None, vacancy("vac_a"))
    both.session.commit()
    found = truth(migrated).compare(truth(migrated).read(), both.counted)
    assert [(one.territory, one.counter, one.expected, one.found) for one in found.differences] == [
        (AURILLAC, "effort_known", 1, 0),  # 500 € is too much whatever the charges are; of 410 € nobody knows
        (AURILLAC, "rent_sum_eur", 500, 410),
        (AURILLAC, "rents_T3_425", 0, 1),
        (AURILLAC, "rents_T3_500", 1, 0),
    ]


def test_an_entity_that_ingest_does_not_know_is_a_difference(both: Both, migrated: Settings) -> None:
    both.event("vac_a", None, vacancy("vac_a"))
    both.event("vac_a", vacancy("vac_a"), vacancy("vac_a", floor=2))
    both.session.commit()
    found = truth(migrated).compare(truth(migrated).read(), both.counted)
    assert found.unknown == 1
    assert found.differences


def test_a_database_that_does_not_answer_is_said_so() -> None:
    settings = ScoringSettings(
        database_url="postgresql://127.0.0.1:1/postgres",
        secret_keys="synthetic-key-for-tests-only",
    )
    with pytest.raises(IngestUnreachable):
        IngestTruth(settings).probe()
