"""Rankings: territories for a profile, each in or out for reasons; a fair and repeatable draw among near-equals."""

from collections import Counter
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.core.counters import Counters
from services.scoring.core.indicators import Block
from services.scoring.core.needs import Need
from services.scoring.core.rankings import (
    ENDED_WELL,
    NEAR_EQUAL,
    REFUSED_FOR_TERRITORY,
    Exclusion,
    Profile,
    Ranking,
    drawn,
    rank,
    seats_left,
    success,
)
from shared.events import Offer, Typology, Vacancy
from shared.geography import geography
from tests.scoring_history import offer, vacancy
from tests.unit.scoring.published_country import PLACES, Country, country, of_states

AURILLAC, SAINT_FLOUR = "241500230", "200066660"
CANTAL = frozenset({"15"})
OPEN_COMMITMENT: Counters = {"known_commitments": 1, "open_commitments": 1}


@cache
def typical() -> Country:
    return country(11, 2_000)


def ranked(of: Country, profile: Profile, seed: str = "s") -> Ranking:
    scores = of.scored_for(profile.need)
    return rank(
        profile, PLACES, of.published, scores, lambda code: geography().territories[code].departements, seed=seed
    )


def reasons_of(found: Ranking, code: str) -> tuple[Exclusion, ...]:
    return next(one.reasons for one in found.excluded if one.place.code == code)


@settings(max_examples=20, deadline=None)
@given(
    rome=st.sampled_from(((), (("F1703", 1.0),))),
    sizes=st.sets(st.sampled_from(list(Typology)), max_size=2),
    budget=st.one_of(st.none(), st.floats(100, 900)),
    seed=st.text(max_size=5),
)
def test_every_territory_is_ranked_or_excluded_for_a_reason(
    rome: tuple[tuple[str, float], ...], sizes: set[Typology], budget: float | None, seed: str
) -> None:
    profile = Profile(Need(rome, tuple(sorted(sizes)), budget), departements=frozenset({"15", "48"}))
    found = ranked(typical(), profile, seed)
    codes = [item.place.code for item in found.items] + [one.place.code for one in found.excluded]
    assert Counter(codes) == Counter(place.code for place in PLACES)
    assert all(one.reasons for one in found.excluded)
    assert all(item.reasons for item in found.items)


def test_territories_out_of_reach_of_the_profile_are_excluded_for_their_own_reason() -> None:
    states: list[Vacancy | Offer] = [
        *[vacancy(f"a{n}") for n in range(9)],
        *[offer(f"o{n}") for n in range(30)],
        *[vacancy(f"s{n}", commune="15187", typology=Typology.T1) for n in range(9)],
    ]
    found = ranked(of_states(states), Profile(Need((("F1703", 1.0),), (Typology.T3,)), departements=CANTAL))
    assert [item.place.code for item in found.items] == [AURILLAC]
    assert reasons_of(found, SAINT_FLOUR)[:2] == (Exclusion.NO_HOME, Exclusion.JOBS_UNKNOWN)
    counted = Counter(one.reasons[0] for one in found.excluded)
    assert counted[Exclusion.OUTSIDE_WISHES] > 1_200
    assert ("9 logement(s) libre(s) en T3", "9 free home(s) of T3") in found.items[0].reasons
    assert any("30 offre(s)" in reason.fr and "30 offer(s)" in reason.en for reason in found.items[0].reasons)


def test_homes_that_nobody_tells_of_are_unknown_and_kept_only_on_request() -> None:
    jobs = of_states([offer(f"o{n}") for n in range(30)])
    need = Need(typologies=(Typology.T3,))
    assert reasons_of(ranked(jobs, Profile(need)), AURILLAC) == (Exclusion.HOMES_UNKNOWN,)
    kept = ranked(jobs, Profile(need, accept_unknown=True))
    item = next(item for item in kept.items if item.place.code == AURILLAC)
    assert ("logements inconnus", "homes unknown") in item.reasons


