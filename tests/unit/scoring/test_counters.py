"""What each state counts, and deltas that always sum to it."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.adapters.counting_places import counting_places
from services.scoring.core.amounts import StateUncountable
from services.scoring.core.counters import (
    COMMITTED_STEPS,
    INSTALLED_STEPS,
    SET_OF,
    Counters,
    add_into,
    contribution,
    deltas,
    shares,
)
from services.scoring.core.occupation_counters import UNLOCATED
from services.scoring.core.offer_counters import is_durable
from services.scoring.core.vacancy_counters import rent_band
from shared.events import (
    LIVE_STEPS,
    Change,
    Commitment,
    CommitmentStatus,
    Contract,
    Dpe,
    OfferStatus,
    Period,
    Placement,
    Step,
    Typology,
    VacancyStatus,
    decode,
)
from tests.scoring_history import OBSERVED, History, offer, vacancy

PLACES = counting_places()
AURILLAC, SAINT_FLOUR = "241500230", "200066660"


def placement(step: Step, **given_fields: Any) -> Placement:
    fields: dict[str, Any] = {
        "id": "pla_1",
        "vacancy": "vac_1",
        "typology": "T3",
        "territory": AURILLAC,
        "programme": "emile",
        "landlord": "org_1",
        "organisation": "org_2",
        "caseworker": "usr_1",
        "step": step,
        "changed_at": OBSERVED,
    }
    return Placement(**{**fields, **given_fields})


def commitment(status: CommitmentStatus, capacity: int | None, code: str = AURILLAC) -> Commitment:
    return Commitment("emile", code, status, "org_1", OBSERVED, capacity_households=capacity)


def test_an_open_vacancy_counts_in_the_territory_of_its_commune() -> None:
    assert contribution(vacancy("vac_1", dpe=Dpe.F, rent_eur_per_month=410.4), PLACES) == (
        (AURILLAC,),
        {
            "known_vacancies": 1,
            "open_vacancies": 1,
            "vacancies_T3": 1,
            "rent_known": 1,
            "rent_sum_eur": 410,
            "rents_T3_425": 1,
            "surface_sum_m2": 62,
            "dpe_known": 1,
            "dpe_fg": 1,
        },
    )


@pytest.mark.parametrize("status", [status for status in VacancyStatus if status is not VacancyStatus.OPEN])
def test_a_vacancy_that_is_not_open_is_known_and_nothing_more(status: VacancyStatus) -> None:
    assert contribution(vacancy("vac_1", status=status), PLACES) == ((AURILLAC,), {"known_vacancies": 1})


def test_unknown_energy_is_not_counted_as_bad_energy() -> None:
    _, counters = contribution(vacancy("vac_1", dpe=None), PLACES)
    assert not counters.keys() & {"dpe_known", "dpe_fg"}


@pytest.mark.parametrize(
    ("rent", "charges", "found"),
    [
        (410, 60, {"effort_known": 1, "effort_bearable": 1}),
        (410, 61, {"effort_known": 1}),  # 471 € are more than a third of 1 426,30 €
        (480, None, {"effort_known": 1}),  # the rent alone decides
        (410, None, {}),  # nobody knows: neither bearable nor not
    ],
)
def test_affordability_counts_rent_and_charges_and_nothing_that_is_unknown(
    rent: float, charges: float | None, found: Counters
) -> None:
    _, counters = contribution(vacancy("vac_1", rent_eur_per_month=rent, charges_eur_per_month=charges), PLACES)
    assert {name: amount for name, amount in counters.items() if name.startswith("effort")} == found


@pytest.mark.parametrize(
    ("days", "found"),
    [(None, None), (14, None), (15, "unconfirmed_15"), (30, "unconfirmed_30"), (40, "unconfirmed_30")],
)
def test_a_vacancy_left_unconfirmed_counts_in_the_last_step_it_has_passed(days: int | None, found: str | None) -> None:
    _, counters = contribution(vacancy("vac_1", unconfirmed_days=days), PLACES)
    assert {name for name in counters if name.startswith("unconfirmed")} == ({found} if found else set())


@pytest.mark.parametrize(("openings", "durable"), [(None, 1), (3, 3)])
def test_durable_openings_take_one_for_an_offer_that_does_not_say(openings: int | None, durable: int) -> None:
    _, counters = contribution(offer("off_1", openings=openings), PLACES)
    assert counters["durable_openings"] == durable
    _, interim = contribution(offer("off_1", openings=openings, contract=Contract.MIS), PLACES)
    assert "durable_openings" not in interim


def test_unknown_openings_count_as_an_offer_and_not_as_openings() -> None:
    _, counters = contribution(offer("off_1", openings=None), PLACES)
    assert counters["open_offers"] == counters["offers_openings_unknown"] == 1
    assert "open_openings" not in counters


def test_an_expired_offer_is_known_and_nothing_more() -> None:
    assert contribution(offer("off_1", status=OfferStatus.EXPIRED), PLACES) == ((AURILLAC,), {"known_offers": 1})


@pytest.mark.parametrize(
    ("contract", "months", "durable"),
    [
        (Contract.CDI, None, True),
        (Contract.CDD, 6.0, True),
        (Contract.CDD, 5.9, False),
        (Contract.CDD, None, False),
        (Contract.MIS, 12.0, False),
    ],
)
def test_durable_is_a_cdi_or_a_cdd_of_six_months(contract: Contract, months: float | None, durable: bool) -> None:
    assert is_durable(offer("off_1", contract=contract, duration_months=months)) is durable


@pytest.mark.parametrize("commune", [None, "00000"])
def test_an_offer_without_a_known_commune_is_unlocated(commune: str | None) -> None:
    assert contribution(offer("off_1", commune=commune), PLACES)[0] == (UNLOCATED,)


def test_soft_proposals_are_invisible() -> None:
    for step in (Step.PROPOSED, Step.VERIFYING, Step.REFUSED, Step.RELEASED, Step.COMPLETED):
        assert contribution(placement(step), PLACES) == ((AURILLAC,), {})


def test_ends_that_tell_of_the_territory_are_counted_and_the_others_are_not() -> None:
    assert contribution(placement(Step.COMPLETED, outcome="completed"), PLACES)[1] == {"outcome_completed": 1}
    assert contribution(placement(Step.REFUSED, outcome="refused_territory"), PLACES)[1] == {
        "outcome_refused_territory": 1
    }
    for outcome in ("refused_household", "refused_landlord", "expired", None):
        assert contribution(placement(Step.REFUSED, outcome=outcome), PLACES)[1] == {}


@pytest.mark.parametrize(("days", "band"), [(0, "keys_14"), (14, "keys_14"), (15, "keys_28"), (366, "keys_over")])
def test_the_time_to_the_key_counts_in_its_band_whatever_comes_after(days: int, band: str) -> None:
    for step in (Step.INSTALLED, Step.FOLLOW_UP, Step.RELEASED):
        assert contribution(placement(step, days_to_key=days), PLACES)[1][band] == 1


def test_a_placement_commits_a_home_until_its_household_is_installed() -> None:
    for step in (Step.APPROVED, Step.ACCEPTED, Step.COMMISSION, Step.LEASE):
        assert contribution(placement(step), PLACES) == ((AURILLAC,), {"committed": 1, "committed_T3": 1})
    for step in (Step.INSTALLED, Step.FOLLOW_UP):
        assert contribution(placement(step), PLACES) == ((AURILLAC,), {"installed": 1})
    assert {Step.PROPOSED, Step.VERIFYING} == LIVE_STEPS - COMMITTED_STEPS - INSTALLED_STEPS


def test_a_commitment_without_a_stated_capacity_is_counted_apart() -> None:
    assert contribution(commitment(CommitmentStatus.OPEN, 5), PLACES)[1]["capacity_households"] == 5
    _, counters = contribution(commitment(CommitmentStatus.OPEN, None), PLACES)
    assert counters == {"known_commitments": 1, "open_commitments": 1, "commitments_capacity_unknown": 1}
    assert contribution(commitment(CommitmentStatus.PAUSED, 5), PLACES)[1].get("open_commitments") is None


def test_a_commitment_may_cover_a_departement_and_nothing_else() -> None:
    assert contribution(commitment(CommitmentStatus.OPEN, 5, "15"), PLACES)[0] == ("15",)
    assert contribution(commitment(CommitmentStatus.OPEN, 5, "nowhere"), PLACES)[0] == (UNLOCATED,)


@pytest.mark.parametrize(
    ("period", "counted"), [(Period.AT_ONCE, 5), (Period.MONTH, 30), (Period.QUARTER, 10), (Period.YEAR, 3)]
)
def test_a_capacity_by_period_is_counted_over_half_a_year(period: Period, counted: int) -> None:
    declared = msgspec.structs.replace(commitment(CommitmentStatus.OPEN, 5), period=period, capacity_persons=5)
    _, counters = contribution(declared, PLACES)
    assert (counters["capacity_households"], counters["capacity_persons"]) == (counted, counted)


def test_a_paused_commitment_is_known_as_paused_and_has_no_capacity() -> None:
    _, counters = contribution(commitment(CommitmentStatus.PAUSED, 5), PLACES)
    assert counters == {"known_commitments": 1, "paused_commitments": 1}


def test_a_named_set_counts_as_a_whole_in_each_of_its_territories_and_says_which_these_are() -> None:
    declared = msgspec.structs.replace(commitment(CommitmentStatus.OPEN, 5), area=(AURILLAC, SAINT_FLOUR))
    where, counters = contribution(declared, PLACES)
    assert set(where) == {AURILLAC, SAINT_FLOUR}
    assert counters["capacity_households"] == 5
    assert counters[SET_OF + SAINT_FLOUR] == 1


def test_a_set_that_grows_by_a_territory_moves_nothing_in_the_others_but_its_composition() -> None:
    before = msgspec.structs.replace(commitment(CommitmentStatus.OPEN, 5), area=(AURILLAC,))
    after = msgspec.structs.replace(before, area=(AURILLAC, SAINT_FLOUR))
    moved = dict(deltas(Change(2, before, after), PLACES))
    assert moved[AURILLAC] == {SET_OF + SAINT_FLOUR: 1}
    assert moved[SAINT_FLOUR]["capacity_households"] == 5


def test_an_offer_that_another_feed_has_too_is_known_and_nothing_more() -> None:
    twice = contribution(offer("off_1", duplicate_of="off_2"), PLACES)
    assert twice == ((AURILLAC,), {"known_offers": 1})


@pytest.mark.parametrize("rent", [-1.0, 1e9, float("inf")])
def test_figures_that_no_counter_can_hold_are_refused(rent: float) -> None:
    with pytest.raises(StateUncountable):
        contribution(vacancy("vac_1", rent_eur_per_month=rent), PLACES)


def test_a_move_takes_away_in_one_territory_and_adds_in_another() -> None:
    before, after = vacancy("vac_1"), vacancy("vac_1", commune="75056", typology=Typology.T1)
    moved = dict(deltas(Change(2, before, after), PLACES))
    assert moved.keys() == {AURILLAC, PLACES.of_commune("75056")}
    assert moved[AURILLAC]["open_vacancies"] == -1
    assert moved[PLACES.of_commune("75056")] | {} == contribution(after, PLACES)[1]


def test_a_change_that_no_counter_sees_has_no_delta() -> None:
    assert deltas(Change(2, vacancy("vac_1", floor=1), vacancy("vac_1", floor=2)), PLACES) == []


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), changes=st.integers(1, 120))
def test_deltas_of_any_history_sum_to_what_its_last_states_count(seed: int, changes: int) -> None:
    history = History(seed)
    summed: dict[str, Counters] = {}
    last: dict[str, Any] = {}
    for record in history.records(changes):
        if record.value is not None:
            event = decode(record.topic, record.value)
            last[record.key] = event.data.after
            for territory, delta in deltas(event.data, PLACES):
                add_into(summed.setdefault(territory, {}), delta)
    counted: dict[str, Counters] = {}
    for state in last.values():
        if state is not None:
            for where, counters in shares(state, PLACES):
                for place in where:
                    add_into(counted.setdefault(place, {}), counters)
    assert {k: v for k, v in summed.items() if v} == {k: v for k, v in counted.items() if v}


def test_an_open_offer_counts_in_its_occupation_beside_its_territory() -> None:
    territory, occupation = shares(offer("off_1", openings=3), PLACES)
    assert territory == contribution(offer("off_1", openings=3), PLACES)
    assert occupation == ((f"{AURILLAC}/F",), {"F1703": 1, "F1703+": 2, "F1703d": 1})


@pytest.mark.parametrize(("openings", "beyond_one"), [(None, None), (1, None), (0, -1), (4, 3)])
def test_an_offer_without_openings_has_one_in_its_occupation(openings: int | None, beyond_one: int | None) -> None:
    _, (_, counters) = shares(offer("off_1", openings=openings, contract=Contract.MIS), PLACES)
    assert counters.get("F1703+") == beyond_one
    assert counters["F1703"] == 1


@pytest.mark.parametrize(
    "given_fields",
    [{"status": OfferStatus.EXPIRED}, {"duplicate_of": "off_2"}, {"commune": None}, {"commune": "99999"}],
)
def test_an_offer_that_does_not_count_or_has_no_place_is_in_no_occupation(given_fields: dict[str, Any]) -> None:
    assert len(shares(offer("off_1", **given_fields), PLACES)) == 1


def test_an_offer_that_changes_occupation_moves_between_places_and_within_one() -> None:
    moved = dict(deltas(Change(2, offer("off_1"), offer("off_1", rome="N4101")), PLACES))
    assert moved[f"{AURILLAC}/F"] == {"F1703": -1, "F1703+": -1, "F1703d": -1}
    assert moved[f"{AURILLAC}/N"] == {"N4101": 1, "N4101+": 1, "N4101d": 1}
    within = dict(deltas(Change(2, offer("off_1"), offer("off_1", rome="F1701")), PLACES))
    assert within == {f"{AURILLAC}/F": {"F1703": -1, "F1703+": -1, "F1703d": -1, "F1701": 1, "F1701+": 1, "F1701d": 1}}


@pytest.mark.parametrize(
    ("rent", "band"),
    [(0, "25"), (25, "25"), (25.01, "50"), (410.4, "425"), (425, "425"), (1500, "1500"), (1500.01, "over")],
)
def test_a_rent_is_in_the_band_whose_top_is_the_first_at_or_above_it(rent: float, band: str) -> None:
    assert rent_band(Typology.T2, rent) == f"rents_T2_{band}"
