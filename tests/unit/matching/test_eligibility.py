"""Every hard constraint: what it excludes, its edge, and that the unknown never excludes."""

from datetime import timedelta
from typing import Any

import pytest

from services.matching.core.commute import Commute, longest_commute_km
from services.matching.core.eligibility import (
    HOME_CONSTRAINTS,
    decent_surface_m2,
    durable,
    home_verdict,
    most_rooms,
    post_verdict,
)
from services.matching.core.model import Bans, Priority
from services.matching.core.reasons import Eligible, Ineligible, Reason, ToConfirm, Verdict
from services.matching.programmes import current
from tests.unit.matching.samples import TERRITORY, TODAY, a_commitment, a_home, a_household, a_post

NEAR = Commute(5.0, 35.0, same_zone=True)
OPEN = a_commitment()


def home(household: dict[str, Any] | None = None, home: dict[str, Any] | None = None, **given: Any) -> Verdict:
    given = {"commitment": OPEN, **given}
    return home_verdict(a_household(**household or {}), a_home(**home or {}), today=TODAY, **given)


def post(
    household: dict[str, Any] | None = None,
    post: dict[str, Any] | None = None,
    *,
    proximity: float | None = 1.0,
    commute: Commute = NEAR,
    programme: str = "emile",
    bans: Bans | None = None,
) -> Verdict:
    return post_verdict(
        a_household(**household or {}),
        a_post(**post or {}),
        proximity=proximity,
        commute=commute,
        programme=current()[programme],
        today=TODAY,
        bans=bans or Bans(),
    )


def test_a_home_that_meets_everything_is_eligible_with_what_to_confirm() -> None:
    assert home() == Eligible((ToConfirm.CHARGES,))
    assert home(home={"charges_eur_per_month": 0.0}) == Eligible()


@pytest.mark.parametrize(
    ("size", "surface"), [(1, 9), (2, 16), (3, 25), (4, 34), (5, 43), (6, 52), (7, 61), (8, 70), (9, 70), (12, 70)]
)
def test_decent_surface_follows_the_code(size: int, surface: float) -> None:
    assert decent_surface_m2(size) == surface
    rooms = {"typology": f"T{min(6, most_rooms(size))}"}
    exact = home({"size": size, "income_eur_per_month": None}, {"surface_m2": surface, **rooms})
    assert isinstance(exact, Eligible)
    below = home({"size": size, "income_eur_per_month": None}, {"surface_m2": surface - 0.1, **rooms})
    not_decent = (Reason.NOT_DECENT,) if surface - 0.1 < 9 else ()
    assert below == Ineligible((*not_decent, Reason.SURFACE_TOO_SMALL))


@pytest.mark.parametrize(
    ("size", "typology", "fits"), [(1, "T2", True), (1, "T3", False), (3, "T4", True), (3, "T5", False)]
)
def test_rooms_beyond_persons_plus_one_are_under_occupation(size: int, typology: str, fits: bool) -> None:
    verdict = home({"size": size}, {"typology": typology})
    assert verdict == (Eligible((ToConfirm.CHARGES,)) if fits else Ineligible((Reason.TOO_MANY_ROOMS,)))


@pytest.mark.parametrize(
    ("income", "rent", "charges", "fits"),
    [
        (1000.0, 330.0, 0.0, True),
        (1000.0, 330.0, 1.0, False),
        (1000.0, 331.0, None, False),
        (0.0, 1.0, 0.0, False),
        (0.0, 0.0, 0.0, True),
    ],
)
def test_rent_and_charges_stay_below_a_third_of_resources_where_no_aid_is_known(
    income: float, rent: float, charges: float | None, fits: bool
) -> None:
    overseas = {"commune": "97411", "rent_eur_per_month": rent, "charges_eur_per_month": charges}
    verdict = home({"income_eur_per_month": income}, overseas)
    assert isinstance(verdict, Eligible) is fits
    if not fits:
        assert verdict == Ineligible((Reason.RENT_TOO_HIGH,))


def test_a_home_that_only_the_estimated_aid_makes_affordable_is_to_be_confirmed() -> None:
    charged = {"charges_eur_per_month": 40.0}
    assert home({"income_eur_per_month": 1300.0}, {"rent_eur_per_month": 380.0, **charged}) == Eligible()
    leaning = home({"income_eur_per_month": 1300.0}, {"rent_eur_per_month": 480.0, **charged})
    assert leaning == Eligible((ToConfirm.HOUSING_AID,))
    assert home({"income_eur_per_month": 1300.0}, {"rent_eur_per_month": 900.0, **charged}) == Ineligible(
        (Reason.RENT_TOO_HIGH,)
    )


