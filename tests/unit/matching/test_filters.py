"""Every hard constraint is needed: taken out, it lets something through that rules written apart forbid."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from services.matching.core import eligibility
from services.matching.core.commute import Commute
from services.matching.core.eligibility import HOME_CONSTRAINTS, POST_CONSTRAINTS, home_verdict, post_verdict
from services.matching.core.model import Bans, Commitment, Home, Household, Post, Priority
from services.matching.core.reasons import Eligible, Reason
from services.matching.programmes import current
from tests.unit.matching.samples import TERRITORY, TODAY, a_commitment, a_home, a_household, a_post

ELSEWHERE = "200000000"
PAIRS = 12_000
DAYS = [None, *(TODAY + timedelta(days=days) for days in (-3, 0, 20, 60))]

HomePair = tuple[Household, Home, Commitment | None, Bans, bool]
PostPair = tuple[Household, Post, float | None, Commute, str, Bans]


def home_pairs() -> Iterator[HomePair]:
    """Pairs that miss few constraints, each of them now and then."""
    draw = random.Random(5)

    def mostly(usual: Any, *others: Any) -> Any:
        return usual if draw.random() < 0.85 else draw.choice(others)

    for _ in range(PAIRS):
        household = a_household(
            size=draw.randint(1, 5),
            adults=draw.choice([None, 1]),
            income_eur_per_month=mostly(2600.0, None, 300.0, 900.0),
            wanted=mostly((TERRITORY,), (ELSEWHERE,)),
            excluded=mostly(frozenset(), frozenset({TERRITORY})),
            accessible_needed=draw.choice([None, True]),
            priorities=draw.choice([frozenset(), frozenset({Priority.DALO})]),
            contingents=mostly(frozenset(), frozenset({"other"})),
            moves_from=mostly(None, *DAYS[1:]),
            moves_by=mostly(None, *DAYS[1:]),
            candidate_until=mostly(None, *DAYS[1:]),
        )
        rooms = max(1, min(6, household.size + draw.choice([-1, 0, 0, 0, 1, 2])))
        home = a_home(
            typology=f"T{rooms}",
            surface_m2=mostly(70.0, 8.5, 9.0, 15.9, 24.0, 33.0, 42.0),
            commune=draw.choice(["15014", "97411"]),
            rent_eur_per_month=draw.choice([250.0, 420.0, 700.0]),
            charges_eur_per_month=draw.choice([None, 60.0]),
            available_from=draw.choice(DAYS[1:]),
            available_until=mostly(None, *DAYS[1:]),
            accessible=draw.choice([None, True, True, False]),
            reservation=mostly(None, "landlord", "state", "action_logement", "other"),
            effort_ceiling=mostly(None, 0.2),
            left_eur_per_day=mostly(None, 9.0, 30.0),
        )
        commitment = mostly(
            a_commitment(),
            None,
            a_commitment(status="paused"),
            a_commitment(valid_until=TODAY - timedelta(days=1)),
            a_commitment(capacity_households=1, households=1),
            a_commitment(capacity_persons=4, persons=2),
        )
        bans = mostly(Bans(), Bans(vacancies=frozenset({"vac_1"})), Bans(territories=frozenset({TERRITORY})))
        yield household, home, commitment, bans, mostly(False, True)


def aid(household: Household, home: Home) -> float:
    """APL of one adult with size - 1 dependants, or the least of that and a couple, in zone 3: the scale once more."""
    if household.income_eur_per_month is None or home.commune[:2] == "97":
        return 0.0
    found = []
    for couple in [False] if household.adults == 1 or household.size == 1 else [False, True]:
        children = household.size - (2 if couple else 1)
        if children == 0:
            ceiling, reference, abated, family = (
                (329.88, 355.38, 7501, 0.0315) if couple else (272.12, 290.34, 5235, 0.0283)
            )
        else:
            ceiling, reference = 369.88 + 53.01 * (children - 1), 399.89 + 58.21 * (children - 1)
            abated = {1: 8947, 2: 9148, 3: 9498, 4: 9851}[children]
            family = {1: 0.027, 2: 0.0238, 3: 0.0201, 4: 0.0185}[children]
        rent = min(home.rent_eur_per_month, ceiling)
        ratio = rent / reference
        tl = 0.00135 + 0.0068 * (ratio - 0.75) if ratio > 0.75 else max(0.0, 0.0045 * (ratio - 0.45))
        eligible = rent + 60.59 + 13.74 * children
        share = max(0.085 * eligible, 39.56) + (family + tl) * max(0.0, 12 * household.income_eur_per_month - abated)
        gross = max(0.0, eligible - share - 5) * 0.995
        excess = (home.rent_eur_per_month / ceiling - 2.5) / 0.6
        found.append(gross * (1 - min(1.0, max(0.0, excess))))
    return min(found)


def against_home(pair: HomePair) -> set[Reason]:
    """What forbids a home, said apart from the code under test."""
    household, home, commitment, bans, reserved = pair
    least = {1: 9, 2: 16, 3: 25, 4: 34, 5: 43}[household.size]
    mine = set(household.contingents) | ({"state"} if Priority.DALO in household.priorities else set())
    broken = {
        Reason.TERRITORY_NOT_WANTED: household.wanted != (TERRITORY,),
        Reason.TERRITORY_EXCLUDED: bool(household.excluded),
        Reason.TERRITORY_REFUSED: bool(bans.territories),
        Reason.COMMITMENT_NOT_OPEN: commitment is not None
        and (commitment.status != "open" or (commitment.valid_until or date.max) < TODAY),
        Reason.TERRITORY_AT_CAPACITY: commitment is not None
        and (commitment.households == 1 or (commitment.persons == 2 and household.size > 2)),
        Reason.HOME_REFUSED: bool(bans.vacancies),
        Reason.HOME_RESERVED: reserved,
        Reason.HOME_NO_LONGER_AVAILABLE: (home.available_until or date.max) < TODAY,
        Reason.RESERVED_CONTINGENT: home.reservation in {"state", "action_logement", "other"}
        and home.reservation not in mine,
        Reason.NO_LONGER_CANDIDATE: (household.candidate_until or date.max) < TODAY,
        Reason.DATES_DO_NOT_MEET: (household.moves_from or date.min) > (home.available_until or date.max)
        or home.available_from > (household.moves_by or date.max),
        Reason.NOT_DECENT: home.surface_m2 < 9,
        Reason.SURFACE_TOO_SMALL: home.surface_m2 < least,
        Reason.TOO_MANY_ROOMS: int(home.typology[1]) - household.size > 1,
        Reason.NOT_ACCESSIBLE: household.accessible_needed is True and home.accessible is False,
    }
    if household.income_eur_per_month is not None:
        paid = max(0.0, home.rent_eur_per_month + (home.charges_eur_per_month or 0) - aid(household, home))
        left = (household.income_eur_per_month - paid) / household.size / 30
        broken[Reason.RENT_TOO_HIGH] = paid > (home.effort_ceiling or 0.33) * household.income_eur_per_month + 0.01
        broken[Reason.TOO_LITTLE_LEFT] = (
            left < (home.left_eur_per_day or 0) - 0.001 and home.left_eur_per_day is not None
        )
    return {reason for reason, is_broken in broken.items() if is_broken}


def post_pairs() -> Iterator[PostPair]:
    draw = random.Random(6)
    for _ in range(PAIRS // 3):
        household = a_household(driving_licence=draw.choice([None, False, True]))
        post = a_post(
            contract=draw.choice(["CDI", "CDI", "CDD", "MIS"]),
            duration_months=draw.choice([None, 5.0, 6.0]),
            openings=draw.choice([None, 1, 2]),
            leads=draw.choice([0, 0, 1]),
            licence_required=draw.choice([None, False, True]),
            expires_at=draw.choice(DAYS),
        )
        commute = Commute(draw.choice([3.0, 12.0, 36.0]), 35.0, same_zone=draw.random() < 0.8)
        bans = draw.choice([Bans(), Bans(), Bans(offers=frozenset({"off_1"}))])
        yield household, post, draw.choice([1.0, 0.4, None]), commute, draw.choice(["emile", "generique"]), bans


def against_post(pair: PostPair) -> set[Reason]:
    household, post, proximity, commute, programme, bans = pair
    broken = {
        Reason.OCCUPATION_NOT_WANTED: proximity is None,
        Reason.POST_REFUSED: bool(bans.offers),
        Reason.POST_TAKEN: post.leads >= (1 if post.openings is None else post.openings),
        Reason.POST_EXPIRED: (post.expires_at or date.max) < TODAY,
        Reason.LICENCE_REQUIRED: post.licence_required is True and household.driving_licence is False,
        Reason.ZONE_TOO_FAR: not commute.same_zone,
        Reason.COMMUTE_TOO_LONG: commute.distance_km > 35,
        Reason.CONTRACT_NOT_DURABLE: programme == "emile"
        and (post.contract == "MIS" or (post.contract == "CDD" and post.duration_months == 5)),
    }
    return {reason for reason, is_broken in broken.items() if is_broken}


def of_home(pair: HomePair) -> set[Reason]:
    household, home, commitment, bans, reserved = pair
    verdict = home_verdict(household, home, today=TODAY, commitment=commitment, bans=bans, reserved=reserved)
    return set() if isinstance(verdict, Eligible) else set(verdict.reasons)


def of_post(pair: PostPair) -> set[Reason]:
    household, post, proximity, commute, programme, bans = pair
    verdict = post_verdict(
        household,
        post,
        proximity=proximity,
        commute=commute,
        programme=current()[programme],
        today=TODAY,
        bans=bans,
    )
    return set() if isinstance(verdict, Eligible) else set(verdict.reasons)


@cache
def homes() -> list[tuple[HomePair, set[Reason]]]:
    """Pairs, and what rules written apart have against each."""
    return [(pair, against_home(pair)) for pair in home_pairs()]


@cache
def posts() -> list[tuple[PostPair, set[Reason]]]:
    return [(pair, against_post(pair)) for pair in post_pairs()]


def test_the_constraints_agree_with_rules_written_apart() -> None:
    assert [pair for pair, reasons in homes() if of_home(pair) != reasons] == []
    assert [pair for pair, reasons in posts() if of_post(pair) != reasons] == []
    assert sum(not reasons for _, reasons in homes()) > PAIRS / 20
    assert sum(not reasons for _, reasons in posts()) > 50


@pytest.mark.parametrize("left_out", [reason for reason, _ in HOME_CONSTRAINTS])
def test_without_a_constraint_of_homes_something_forbidden_passes(
    left_out: Reason, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tuple(one for one in HOME_CONSTRAINTS if one[0] is not left_out)
    monkeypatch.setattr(eligibility, "HOME_CONSTRAINTS", kept)
    # Reasons that come with another by their very meaning: a home below 9 m2 is too small for anyone too.
    with_it = {Reason.NOT_DECENT: {Reason.SURFACE_TOO_SMALL}}.get(left_out, set())
    alone = [pair for pair, reasons in homes() if reasons == {left_out} | with_it]
    assert alone
    assert all(of_home(pair) == with_it for pair in alone)


@pytest.mark.parametrize("left_out", [reason for reason, _ in POST_CONSTRAINTS])
def test_without_a_constraint_of_posts_something_forbidden_passes(
    left_out: Reason, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tuple(one for one in POST_CONSTRAINTS if one[0] is not left_out)
    monkeypatch.setattr(eligibility, "POST_CONSTRAINTS", kept)
    assert any(reasons == {left_out} and not of_post(pair) for pair, reasons in posts())


def test_every_reason_of_a_constraint_is_in_one_table_only() -> None:
    of_homes, of_posts = {reason for reason, _ in HOME_CONSTRAINTS}, {reason for reason, _ in POST_CONSTRAINTS}
    assert not of_homes & of_posts
    assert len(of_homes) == len(HOME_CONSTRAINTS)
    assert set(Reason) - of_homes - of_posts == {Reason.OCCUPATION_NOT_STATED, Reason.NO_POST_IN_REACH}


def test_ids_carry_no_meaning() -> None:
    for household, home, commitment, bans, reserved in (pair for pair, _ in homes()[:500]):
        renamed = Bans(
            vacancies=frozenset("z" for _ in bans.vacancies), territories=bans.territories, offers=bans.offers
        )
        other = (replace(household, id="a"), replace(home, id="z"), commitment, renamed, reserved)
        assert of_home(other) == of_home((household, home, commitment, bans, reserved))
