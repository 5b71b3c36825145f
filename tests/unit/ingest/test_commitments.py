"""What a host territory has declared, and what of it holds on a day."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.ingest.adapters.declarations import declaration
from services.ingest.core.commitments import Declaration, announced, dated, holding, on_day, overlaps
from services.ingest.schemas import CommitmentBody, TerritoryBody
from shared.clock import paris_date
from shared.events import ClosedFor, Closure, Commitment, CommitmentStatus

AURILLAC, SAINT_FLOUR, LOZERE = "241500230", "200066660", "48"
DAY = date(2027, 3, 1)


def a_commitment(**changed: Any) -> Commitment:
    known = {"programme": "emile", "code": AURILLAC, "status": "open", "organisation": "org", "observed_at": "x"}
    return msgspec.convert({**known, **changed}, Commitment)


def declared(begin: date, *commitments: dict[str, Any], hours: int = 0, organisation: str = "org") -> Declaration:
    observed = datetime(begin.year, begin.month, begin.day, 8, tzinfo=UTC) + timedelta(hours=hours)
    return declaration(commitments, effective_from=begin, observed_at=observed, organisation=organisation)


EMILE = {"programme": "emile", "status": "open"}


def status_on(day: date, **changed: Any) -> tuple[str, str | None, str | None]:
    state, _ = dated(a_commitment(**changed), day)
    return state.status.value, state.reason.value if state.reason else None, state.status_until


AUGUST = {"first_day": "2027-08-01", "last_day": "2027-08-31", "reason": "holidays"}


@pytest.mark.parametrize(
    ("day", "changed", "told"),
    [
        (DAY, {}, ("open", None, None)),
        (DAY, {"status": "paused", "reason": "staff"}, ("paused", "staff", None)),
        (DAY, {"status": "closed", "reason": "programme_ended", "calendar": [AUGUST]}, ("closed", "programme_ended", None)),
        (DAY, {"valid_from": "2027-03-02"}, ("closed", "not_yet_valid", "2027-03-01")),
        (date(2027, 3, 2), {"valid_from": "2027-03-02"}, ("open", None, None)),
        (DAY, {"valid_until": "2027-03-01"}, ("open", None, "2027-03-01")),
        (date(2027, 3, 2), {"valid_until": "2027-03-01"}, ("closed", "expired", None)),
        (date(2027, 7, 31), {"calendar": [AUGUST]}, ("open", None, "2027-07-31")),
        (date(2027, 8, 1), {"calendar": [AUGUST]}, ("paused", "holidays", "2027-08-31")),
        (date(2027, 8, 31), {"calendar": [AUGUST]}, ("paused", "holidays", "2027-08-31")),
        (date(2027, 9, 1), {"calendar": [AUGUST]}, ("open", None, None)),
        (date(2029, 8, 15), {"calendar": [AUGUST]}, ("open", None, None)),
        (date(2029, 8, 15), {"calendar": [{**AUGUST, "yearly": True}]}, ("paused", "holidays", "2029-08-31")),
        (date(2026, 8, 15), {"calendar": [{**AUGUST, "yearly": True}]}, ("open", None, "2027-07-31")),
        (date(2027, 8, 1), {"calendar": [AUGUST], "valid_until": "2027-08-10"}, ("paused", "holidays", "2027-08-10")),
    ],
)  # fmt: skip
def test_a_commitment_has_the_status_of_the_day(day: date, changed: dict[str, Any], told: tuple[Any, ...]) -> None:
    assert status_on(day, **changed) == told


def test_a_closed_period_may_go_over_new_year() -> None:
    winter = {"first_day": "2026-12-20", "last_day": "2027-01-05", "reason": "holidays", "yearly": True}
    assert status_on(date(2029, 1, 3), calendar=[winter]) == ("paused", "holidays", "2029-01-05")
    assert status_on(date(2029, 1, 6), calendar=[winter])[0] == "open"


def test_a_leap_day_is_the_28th_in_other_years() -> None:
    leap = {"first_day": "2028-02-29", "last_day": "2028-02-29", "reason": "other", "yearly": True}
    assert status_on(date(2029, 2, 28), calendar=[leap])[0] == "paused"
    assert status_on(date(2028, 2, 28), calendar=[leap])[0] == "open"


DAYS = st.dates(date(2027, 1, 1), date(2029, 12, 31))
CLOSURES = st.builds(
    lambda first, length, reason, yearly: Closure(
        first.isoformat(), (first + timedelta(days=length)).isoformat(), reason, yearly
    ),
    DAYS,
    st.integers(0, 60),
    st.sampled_from([ClosedFor.HOLIDAYS, ClosedFor.STAFF]),
    st.booleans(),
)


@given(
    st.lists(CLOSURES, max_size=3),
    st.none() | DAYS.map(date.isoformat),
    st.none() | DAYS.map(date.isoformat),
    st.sampled_from(list(CommitmentStatus)),
    DAYS,
)
def test_nothing_changes_before_the_day_that_is_noted_for_the_clock(
    calendar: list[Closure], begin: str | None, end: str | None, status: CommitmentStatus, day: date
) -> None:
    assume(begin is None or end is None or begin <= end)
    commitment = msgspec.structs.replace(
        a_commitment(), calendar=tuple(calendar), valid_from=begin, valid_until=end, status=status
    )
    state, following = dated(commitment, day)
    other = day
    for _ in range(60):
        other += timedelta(days=1)
        if following is not None and other >= following:
            break
        assert dated(commitment, other) == (state, following)
    if following is None:
        assert dated(commitment, day + timedelta(days=2000))[0] == state
    elif state.status is not CommitmentStatus.PAUSED:
        assert dated(commitment, following)[0] != state


def test_periods_that_touch_are_one_pause() -> None:
    touching = [AUGUST, {"first_day": "2027-09-01", "last_day": "2027-09-15", "reason": "staff"}]
    assert status_on(date(2027, 8, 20), calendar=touching) == ("paused", "holidays", "2027-09-15")
    assert status_on(date(2027, 9, 1), calendar=touching) == ("paused", "staff", "2027-09-15")
    assert dated(a_commitment(calendar=touching), date(2027, 8, 20))[1] == date(2027, 9, 1)


def test_what_is_announced_changes_nothing_before_its_day() -> None:
    now, later = declared(DAY, EMILE), declared(date(2027, 6, 1), {**EMILE, "status": "paused", "reason": "staff"})
    timeline = [now, later]
    assert on_day(AURILLAC, timeline, date(2027, 5, 31)).commitments["emile"].status is CommitmentStatus.OPEN
    assert on_day(AURILLAC, timeline, date(2027, 6, 1)).commitments["emile"].reason is ClosedFor.STAFF
    assert announced(timeline, DAY) == [later]
    changes_at = on_day(AURILLAC, timeline, DAY).changes_at
    assert changes_at == datetime(2027, 5, 31, 22, tzinfo=UTC)  # the first instant of 1 June in Paris
    assert paris_date(changes_at) == date(2027, 6, 1)


def test_of_two_that_begin_on_one_day_the_one_observed_later_holds() -> None:
    first, second = declared(DAY, EMILE), declared(DAY, {**EMILE, "capacity_households": 3}, hours=2)
    assert holding([second, first], DAY) == second
    assert announced([second, first], DAY - timedelta(days=1)) == [second]


def test_a_programme_that_the_later_set_leaves_out_is_gone() -> None:
    both = declared(DAY, EMILE, {"programme": "generique"})
    only = declared(DAY + timedelta(days=1), EMILE)
    assert set(on_day(AURILLAC, [both, only], DAY).commitments) == {"emile", "generique"}
    assert set(on_day(AURILLAC, [both, only], DAY + timedelta(days=1)).commitments) == {"emile"}
    assert on_day(AURILLAC, [both, only], DAY - timedelta(days=1)).commitments == {}


@given(
    st.lists(st.tuples(DAYS, st.integers(0, 40), st.sampled_from(["open", "paused"]), st.integers(0, 3)), max_size=8),
    st.randoms(use_true_random=False),
    DAYS,
)
def test_declarations_in_any_order_come_to_the_same(
    made: list[tuple[date, int, str, int]], chance: random.Random, day: date
) -> None:
    timeline = [
        declared(begin, {"programme": "emile", "status": status, "capacity_households": places}, hours=-hours)
        for begin, hours, status, places in made
    ]
    shuffled = chance.sample(timeline, len(timeline)) + timeline[:1]
    assert on_day(AURILLAC, shuffled, day) == on_day(AURILLAC, sorted(timeline, key=lambda one: one.order), day)
    assert announced(shuffled, day) == announced(timeline, day)


def test_two_named_sets_of_a_programme_do_not_share_a_territory() -> None:
    own = declared(DAY, {**EMILE, "area": [AURILLAC, SAINT_FLOUR]})
    other = declared(DAY, {**EMILE, "name": "Pays de Saint-Flour"})
    found = overlaps(AURILLAC, {AURILLAC: [own], SAINT_FLOUR: [other]}, DAY)
    assert found is not None
    territory, theirs, code, day = found
    assert (territory, theirs.name, code, day) == (SAINT_FLOUR, "Pays de Saint-Flour", SAINT_FLOUR, DAY)


@pytest.mark.parametrize(
    "other",
    [
        [declared(DAY, {**EMILE, "programme": "generique"})],
        [declared(DAY, {**EMILE, "status": "closed", "reason": "programme_ended"})],
        [declared(DAY - timedelta(days=9), EMILE), declared(DAY)],
        [declared(DAY, {**EMILE, "valid_until": "2027-02-28"})],
    ],
    ids=["another programme", "closed", "withdrawn by then", "expired"],
)
def test_sets_that_do_not_meet_may_name_the_same_territory(other: list[Declaration]) -> None:
    own = declared(DAY, {**EMILE, "area": [AURILLAC, SAINT_FLOUR]})
    assert overlaps(AURILLAC, {AURILLAC: [own], SAINT_FLOUR: other}, DAY) is None


@pytest.mark.parametrize(
    "other",
    [
        [declared(date(2027, 9, 1), EMILE)],
        [declared(DAY, {**EMILE, "valid_from": "2027-09-01"})],
    ],
    ids=["announced", "valid later"],
)
def test_sets_that_will_meet_are_found_on_that_day(other: list[Declaration]) -> None:
    own = declared(DAY, {**EMILE, "area": [AURILLAC, SAINT_FLOUR]})
    found = overlaps(AURILLAC, {AURILLAC: [own], SAINT_FLOUR: other}, DAY)
    assert found is not None
    assert found[3] == date(2027, 9, 1)


def test_a_departement_without_an_area_stands_for_what_belongs_to_no_set() -> None:
    whole = declared(DAY, EMILE)
    assert overlaps("15", {"15": [whole], AURILLAC: [declared(DAY, EMILE)]}, DAY) is None
    named = declared(DAY, {**EMILE, "area": [AURILLAC]})
    assert overlaps("15", {"15": [named], AURILLAC: [declared(DAY, EMILE)]}, DAY) is not None


def test_the_order_of_programmes_and_of_needs_does_not_make_another_declaration() -> None:
    one = TerritoryBody.model_validate(
        {"commitments": [{"programme": "emile", "needs_typologies": ["T4", "T3"]}, {"programme": "generique"}]}
    )
    other = TerritoryBody.model_validate(
        {"commitments": [{"programme": "generique"}, {"programme": "emile", "needs_typologies": ["T3", "T4"]}]}
    )
    digests = {declared(DAY, *(item.content() for item in body.commitments)).digest for body in (one, other)}
    assert len(digests) == 1


def test_contacts_are_no_part_of_what_is_declared() -> None:
    body = CommitmentBody.model_validate(
        {"programme": "emile", "contacts": [{"name": "Accueil", "email": "accueil@example.org"}]}
    )
    assert "contacts" not in body.content()


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "holidays"},
        {"status": "paused", "reason": "expired"},
        {"valid_from": "2027-02-01", "valid_until": "2027-01-01"},
        {"calendar": [{"first_day": "2027-08-31", "last_day": "2027-08-01", "reason": "holidays"}]},
        {"calendar": [{"first_day": "2027-01-01", "last_day": "2028-06-01", "reason": "holidays"}]},
        {"area": [AURILLAC, AURILLAC]},
        {"area": ["15014"]},
        {"needs_rome": ["Z9999"]},
        {"contacts": [{"name": "A", "email": "nowhere"}]},
        {"needs_school_places": {"maternelle": -1}},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CommitmentBody.model_validate({"programme": "emile", **wrong})