def test_a_landlords_own_rules_hold_for_his_homes() -> None:
    dear = {"rent_eur_per_month": 480.0, "charges_eur_per_month": 40.0}
    assert home(home={**dear, "effort_ceiling": 0.20}) == Ineligible((Reason.RENT_TOO_HIGH,))
    left = {"left_eur_per_day": 8.0, "charges_eur_per_month": 0.0}
    assert home(home=left) == Eligible((ToConfirm.HOUSING_AID,))
    assert home(home={**left, "left_eur_per_day": 30.0}) == Ineligible((Reason.TOO_LITTLE_LEFT,))
    assert home({"income_eur_per_month": None}, {**left, "left_eur_per_day": 30.0}) == Eligible((ToConfirm.INCOME,))


@pytest.mark.parametrize(
    ("household", "reservation", "fits"),
    [
        ({}, None, True),
        ({}, "landlord", True),
        ({}, "state", False),
        ({"priorities": frozenset({Priority.DALO})}, "state", True),
        ({"priorities": frozenset({Priority.DALO})}, "action_logement", False),
        ({"priorities": frozenset({Priority.HANDICAP})}, "state", False),
        ({"contingents": frozenset({"action_logement"})}, "action_logement", True),
        ({"contingents": frozenset({"action_logement"})}, "state", False),
        ({"contingents": frozenset({"other"})}, "other", True),
        ({}, "other", False),
    ],
)
def test_a_reserved_home_goes_to_households_of_that_contingent_only(
    household: dict[str, Any], reservation: str | None, fits: bool
) -> None:
    verdict = home(household, {"reservation": reservation})
    assert verdict == (Eligible((ToConfirm.CHARGES,)) if fits else Ineligible((Reason.RESERVED_CONTINGENT,)))


@pytest.mark.parametrize(
    ("household", "home_", "fits"),
    [
        ({"moves_from": TODAY + timedelta(days=40)}, {"available_until": TODAY + timedelta(days=39)}, False),
        ({"moves_from": TODAY + timedelta(days=40)}, {"available_until": TODAY + timedelta(days=40)}, True),
        ({"moves_from": TODAY + timedelta(days=40)}, {}, True),
        ({"moves_by": TODAY}, {"available_from": TODAY + timedelta(days=1)}, False),
        ({"moves_by": TODAY}, {"available_from": TODAY}, True),
    ],
)
def test_the_household_can_move_while_the_home_can_be_had(
    household: dict[str, Any], home_: dict[str, Any], fits: bool
) -> None:
    verdict = home(household, home_)
    assert verdict == (Eligible((ToConfirm.CHARGES,)) if fits else Ineligible((Reason.DATES_DO_NOT_MEET,)))


@pytest.mark.parametrize(
    ("household", "home_", "given", "reason"),
    [
        ({"wanted": ("200000000",)}, {}, {}, Reason.TERRITORY_NOT_WANTED),
        ({"excluded": frozenset({TERRITORY})}, {}, {}, Reason.TERRITORY_EXCLUDED),
        ({}, {}, {"bans": Bans(territories=frozenset({TERRITORY}))}, Reason.TERRITORY_REFUSED),
        ({}, {}, {"commitment": a_commitment(status="paused")}, Reason.COMMITMENT_NOT_OPEN),
        ({}, {}, {"commitment": a_commitment(status="closed")}, Reason.COMMITMENT_NOT_OPEN),
        ({}, {}, {"commitment": a_commitment(valid_until=TODAY - timedelta(days=1))}, Reason.COMMITMENT_NOT_OPEN),
        ({}, {}, {"commitment": a_commitment(valid_from=TODAY + timedelta(days=1))}, Reason.COMMITMENT_NOT_OPEN),
        ({}, {}, {"commitment": a_commitment(capacity_households=2, households=2)}, Reason.TERRITORY_AT_CAPACITY),
        ({}, {}, {"commitment": a_commitment(capacity_persons=7, persons=5)}, Reason.TERRITORY_AT_CAPACITY),
        ({}, {}, {"commitment": a_commitment(capacity_households=0)}, Reason.TERRITORY_AT_CAPACITY),
        ({}, {}, {"bans": Bans(vacancies=frozenset({"vac_1"}))}, Reason.HOME_REFUSED),
        ({}, {}, {"reserved": True}, Reason.HOME_RESERVED),
        ({}, {"available_until": TODAY - timedelta(days=1)}, {}, Reason.HOME_NO_LONGER_AVAILABLE),
        ({"accessible_needed": True}, {"accessible": False}, {}, Reason.NOT_ACCESSIBLE),
        ({"candidate_until": TODAY - timedelta(days=1)}, {}, {}, Reason.NO_LONGER_CANDIDATE),
    ],
)
def test_one_constraint_that_fails_is_the_one_reason(
    household: dict[str, Any], home_: dict[str, Any], given: dict[str, Any], reason: Reason
) -> None:
    assert home(household, home_, **given) == Ineligible((reason,))