def test_a_territory_without_a_seat_left_is_closed() -> None:
    homes = [vacancy(f"a{n}") for n in range(30)]
    open_to = of_states(
        homes, {AURILLAC: {**OPEN_COMMITMENT, "capacity_households": 4, "committed": 1, "installed": 1}}
    )
    full = of_states(homes, {AURILLAC: {**OPEN_COMMITMENT, "capacity_households": 4, "committed": 3, "installed": 1}})
    profile = Profile(Need(typologies=(Typology.T3,)), territories=frozenset({AURILLAC}))
    item = ranked(open_to, profile).items[0]
    assert item.seats == 2
    assert "2 place(s) libre(s) (1 placement(s) en cours, 1 ménage(s) installé(s))" in [one.fr for one in item.reasons]
    assert Exclusion.CLOSED in reasons_of(ranked(full, profile), AURILLAC)
    assert seats_left(full.published[AURILLAC]) == 0
    assert seats_left(of_states(homes).published[AURILLAC]) is None


def test_weights_turn_a_ranking_without_changing_who_is_in_it() -> None:
    plain = ranked(typical(), Profile(Need()))
    for block in (Block.HOUSING, Block.JOBS):
        turned = ranked(typical(), Profile(Need(), weights={block: 8.0}))
        assert {item.place.code for item in turned.items} == {item.place.code for item in plain.items}
        assert [item.place.code for item in turned.items] != [item.place.code for item in plain.items]


def test_the_same_seed_gives_the_same_order_and_another_one_only_turns_near_equals() -> None:
    profile = Profile(Need(typologies=(Typology.T3,)), accept_unknown=True)
    first, again, other = (ranked(typical(), profile, seed) for seed in ("1", "1", "2"))
    assert first == again
    assert [item.place.code for item in first.items] != [item.place.code for item in other.items]
    for found in (first, other):
        groups: dict[int, list[float]] = {}
        for item in found.items:
            groups.setdefault(item.group, []).append(item.score)
        assert [item.group for item in found.items] == sorted(item.group for item in found.items)
        tops = [max(groups[number]) for number in sorted(groups)]
        assert tops == sorted(tops, reverse=True)
        assert all(max(group) - min(group) < NEAR_EQUAL for group in groups.values())
    members = [{item.place.code for item in found.items if item.group == 0} for found in (first, other)]
    assert members[0] == members[1]


def test_among_near_equals_the_one_with_more_seats_comes_first_more_often() -> None:
    twins = ("15014", "15187")
    states = [vacancy(f"{commune}-{n}", commune=commune) for commune in twins for n in range(40)]
    one, many = AURILLAC, SAINT_FLOUR
    found_country = of_states(
        states,
        {
            one: {**OPEN_COMMITMENT, "capacity_households": 1},
            many: {**OPEN_COMMITMENT, "capacity_households": 9},
        },
    )
    profile = Profile(Need(), territories=frozenset({one, many}), weights={Block.HOUSING: 0.0, Block.JOBS: 0.0})
    items = ranked(found_country, profile).items
    assert {item.group for item in items} == {0}
    wins = Counter(drawn(items, str(seed))[0].place.code for seed in range(400))
    assert wins[one] + wins[many] == 400
    assert wins[many] / 400 == pytest.approx(0.9, abs=0.06)


def test_placements_that_ended_well_raise_a_chance_and_refusals_of_the_territory_lower_it() -> None:
    assert success({}) == 0.5
    assert success({ENDED_WELL: 1}) > 0.5 > success({REFUSED_FOR_TERRITORY: 1})
    assert success({ENDED_WELL: 2, REFUSED_FOR_TERRITORY: 2}) == 0.5
    grown = [success({ENDED_WELL: count}) for count in range(10)]
    assert grown == sorted(grown)
    assert grown[-1] < 1.0
