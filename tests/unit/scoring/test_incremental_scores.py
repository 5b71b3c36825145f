"""Scores made step by step, whatever was kept from step to step, are those of a board that never kept anything."""

import random
from dataclasses import replace
from datetime import date
from itertools import islice

from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.adapters.places import scored_places
from services.scoring.adapters.references import shipped_reference
from services.scoring.core.counters import SET_OF, Counters
from services.scoring.core.indicators import BY_NAME
from services.scoring.core.measures import COUNTERS_READ, FLAGS, flags_of
from services.scoring.core.reference import Reference
from services.scoring.core.scores import ScoreBoard, Scored

PLACES = tuple(islice((place for place in scored_places() if place.departement in {"15", "48", "75"}), 60))
DEPARTEMENTS = sorted({place.departement for place in PLACES})
VINTAGES = {kind: date(2024, 1, 1) for one in BY_NAME.values() for kind in one.vintages}
SHIPPED = shipped_reference()
# Another simulated set as well as other quantiles: the flag is part of what readers get.
OTHER = replace(
    SHIPPED,
    version="other",
    quantiles={name: values * 1.5 for name, values in SHIPPED.quantiles.items() if name != "rent_level"},
    simulated=frozenset({"job_openings"}),
)
FEED = ("known_vacancies", "known_offers", "known_commitments")


def counters_of(pick: random.Random) -> Counters:
    """Some counters; and often a commitment, now and then of a named set that several territories share."""
    names = [*pick.sample(COUNTERS_READ, pick.randrange(0, 9)), *pick.sample(FEED, pick.randrange(0, 3))]
    found = {name: pick.randrange(0, 60) for name in names}
    if pick.random() < 0.5:
        found |= {"known_commitments": 1, "open_commitments": 1, "capacity_households": 10}
        found |= {name: pick.randrange(0, 4) for name in ("committed", "installed") if pick.random() < 0.5}
    if pick.random() < 0.4:
        found[SET_OF + pick.choice("xy")] = 1
    return found


def a_little_later(counters: Counters, pick: random.Random) -> Counters:
    """The same but for one thing: a counter, or a set."""
    match pick.randrange(3):
        case 0:
            return counters | {
                pick.choice(("installed", "committed", "open_offers", "known_offers")): pick.randrange(4)
            }
        case 1:
            return {name: amount for name, amount in counters.items() if not name.startswith(SET_OF)}
        case _:
            return counters | {SET_OF + pick.choice("xy"): 1}


def recomputed(last: dict[str, Counters], reference: Reference, today: date) -> dict[str, Scored]:
    board = ScoreBoard(PLACES, reference, today, VINTAGES)
    for code, counters in last.items():
        board.update(code, counters)
    return board.compute()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**20))
def test_step_by_step_equals_a_whole_recompute_through_changes_of_everything(seed: int) -> None:
    pick = random.Random(seed)
    today, reference = date(2026, 11, 1), SHIPPED
    board = ScoreBoard(PLACES, reference, today, VINTAGES)
    last: dict[str, Counters] = {}
    for _ in range(60):
        match pick.random():
            case chance if chance < 0.6:
                code = pick.choice(PLACES[:20]).code
                known = last.get(code)
                last[code] = counters_of(pick) if known is None or chance < 0.3 else a_little_later(known, pick)
                board.update(code, last[code])
            case chance if chance < 0.7:
                code = pick.choice(DEPARTEMENTS)
                last[code] = counters_of(pick)
                board.update(code, last[code])
            case chance if chance < 0.75:
                reference = pick.choice((SHIPPED, OTHER))
                board.refer_to(reference)
            case chance if chance < 0.8:
                today = date(2026, 11, 1) if pick.random() < 0.5 else date(2027, 6, 1)
                board.refer_to(reference, today)
            case chance if chance < 0.85:
                # A look at another reference leaves no trace.
                board.refer_to(OTHER)
                board.all()
                board.refer_to(reference)
            case _:
                board.refresh()
                board.scored(place.code for place in pick.sample(PLACES, 20))
    board.refresh()
    whole = recomputed(last, reference, today)
    assert board.scored(whole) == whole
    assert board.all() == whole
    one_by_one = {
        code: found for code in pick.sample(sorted(whole), len(whole)) for code, found in board.scored([code]).items()
    }
    assert one_by_one == whole


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**20))
def test_a_territory_that_refresh_does_not_name_still_has_the_score_it_had(seed: int) -> None:
    pick = random.Random(seed)
    board = ScoreBoard(PLACES, SHIPPED, date(2026, 11, 1), VINTAGES)
    told = board.compute()
    last: dict[str, Counters] = {}
    for _ in range(20):
        for _ in range(pick.randrange(1, 4)):
            code = pick.choice([*DEPARTEMENTS, *(place.code for place in PLACES[:20])])
            last[code] = a_little_later(last[code], pick) if code in last else counters_of(pick)
            board.update(code, last[code])
        told |= board.compute()
    assert told == recomputed(last, SHIPPED, date(2026, 11, 1))


def test_flags_are_read_from_their_bits_in_order() -> None:
    assert tuple(flags_of(0.0)) == ()
    assert tuple(flags_of(5.0)) == (FLAGS[0], FLAGS[2])
    assert tuple(flags_of(float(2 ** len(FLAGS) - 1))) == FLAGS