def test_the_last_day_and_the_last_place_still_count() -> None:
    assert isinstance(home(home={"available_until": TODAY}), Eligible)
    assert isinstance(home(commitment=a_commitment(capacity_households=2, households=1)), Eligible)
    assert isinstance(home(commitment=a_commitment(valid_from=TODAY, valid_until=TODAY)), Eligible)


def test_all_reasons_are_given_not_the_first() -> None:
    verdict = home(
        {"size": 2, "income_eur_per_month": 500.0}, {"surface_m2": 10.0, "typology": "T5", "rent_eur_per_month": 900.0}
    )
    assert verdict == Ineligible((Reason.SURFACE_TOO_SMALL, Reason.TOO_MANY_ROOMS, Reason.RENT_TOO_HIGH))
    assert [reason for reason, _ in HOME_CONSTRAINTS] == [one for one in Reason if one in dict(HOME_CONSTRAINTS)]


def test_the_unknown_is_to_confirm_and_never_excludes() -> None:
    unknown = {"income_eur_per_month": None, "accessible_needed": True, "driving_licence": None}
    assert home(unknown, {"rent_eur_per_month": 9000.0}, commitment=None) == Eligible(
        (ToConfirm.INCOME, ToConfirm.CHARGES, ToConfirm.ACCESSIBILITY, ToConfirm.COMMITMENT)
    )
    assert post({"driving_licence": None}, {"licence_required": True}) == Eligible((ToConfirm.DRIVING_LICENCE,))
    far = Commute(20.0, 35.0, same_zone=True)
    assert post({"driving_licence": None}, commute=far) == Eligible((ToConfirm.DRIVING_LICENCE,))
    assert post({"driving_licence": False}, {"licence_required": None}) == Eligible((ToConfirm.OFFER_LICENCE,))
    assert post({}, {"contract": "CDD"}) == Eligible((ToConfirm.CONTRACT_DURATION,))


@pytest.mark.parametrize(
    ("household", "post_", "given", "reason"),
    [
        ({}, {}, {"proximity": None}, Reason.OCCUPATION_NOT_WANTED),
        ({}, {}, {"bans": Bans(offers=frozenset({"off_1"}))}, Reason.POST_REFUSED),
        ({}, {"openings": 2, "leads": 2}, {}, Reason.POST_TAKEN),
        ({}, {"openings": None, "leads": 1}, {}, Reason.POST_TAKEN),
        ({}, {"expires_at": TODAY - timedelta(days=1)}, {}, Reason.POST_EXPIRED),
        ({"driving_licence": False}, {"licence_required": True}, {}, Reason.LICENCE_REQUIRED),
        ({}, {}, {"commute": Commute(5.0, 35.0, same_zone=False)}, Reason.ZONE_TOO_FAR),
        ({}, {}, {"commute": Commute(35.1, 35.0, same_zone=True)}, Reason.COMMUTE_TOO_LONG),
        ({}, {"contract": "MIS"}, {}, Reason.CONTRACT_NOT_DURABLE),
        ({}, {"contract": "CDD", "duration_months": 5.9}, {}, Reason.CONTRACT_NOT_DURABLE),
    ],
)
def test_one_constraint_of_a_post_that_fails_is_the_one_reason(
    household: dict[str, Any], post_: dict[str, Any], given: dict[str, Any], reason: Reason
) -> None:
    assert post(household, post_, **given) == Ineligible((reason,))


def test_a_programme_without_that_condition_takes_short_contracts() -> None:
    assert post({}, {"contract": "MIS"}, programme="generique") == Eligible()
    assert post({}, {"contract": "CDD", "duration_months": 6.0}) == Eligible()
    assert post({}, {"expires_at": TODAY}) == Eligible()


@pytest.mark.parametrize(
    ("licence", "minutes", "km"),
    [(True, None, 35.0), (False, None, 12.0), (None, None, 35.0), (True, 45, 35.0), (True, 9, 7.0), (False, 90, 12.0)],
)
def test_the_longest_way_depends_on_the_licence_and_the_minutes(
    licence: bool | None, minutes: int | None, km: float
) -> None:
    assert longest_commute_km(a_household(driving_licence=licence, max_commute_minutes=minutes)) == pytest.approx(km)


def test_a_contract_is_durable_from_six_months() -> None:
    assert durable(a_post(contract="CDI")) is True
    assert durable(a_post(contract="CDD", duration_months=6.0)) is True
    assert durable(a_post(contract="CDD", duration_months=5.0)) is False
    assert durable(a_post(contract="CDD")) is None
    assert durable(a_post(contract="MIS", duration_months=12.0)) is False


def test_every_reason_has_words_for_people() -> None:
    assert all(reason.label("fr") for reason in Reason)
    assert all(what.label("fr") for what in ToConfirm)
