"""The catalogue says what webhooks say: schemas, examples, filters, readers."""

import json
from typing import Any

import jsonschema
import pytest

from services.notify.core.audience import Reader, may_know
from services.notify.core.catalogue import EventType, catalogue
from services.notify.core.event_types import ENDPOINT_TEST, EVENT_TYPES, readable_by
from services.notify.core.occurrences import of_disabled_endpoint, of_placement, of_score, of_test, of_vacancy
from services.notify.core.subscriptions import FILTER_ROLES, Filter, wants
from shared.events import Step, VacancyStatus
from shared.identity import Role
from tests.unit.notify.test_who_is_told import (
    TERRITORY,
    VACANCY,
    areas_of,
    score,
    step_event,
    subscription,
    vacancy_event,
)

BY_NAME = {one.name: one for one in catalogue()}
UNTOLD = {"additionalProperties": False}


def strict(one: EventType) -> dict[str, Any]:
    """The schema, with nothing allowed beyond what it names."""
    schema: dict[str, Any] = json.loads(json.dumps(one.schema)) | UNTOLD
    for definition in schema["$defs"].values():
        if definition.get("type") == "object":
            definition.update(UNTOLD)
    return schema


def check(payload: str | dict[str, Any]) -> None:
    body = json.loads(payload) if isinstance(payload, str) else payload
    jsonschema.validate(body, strict(BY_NAME[body["type"]]), format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("one", catalogue(), ids=lambda one: one.name)
def test_a_schema_is_one_and_its_example_fits(one: EventType) -> None:
    jsonschema.Draft202012Validator.check_schema(one.schema)
    check(one.example)
    with pytest.raises(jsonschema.ValidationError):
        check({**one.example, "data": {**one.example["data"], "household": "hh_1"}})
    with pytest.raises(jsonschema.ValidationError):
        check({**one.example, "data": {}})


def test_every_type_that_can_be_asked_for_is_there_with_its_readers() -> None:
    assert [one.name for one in catalogue() if not one.sent_on_demand] == list(EVENT_TYPES)
    for one in catalogue():
        if not one.sent_on_demand:
            assert set(one.roles) == {role for role in Role if one.name in readable_by(role)}
        assert one.description_fr != one.description_en


@pytest.mark.parametrize("step", list(Step))
def test_what_is_sent_about_a_placement_fits_its_schema(step: Step) -> None:
    for due_at in (None, "2026-11-25T22:59:59.000Z"):
        before = Step.APPROVED if step is Step.PROPOSED else Step.PROPOSED
        occurrence = of_placement(step_event(before, step, due_at=due_at), shared=True)
        assert occurrence is not None
        check(occurrence.webhook_payload())


def test_what_is_sent_about_the_rest_fits_its_schema() -> None:
    for pair in ((None, VACANCY), (VACANCY, None)):
        for place in (TERRITORY, None):
            occurrence = of_vacancy(vacancy_event(*pair), lambda _, place=place: place)  # type: ignore[misc]
            assert occurrence is not None
            check(occurrence.webhook_payload())
    for values in ({}, {"score": None, "score_class": None}):
        check(of_score(score(**values), frozenset({1.0})).webhook_payload())
    check(of_test("we_1", "2026-11-23T09:00:00.000Z"))
    for since in (None, "2026-11-18T09:00:00.000Z"):
        check(
            of_disabled_endpoint(
                "we_1", "org_1", "failing", since=since, event_id="evt_1", time="2026-11-23T09:00:00.000Z"
            ).webhook_payload()
        )


def test_every_status_of_a_home_can_be_told() -> None:
    definition = BY_NAME["vacancy.published"].schema["$defs"]
    told = json.dumps(definition)
    assert all(f'"{status}"' in told for status in VacancyStatus)


@pytest.mark.parametrize(
    ("filters", "passes"),
    [
        ({"landlords": frozenset({"org_landlord"})}, True),
        ({"landlords": frozenset({"org_other"})}, False),
        ({"caseworkers": frozenset({"usr_1", "usr_2"})}, True),
        ({"caseworkers": frozenset({"usr_2"})}, False),
        ({"programmes": frozenset({"emile"})}, True),
        ({"programmes": frozenset({"generique"})}, False),
        ({"programmes": frozenset({"emile"}), "caseworkers": frozenset({"usr_2"})}, False),
        ({"territories": frozenset({"19"}), "programmes": frozenset({"emile"})}, False),
    ],
)
def test_a_placement_is_told_to_those_whose_filters_let_it_through(filters: dict[str, Any], passes: bool) -> None:
    occurrence = of_placement(step_event(None, Step.PROPOSED), shared=False)
    assert occurrence is not None
    assert wants(subscription(["*"], **filters), occurrence, areas_of) is passes


def test_a_filter_leaves_types_alone_that_do_not_have_it() -> None:
    programmes = subscription(["*"], programmes=frozenset({"emile"}), caseworkers=frozenset({"usr_1"}))
    assert wants(programmes, of_score(score(), frozenset({1.0})), areas_of)
    published = of_vacancy(vacancy_event(None, VACANCY), lambda _: TERRITORY)
    assert published is not None
    assert wants(programmes, published, areas_of)
    assert not wants(subscription(["*"], landlords=frozenset({"org_other"})), published, areas_of)
    disabled = of_disabled_endpoint("we_1", "org_operator", "gone", since=None, event_id="evt_1", time="t")
    assert wants(subscription(["*"], territories=frozenset({"19"})), disabled, areas_of)


def test_the_catalogues_filters_are_those_that_have_an_effect() -> None:
    strangers: dict[Filter, Any] = {
        Filter.TERRITORIES: frozenset({"19"}),
        Filter.LANDLORDS: frozenset({"org_other"}),
        Filter.CASEWORKERS: frozenset({"usr_other"}),
        Filter.PROGRAMMES: frozenset({"generique"}),
        Filter.MINIMUM_SCORE_CHANGE: 50.0,
    }
    told = [
        of_placement(step_event(None, Step.PROPOSED), shared=False),
        of_vacancy(vacancy_event(None, VACANCY), lambda _: TERRITORY),
        of_score(score(), frozenset({1.0})),
        of_disabled_endpoint("we_1", "org_operator", "gone", since=None, event_id="evt_1", time="t"),
    ]
    for occurrence in told:
        assert occurrence is not None
        effective = {
            asked
            for asked, value in strangers.items()
            if not wants(subscription(["*"], **{asked.value: value}), occurrence, areas_of)
        }
        assert effective == set(BY_NAME[occurrence.type].filters), occurrence.type


def test_no_filter_lets_a_landlord_learn_a_programme_or_a_caseworker() -> None:
    assert Role.LANDLORD not in FILTER_ROLES[Filter.PROGRAMMES] | FILTER_ROLES[Filter.CASEWORKERS]
    assert Role.FEED not in FILTER_ROLES[Filter.PROGRAMMES]


def test_an_endpoint_that_was_disabled_is_its_organisations_business() -> None:
    occurrence = of_disabled_endpoint("we_1", "org_feed", "gone", since=None, event_id="evt_1", time="t")
    for role in Role:
        assert may_know(Reader(role, "org_feed"), occurrence.audience, areas_of)
        assert may_know(Reader(role, "org_other"), occurrence.audience, areas_of) is (role is Role.OPERATOR)


def test_a_test_is_never_subscribed_to() -> None:
    assert BY_NAME[ENDPOINT_TEST].sent_on_demand
    assert ENDPOINT_TEST not in EVENT_TYPES
