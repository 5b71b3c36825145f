"""Old figures weigh less, by the month; live ones never age; a block at zero is not made up for."""

import random
from datetime import date
from zlib import crc32

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.scoring.adapters.places import scored_places
from services.scoring.adapters.references import shipped_reference
from services.scoring.core.counters import Counters, add_into
from services.scoring.core.freshness import freshness_of
from services.scoring.core.indicators import BY_NAME, COMPUTED
from services.scoring.core.measures import COUNTERS_READ
from services.scoring.core.places import Place
from services.scoring.core.scores import ScoreBoard, geometric_mean

REFERENCE = shipped_reference()
# Four départements side by side: territories of one zone, within reach of one another, and of one département.
PLACES = tuple(place for place in scored_places() if place.departement in {"12", "15", "19", "46"})
VINTAGE = {"bmo": date(2024, 1, 1), "rpls-communes": date(2024, 1, 1)}


def fresh(name: str, today: date | None) -> float:
    return freshness_of([BY_NAME[name]], VINTAGE, today)[0]


def test_a_figure_weighs_half_after_its_half_life() -> None:
    assert fresh("recruitment_difficulty", date(2024, 1, 15)) == 1.0
    assert fresh("recruitment_difficulty", date(2026, 1, 1)) == pytest.approx(0.5, abs=0.01)
    assert fresh("official_vacancy", date(2027, 1, 1)) == pytest.approx(0.5, abs=0.01)


def test_a_figure_does_not_stir_within_a_month_and_only_falls_from_month_to_month() -> None:
    days = [date(2026, 3, day) for day in (1, 15, 31)]
    assert len({fresh("recruitment_difficulty", day) for day in days}) == 1
    months = [fresh("recruitment_difficulty", date(2026, month, 1)) for month in range(1, 13)]
    assert months == sorted(months, reverse=True)
    assert len(set(months)) == 12


def test_live_figures_unknown_vintages_and_those_to_come_weigh_in_full() -> None:
    assert fresh("live_supply", date(2030, 1, 1)) == 1.0
    assert fresh("competition", date(2030, 1, 1)) == 1.0  # no vintage here
    assert fresh("recruitment_difficulty", date(2020, 1, 1)) == 1.0
    assert fresh("recruitment_difficulty", None) == 1.0


def test_an_old_figure_moves_its_block_less_and_counts_as_known_all_the_same() -> None:
    figures = {"population": 9_000.0, "hiring_projects": 900.0, "difficult_projects": 880.0}
    live = {"known_offers": 90, "open_offers": 90, "open_openings": 20, "durable_offers": 20, "durable_openings": 8}
    boards = [ScoreBoard((Place("a", "a", "z", "15", figures),), REFERENCE, day, VINTAGE) for day in DAYS]
    found = []
    for one in boards:
        one.update("a", live)
        found.append(one.compute()["a"])
    young, old = found
    assert young.blocks["jobs"] is not None
    assert old.blocks["jobs"] is not None
    assert old.blocks["jobs"] < young.blocks["jobs"]  # a very good old figure helps less
    assert old.coverage == young.coverage
    ages = {one.indicator: one.freshness for one in old.contributions}
    assert ages["recruitment_difficulty"] < 0.3
    assert ages["job_openings"] == 1.0


DAYS = (date(2024, 1, 1), date(2028, 1, 1))


def test_a_new_month_publishes_what_it_moves_and_a_new_day_nothing() -> None:
    board = ScoreBoard(PLACES, REFERENCE, date(2026, 11, 3), VINTAGE)
    board.compute()
    board.refer_to(REFERENCE, date(2026, 11, 29))
    assert board.compute() == {}
    board.refer_to(REFERENCE, date(2026, 12, 1))
    assert len(board.compute()) == len(board.places)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.lists(st.one_of(st.just(float("nan")), st.floats(0, 1)), min_size=3, max_size=3), min_size=4, max_size=4
    )
)
def test_scores_lie_between_their_lowest_and_highest_block_and_a_zero_block_is_not_compensated(
    blocks: list[list[float]],
) -> None:
    columns = [np.array(block) for block in blocks]
    for row, score in enumerate(geometric_mean(columns)):
        known = [block[row] for block in columns if not np.isnan(block[row])]
        if not known:
            assert np.isnan(score)
        elif min(known) == 0:
            assert score == 0
        else:
            assert 100 * min(known) - 1e-9 <= score <= 100 * max(known) + 1e-9


@settings(max_examples=25)
@example(seed=142)  # a flag alone changes: a capped value whose sample grows
@given(seed=st.integers(0, 2**20))
def test_any_order_over_any_partitioning_gives_the_scores_of_a_recount(seed: int) -> None:
    pick = random.Random(seed)
    codes = [place.code for place in PLACES[:30]]
    events = [
        (pick.choice(codes), {pick.choice(COUNTERS_READ): pick.randrange(1, 60) for _ in range(4)}) for _ in range(80)
    ]
    total: dict[str, Counters] = {}
    for code, counters in events:
        add_into(total.setdefault(code, {}), counters)
    whole = ScoreBoard(PLACES, REFERENCE, date(2026, 11, 1), VINTAGE)
    for code, counters in total.items():
        whole.update(code, counters)
    # A territory is in one partition: its changes come in order, those of different partitions in any.
    partitions: dict[int, list[tuple[str, Counters]]] = {}
    parts = pick.randrange(1, 8)
    for code, counters in events:
        partitions.setdefault(crc32(code.encode()) % parts, []).append((code, counters))
    stream = ScoreBoard(PLACES, REFERENCE, date(2026, 11, 1), VINTAGE)
    seen = dict(stream.compute())
    held: dict[str, Counters] = {}
    while partitions:
        part = pick.choice(sorted(partitions))
        code, counters = partitions[part].pop(0)
        if not partitions[part]:
            del partitions[part]
        add_into(held.setdefault(code, {}), counters)
        stream.update(code, dict(held[code]))
        if pick.random() < 0.2:
            seen |= stream.compute()
    seen |= stream.compute()
    assert seen == whole.compute()
    for scored in seen.values():
        assert scored.score is None or 0 <= scored.score <= 100
        assert 0 <= scored.coverage <= 1
        assert all(one.rank is None or 0 <= one.rank <= 1 for one in scored.contributions)
    assert len(COMPUTED) == len(next(iter(seen.values())).contributions)
