"""Synthetic events of the topics that notify reads. All people and organisations are invented."""

from typing import Any

from shared.clock import isoformat, utc_now
from shared.events import (
    Change,
    Event,
    Placement,
    Step,
    TerritoryScore,
    Typology,
    Vacancy,
    VacancyStatus,
    new_event,
)
from shared.ids import new_id

TERRITORY = "241500230"  # Aurillac Agglomération, in the Cantal (15)


def placement_event(
    organisation: str,
    *,
    step: Step = Step.PROPOSED,
    before: Step | None = None,
    identifier: str | None = None,
    landlord: str = "org_somebody",
    territory: str = TERRITORY,
    caseworker: str = "usr_01",
    due_at: str | None = None,
    outcome: str | None = None,
) -> Event[Change[Placement]]:
    """A placement of `organisation` that reaches `step`."""
    name = identifier or new_id("plc")

    def state(at: Step) -> Placement:
        return Placement(
            id=name,
            vacancy="vac_01",
            typology="T3",
            territory=territory,
            programme="generique",
            landlord=landlord,
            organisation=organisation,
            caseworker=caseworker,
            step=at,
            changed_at=isoformat(utc_now()),
            due_at=due_at if at is step else None,
            outcome=outcome if at is step else None,
        )

    change = Change(1 if before is None else 2, None if before is None else state(before), state(step))
    return new_event("placements", name, change, source="/matching", at=utc_now())


def vacancy_event(landlord: str) -> Event[Change[Vacancy]]:
    """A vacancy published in Aurillac."""
    name = new_id("vac")
    vacancy = Vacancy(
        id=name,
        landlord=landlord,
        reference=name,
        status=VacancyStatus.OPEN,
        commune="15014",
        typology=Typology.T3,
        surface_m2=62.0,
        rent_eur_per_month=410.0,
        available_from="2026-12-01",
        observed_at=isoformat(utc_now()),
    )
    return new_event("vacancies", name, Change(1, None, vacancy), source="/ingest", at=utc_now())


def score_event(code: str, score: float | None, position: int, *, generation: str = "g1") -> Event[TerritoryScore]:
    """A territory's score."""
    values: dict[str, Any] = {"blocks": {}, "contributions": (), "counters": {}}
    state = TerritoryScore(
        code=code,
        generation=generation,
        position=position,
        score=score,
        score_class=None if score is None else 3,
        coverage=1.0,
        as_of=isoformat(utc_now()),
        reference_version="0",
        **values,
    )
    return new_event("territory-scores", code, state, source="/scoring", at=utc_now())
