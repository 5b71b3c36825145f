"""Who is told of what: placements by step, vacancies by territory, scores by change."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from services.notify.core.audience import Reader, may_know
from services.notify.core.event_types import EVENT_TYPES, expand, readable_by, unknown
from services.notify.core.occurrences import Occurrence, is_shared, of_placement, of_score, of_stale_vacancy, of_vacancy
from services.notify.core.subscriptions import Subscription, deliveries, wants
from shared.clock import utc_now
from shared.events import (
    LIVE_STEPS,
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
from shared.identity import Role

TERRITORY, DEPARTEMENT = "241500230", "15"
ASSOCIATION, LANDLORD = "org_association", "org_landlord"


def areas_of(territory: str) -> frozenset[str]:
    return frozenset({territory, DEPARTEMENT}) if territory == TERRITORY else frozenset({territory})


def placement(step: Step, **values: Any) -> Placement:
    return Placement(
        id="plc_1",
        vacancy="vac_1",
        typology="T3",
        territory=TERRITORY,
        programme="emile",
        landlord=LANDLORD,
        organisation=ASSOCIATION,
        caseworker="usr_1",
        step=step,
        changed_at="2026-11-23T09:00:00.000Z",
        **values,
    )


def step_event(before: Step | None, after: Step | None, **values: Any) -> Event[Change[Placement]]:
    change = Change(
        1,
        None if before is None else placement(before),
        None if after is None else placement(after, **values),
    )
    return new_event("placements", "plc_1", change, source="/matching", at=utc_now())


def vacancy_event(before: Vacancy | None, after: Vacancy | None) -> Event[Change[Vacancy]]:
    return new_event("vacancies", "vac_1", Change(1, before, after), source="/ingest", at=utc_now())


VACANCY = Vacancy(
    id="vac_1",
    landlord=LANDLORD,
    reference="L-1",
    status=VacancyStatus.OPEN,
    commune="15014",
    typology=Typology.T3,
    surface_m2=62.0,
    rent_eur_per_month=410.0,
    available_from="2026-12-01",
    observed_at="2026-11-23T09:00:00.000Z",
)

CASEWORKER = Reader(Role.CASEWORKER, ASSOCIATION)
LANDLORDS = Reader(Role.LANDLORD, LANDLORD)
HOST = Reader(Role.TERRITORY, "org_host", frozenset({TERRITORY}))
HOST_OF_DEPARTEMENT = Reader(Role.TERRITORY, "org_host", frozenset({DEPARTEMENT}))
OPERATOR = Reader(Role.OPERATOR, "org_operator")
STRANGERS = [
    Reader(Role.CASEWORKER, "org_other"),
    Reader(Role.LANDLORD, "org_other"),
    # The same organisation in another role: a right belongs to both.
    Reader(Role.LANDLORD, ASSOCIATION),
    Reader(Role.CASEWORKER, LANDLORD),
    Reader(Role.TERRITORY, "org_other", frozenset({"200066637"})),
    Reader(Role.TERRITORY, "org_other"),
    Reader(Role.FEED, "org_feed"),
]


def told(occurrence: Occurrence | None, readers: list[Reader]) -> list[bool]:
    assert occurrence is not None
    return [may_know(reader, occurrence.audience, areas_of) for reader in readers]


@pytest.mark.parametrize("step", [Step.PROPOSED, Step.VERIFYING])
@pytest.mark.parametrize("shared", [False, True])
def test_before_approval_only_the_caseworkers_organisation_and_operators_know(step: Step, shared: bool) -> None:
    occurrence = of_placement(step_event(None, step), shared=shared)
    assert told(occurrence, [CASEWORKER, OPERATOR]) == [True, True]
    assert not any(told(occurrence, [LANDLORDS, HOST, HOST_OF_DEPARTEMENT, *STRANGERS]))


@pytest.mark.parametrize("step", [*sorted(LIVE_STEPS - {Step.PROPOSED, Step.VERIFYING}), Step.COMPLETED])
def test_from_approval_on_the_landlord_and_the_territory_know_too(step: Step) -> None:
    event = step_event(Step.VERIFYING, step)
    assert is_shared(event.data)
    occurrence = of_placement(event, shared=True)
    assert all(told(occurrence, [CASEWORKER, LANDLORDS, HOST, HOST_OF_DEPARTEMENT, OPERATOR]))
    assert not any(told(occurrence, STRANGERS))


@pytest.mark.parametrize("end", [Step.REFUSED, Step.RELEASED])
def test_an_end_is_told_outside_only_where_the_placement_had_been_approved(end: Step) -> None:
    assert not is_shared(step_event(Step.PROPOSED, end).data)
    assert told(of_placement(step_event(Step.PROPOSED, end), shared=False), [CASEWORKER, LANDLORDS, HOST]) == [
        True,
        False,
        False,
    ]
    assert all(told(of_placement(step_event(Step.APPROVED, end), shared=True), [CASEWORKER, LANDLORDS, HOST]))


def test_a_placement_tells_type_id_territory_step_and_deadline_and_nothing_else() -> None:
    occurrence = of_placement(step_event(Step.PROPOSED, Step.APPROVED, due_at="2026-11-25T22:59:59Z"), shared=True)
    assert occurrence is not None
    assert occurrence.type == "placement.approved"
    assert occurrence.data == {
        "placement": "plc_1",
        "territory": TERRITORY,
        "step": "approved",
        "due_at": "2026-11-25T22:59:59Z",
    }
    for text in (occurrence.webhook_payload(), occurrence.live_payload()):
        assert not any(word in text for word in ("usr_1", ASSOCIATION, LANDLORD, "vac_1", "emile"))


def test_no_step_no_occurrence() -> None:
    assert of_placement(step_event(Step.APPROVED, Step.APPROVED, due_at="2026-12-01T00:00:00Z"), shared=True) is None
    assert of_placement(step_event(Step.COMPLETED, None), shared=True) is None


def test_a_vacancy_is_published_changed_and_withdrawn() -> None:
    changed = Vacancy(**{**{name: getattr(VACANCY, name) for name in VACANCY.__struct_fields__}, "surface_m2": 60.0})
    kinds = [
        found.type if (found := of_vacancy(vacancy_event(*pair), lambda _: TERRITORY)) else None
        for pair in ((None, VACANCY), (VACANCY, changed), (changed, None))
    ]
    assert kinds == ["vacancy.published", "vacancy.updated", "vacancy.withdrawn"]


def test_a_vacancy_that_is_only_confirmed_again_tells_nothing() -> None:
    again = Vacancy(
        **{
            **{name: getattr(VACANCY, name) for name in VACANCY.__struct_fields__},
            "observed_at": "2026-11-24T09:00:00.000Z",
        }
    )
    assert of_vacancy(vacancy_event(VACANCY, again), lambda _: TERRITORY) is None


def test_a_vacancy_is_known_to_its_landlord_to_caseworkers_and_to_its_territory() -> None:
    occurrence = of_vacancy(vacancy_event(None, VACANCY), lambda _: TERRITORY)
    assert told(occurrence, [CASEWORKER, Reader(Role.CASEWORKER, "org_other"), LANDLORDS, HOST, OPERATOR]) == [True] * 5
    assert not any(told(occurrence, [Reader(Role.LANDLORD, "org_other"), Reader(Role.FEED, "org_feed"), STRANGERS[4]]))


def test_a_vacancy_of_an_unknown_commune_belongs_to_no_territory() -> None:
    occurrence = of_vacancy(vacancy_event(None, VACANCY), lambda _: None)
    assert told(occurrence, [LANDLORDS, HOST]) == [True, False]


def score(**values: Any) -> Event[TerritoryScore]:
    given = {
        "code": TERRITORY,
        "generation": "g1",
        "position": 1,
        "score": 61.27,
        "score_class": 4,
        "coverage": 0.9,
        "blocks": {},
        "contributions": (),
        "counters": {},
        "as_of": "2026-11-23T09:00:00.000Z",
        "reference_version": "0",
        **values,
    }
    return new_event("territory-scores", TERRITORY, TerritoryScore(**given), source="/scoring", at=utc_now())


def subscription(types: list[str], *, reader: Reader = OPERATOR, **values: Any) -> Subscription:
    return replace(
        Subscription("we_1", reader, expand(types), frozenset(), 1.0),
        **values,
    )


def test_an_endpoint_is_told_of_the_types_territories_and_score_changes_it_asks_for() -> None:
    occurrence = of_score(score(), frozenset({1.0, 5.0}))
    assert wants(subscription(["territory.score"]), occurrence, areas_of)
    assert wants(subscription(["*"], minimum_score_change=5.0), occurrence, areas_of)
    assert not wants(subscription(["territory.score"], minimum_score_change=10.0), occurrence, areas_of)
    assert not wants(subscription(["placement.*"]), occurrence, areas_of)
    assert wants(subscription(["*"], territories=frozenset({DEPARTEMENT})), occurrence, areas_of)
    assert not wants(subscription(["*"], territories=frozenset({"19"})), occurrence, areas_of)


def test_everyone_may_know_a_score() -> None:
    occurrence = of_score(score(), frozenset({1.0}))
    assert all(told(occurrence, [CASEWORKER, LANDLORDS, HOST, OPERATOR, *STRANGERS]))
    assert occurrence.data == {
        "territory": TERRITORY,
        "score": 61.3,
        "class": 4,
        "as_of": "2026-11-23T09:00:00.000Z",
    }


def test_an_unknown_score_is_told_as_unknown_and_never_as_zero() -> None:
    assert of_score(score(score=None, score_class=None), frozenset({1.0})).data["score"] is None


def test_a_subscription_never_reaches_beyond_its_owners_rights() -> None:
    occurrences = [of_placement(step_event(None, Step.PROPOSED), shared=False)]
    found = list(
        deliveries(
            [subscription(["*"], reader=reader) for reader in (CASEWORKER, LANDLORDS, HOST, *STRANGERS)],
            [one for one in occurrences if one],
            areas_of,
        )
    )
    assert [one.reader for one, _ in found] == [CASEWORKER]


def test_types_come_by_name_or_glob_and_strangers_are_named() -> None:
    assert expand(["placement.*"]) == {f"placement.{step}" for step in Step}
    assert expand(["territory.score", "vacancy.published"]) == {"territory.score", "vacancy.published"}
    assert expand(["*"]) == set(EVENT_TYPES)
    assert unknown(["placement.*", "placement.unknown", "household.*"]) == ("placement.unknown", "household.*")


def test_a_feed_is_told_of_scores_and_of_its_own_endpoints_only() -> None:
    assert readable_by(Role.FEED) == {"territory.score", "endpoint.disabled", "message.undeliverable"}
    assert readable_by(Role.OPERATOR) == set(EVENT_TYPES)


def test_a_vacancy_that_goes_stale_asks_its_landlord_and_nobody_else() -> None:
    stale = msgspec.structs.replace(VACANCY, status=VacancyStatus.STALE)
    event = vacancy_event(VACANCY, stale)
    asked = of_stale_vacancy(event, lambda _: TERRITORY)
    assert asked is not None
    assert asked.type == "vacancy.confirmation_requested"
    assert asked.data == {"vacancy": "vac_1", "territory": TERRITORY}
    assert told(asked, [LANDLORDS, OPERATOR]) == [True, True]
    assert not any(told(asked, [CASEWORKER, HOST, HOST_OF_DEPARTEMENT, *STRANGERS]))
    changed = of_vacancy(event, lambda _: TERRITORY)
    assert changed is not None
    assert changed.event_id != asked.event_id  # an endpoint that wants both is told both


@pytest.mark.parametrize(
    ("before", "after", "asks"),
    [
        (None, VacancyStatus.STALE, True),  # published with an old observation
        (VacancyStatus.UPCOMING, VacancyStatus.STALE, True),
        (VacancyStatus.STALE, VacancyStatus.STALE, False),
        (VacancyStatus.STALE, VacancyStatus.OPEN, False),
        (VacancyStatus.OPEN, VacancyStatus.EXPIRED, False),
        (VacancyStatus.STALE, None, False),
    ],
)
def test_it_is_asked_once_each_time_it_goes_stale(
    before: VacancyStatus | None, after: VacancyStatus | None, asks: bool
) -> None:
    states = [None if status is None else msgspec.structs.replace(VACANCY, status=status) for status in (before, after)]
    assert (of_stale_vacancy(vacancy_event(*states), lambda _: TERRITORY) is not None) is asks


def test_only_landlords_and_operators_may_ask_for_confirmation_requests() -> None:
    readers = {role for role in Role if "vacancy.confirmation_requested" in readable_by(role)}
    assert readers == {Role.LANDLORD, Role.OPERATOR}
