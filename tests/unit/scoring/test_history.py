"""What of the published scores is history: changes, not repetitions, and never an earlier state over a later one."""

from datetime import UTC, date, datetime, timedelta

from services.scoring.core.history import Entry, Mark, by_day, entry_of, newly_said
from shared.clock import paris_date
from shared.events import TerritoryScore

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def published(
    position: int,
    value: float | None = 50.0,
    *,
    code: str = "a",
    epoch: str = "01A",
    at: datetime = AT,
    **counters: int,
) -> Entry:
    blocks: dict[str, float | None] = {"housing": 0.5, "jobs": None}
    score = TerritoryScore(code, f"digest-{epoch}", position, value, 3, 0.5, blocks, (), counters, "then", "0")
    return entry_of(score, at, paris_date(at))


def test_only_what_says_something_new_is_kept() -> None:
    first, again, moved = published(1), published(2), published(3, open_offers=4)
    assert newly_said([first, again, moved], {}) == [first, moved]
    assert newly_said([again, moved], {"a": first.mark}) == [moved]
    assert newly_said([published(9, rents_T3_450=1)], {"a": first.mark}) == [], "a counter that is not kept"


def test_a_state_that_comes_back_is_a_change_again() -> None:
    entries = [published(1, 50.0), published(2, 60.0), published(3, 50.0)]
    assert newly_said(entries, {}) == entries


def test_a_writer_that_was_frozen_writes_no_earlier_state_into_history() -> None:
    newest = Mark("01B", 7, b"")
    assert newly_said([published(99, epoch="01A"), published(6, epoch="01B")], {"a": newest}) == []
    later = published(1, epoch="01C")
    assert newly_said([later, published(99, epoch="01B")], {"a": newest}) == [later]


def test_a_day_is_of_france_and_keeps_its_last_state_and_its_range() -> None:
    late = datetime(2026, 11, 23, 22, 59, tzinfo=UTC)  # 23:59 in Paris
    entries = [
        published(1, 50.0, at=late - timedelta(minutes=9)),
        published(2, 70.0, at=late - timedelta(minutes=5)),
        published(3, None, at=late),
        published(4, 55.0, at=late + timedelta(minutes=2)),
        published(5, 10.0, code="b", at=late),
    ]
    days = {(one.code, one.day): one for one in by_day(entries)}
    assert days.keys() == {("a", date(2026, 11, 23)), ("a", date(2026, 11, 24)), ("b", date(2026, 11, 23))}
    day = days["a", date(2026, 11, 23)]
    assert (day.changes, day.lowest_score, day.highest_score, day.last) == (3, 50.0, 70.0, entries[2])


def test_an_unknown_score_stays_unknown() -> None:
    assert published(1, None).score is None
    assert by_day([published(1, None)])[0].lowest_score is None
