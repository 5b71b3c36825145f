"""References that are drawn, how far they move the scores, and who decides."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from services.scoring.adapters.reference_log import (
    ReferenceRecord,
    References,
    Standing,
    decided,
    judged,
    shipped_record,
)
from services.scoring.adapters.references import shipped_reference
from services.scoring.core.drawing import LEAST_PLACES, Shift, drawn, shift, with_breaks
from services.scoring.core.places import Place
from services.scoring.core.reference import Reference
from services.scoring.core.scores import ScoreBoard, Scored

REFERENCE = shipped_reference()
FIGURES = {"population": 40_000.0, "social_dwellings": 1_000.0, "vacant_social_dwellings": 30.0}


def board(homes: float = 1.0, places: int = 2 * LEAST_PLACES) -> ScoreBoard:
    """A country whose territories have more homes and jobs one after the other; `homes` multiplies the homes."""
    found = ScoreBoard(tuple(Place(f"{n:04}", f"{n}", f"z{n}", "15", FIGURES) for n in range(places)), REFERENCE)
    for n in range(places):
        open_homes = round(homes * (5 + n % 97))
        found.update(
            f"{n:04}",
            {
                "known_vacancies": 400,
                "open_vacancies": open_homes,
                "known_offers": 900,
                "open_offers": 300,
                "open_openings": 200 + 2 * n,
                "durable_offers": 100 + n % 50,
                "durable_openings": 100 + n,
            },
        )
    return found


def test_a_drawn_reference_has_the_quantiles_of_the_day_and_keeps_what_is_known_in_too_few_places() -> None:
    scored = board().all()
    found = drawn("1", REFERENCE, scored)
    homes = [one.contributions[0].value for one in scored.values()]
    assert found.quantiles["live_supply"][50] == pytest.approx(np.median(np.array(homes, dtype=float)), rel=1e-4)
    assert found.quantiles["rent_level"].tolist() == REFERENCE.quantiles["rent_level"].tolist()
    assert "durable_openings" not in found.simulated
    assert "rent_level" in found.simulated
    few = drawn("1", REFERENCE, board(places=LEAST_PLACES - 1).all())
    assert few.quantiles["live_supply"].tolist() == REFERENCE.quantiles["live_supply"].tolist()


def test_the_same_reference_moves_nothing() -> None:
    scored = board().all()
    assert shift(scored, scored, REFERENCE) == Shift(0.0, 0.0, 0.0, 0.0)
    assert shift(scored, scored, REFERENCE).too_far == ()


def test_a_reference_that_moves_the_mean_or_the_classes_too_far_waits_for_an_operator() -> None:
    record = judged(board(homes=4.0), "20270101-000000", "scorer")
    assert record.standing is Standing.WAITING
    assert record.too_far
    assert record.shift["mean"] != 0


def test_a_reference_that_moves_little_is_accepted_at_once() -> None:
    settled = board()
    first = judged(settled, "1", "scorer")
    settled.refer_to(reference_of(first))
    second = judged(settled, "2", "scorer")
    assert second.standing is Standing.ACCEPTED
    assert second.too_far == ()
    assert abs(second.shift["mean"]) < 0.5


def test_judging_leaves_the_board_as_it_was() -> None:
    one = board()
    before = one.compute()
    judged(one, "1", "scorer")
    assert one.reference is REFERENCE
    assert one.compute() == {}
    assert one.all() == before


def test_each_limit_alone_makes_a_reference_wait() -> None:
    calm = Shift(0.0, 0.0, 0.0, 0.0)
    for name in ("mean", "places", "classes", "scored"):
        assert replace(calm, **{name: 4.0}).too_far == (name,)
    assert replace(calm, mean=-4.0).too_far == ("mean",)


def test_a_territory_that_loses_its_score_counts_as_moved() -> None:
    scored = board().all()
    code = next(iter(scored))
    without: dict[str, Scored] = {**scored, code: replace(scored[code], score=None, score_class=None)}
    assert shift(scored, without, REFERENCE).scored == pytest.approx(1 / len(scored), abs=1e-4)


def test_classes_are_fifths_where_enough_is_scored() -> None:
    scored = board().all()
    found = with_breaks(REFERENCE, scored)
    classes = [found.score_class(one.score) for one in scored.values() if one.score is not None]
    assert all(60 < classes.count(number) < 100 for number in range(1, 6))
    assert with_breaks(REFERENCE, {}).class_breaks == REFERENCE.class_breaks


def reference_of(record: ReferenceRecord) -> Reference:
    found = References({record.version: record}).content(record)
    assert found is not None
    return found


def told(*records: ReferenceRecord) -> References:
    references = References()
    for record in records:
        references.take(msgspec.json.encode(record))
    return references


def record(version: str, standing: Standing, decided_at: str, **changes: object) -> ReferenceRecord:
    content = {**REFERENCE.document(), "version": version}
    made = ReferenceRecord(version, standing, decided_at, decided_at, "scorer", content=content)
    return msgspec.structs.replace(made, **changes)


def test_the_reference_accepted_last_is_in_use_and_the_shipped_one_before_any() -> None:
    assert told().in_use().version == "0"
    one = record("1", Standing.ACCEPTED, "2020-01-01T00:00:00.000Z")
    two = record("2", Standing.WAITING, "2020-01-02T00:00:00.000Z")
    assert told(one, two).in_use().version == "1"
    assert [item.version for item in told(one, two).waiting] == ["2"]
    accepted = decided(two, Standing.ACCEPTED, "operator")
    assert told(one, two, accepted).in_use().version == "2"
    assert told(one, two, accepted).waiting == []
    assert told(one, accepted, shipped_record("operator")).in_use().version == "0"
    assert told(one, decided(two, Standing.REFUSED, "operator")).in_use().version == "1"


def test_of_two_decisions_of_one_millisecond_the_one_said_later_holds() -> None:
    at = "2020-01-02T00:00:00.000Z"
    one, two = record("1", Standing.ACCEPTED, at), record("2", Standing.ACCEPTED, at)
    assert told(one, two).in_use().version == "2"
    assert told(two, one).in_use().version == "1"
    assert told(one, two, one).in_use().version == "1"


def test_a_record_that_no_longer_fits_or_cannot_be_read_is_passed_over() -> None:
    unfit = record("9", Standing.ACCEPTED, "2020-09-01T00:00:00.000Z", content={"version": "9", "quantiles": {"x": []}})
    references = told(record("1", Standing.ACCEPTED, "2020-01-01T00:00:00.000Z"), unfit)
    references.take(b"{not json")
    references.take(None)
    assert references.in_use().version == "1"
    assert references.content(unfit) is None
