"""What an absence means, and when a person is told."""

from datetime import UTC, datetime, timedelta

import pytest

from services.ingest.core.france_travail.absences import Fate, Look, Reading, coverage, fate_of_a_shown_offer
from services.ingest.core.france_travail.freshness import Alert, Ending, WalkSummary, health, next_walk_at
from services.ingest.core.france_travail.shards import Shard

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EARLY = Shard("1", NOW - timedelta(days=9), NOW - timedelta(days=5))
LATE = Shard("1", NOW - timedelta(days=4), NOW)
IN_EARLY, IN_LATE = NOW - timedelta(days=6), NOW - timedelta(days=1)
DAY = timedelta(hours=24)


def walk(ending: Ending, hours_ago: float, *, complete: bool = True) -> WalkSummary:
    return WalkSummary(ending, NOW - timedelta(hours=hours_ago), NOW, complete)


def test_an_absence_is_asked_for_only_where_its_shard_was_read() -> None:
    covered = coverage([(EARLY, Reading.FAILED), (LATE, Reading.COMPLETE)])
    assert not covered.complete
    assert (covered.look(IN_EARLY), covered.look(IN_LATE), covered.look(None)) == (Look.LEAVE, Look.ASK, Look.LEAVE)


@pytest.mark.parametrize("reading", [Reading.UNSTABLE, Reading.TRUNCATED])
def test_an_absence_from_a_shard_read_in_part_is_asked_for_but_does_not_count(reading: Reading) -> None:
    covered = coverage([(EARLY, reading)])
    assert covered.look(IN_EARLY) is Look.ASK
    assert (covered.counts(IN_EARLY), covered.counts(IN_LATE), covered.counts(None)) == (False, True, False)


def test_a_shard_whose_parts_lack_offers_counts_as_read_in_part() -> None:
    assert not coverage([(EARLY, Reading.COMPLETE)], [LATE]).counts(IN_LATE)


def test_the_last_second_of_a_shard_belongs_to_it_whole() -> None:
    assert LATE.may_contain(NOW + timedelta(milliseconds=999))
    assert not LATE.may_contain(NOW + timedelta(seconds=1))
    assert not LATE.may_contain(LATE.since - timedelta(milliseconds=1))


def test_an_offer_that_its_address_shows_stays_until_it_was_absent_often_enough() -> None:
    fates = [fate_of_a_shown_offer(counts=True, absences_before=times, absent_walks=3) for times in range(4)]
    assert fates == [Fate.KEPT, Fate.KEPT, Fate.WITHDRAWN, Fate.WITHDRAWN]
    assert fate_of_a_shown_offer(counts=False, absences_before=99, absent_walks=3) is Fate.KEPT
    assert fate_of_a_shown_offer(counts=True, absences_before=99, absent_walks=0) is Fate.KEPT


def test_nothing_is_wrong_after_a_good_walk() -> None:
    found = health([walk(Ending.DONE, 3)], now=NOW, stale_after=DAY, holds_offers=True)
    assert found.alerts == ()
    assert found.last_success == NOW - timedelta(hours=3)


@pytest.mark.parametrize(
    ("walks", "alerts"),
    [
        ([walk(Ending.DONE, 25)], {Alert.STALE}),
        ([], {Alert.STALE}),
        ([walk(Ending.WALKING, 1), walk(Ending.DONE, 25)], {Alert.STALE}),
        ([walk(Ending.WALKING, 1), walk(Ending.DONE, 13)], set()),
        ([walk(Ending.ZERO, 1), walk(Ending.DONE, 13)], {Alert.SUSPICIOUS_ZERO}),
        ([walk(Ending.HELD, 1), walk(Ending.DONE, 13)], {Alert.HELD}),
        ([walk(Ending.DONE, 1, complete=False)], {Alert.INCOMPLETE}),
        ([walk(Ending.WALKING, 0), walk(Ending.HELD, 12)], {Alert.HELD}),
        ([walk(Ending.DONE, 1), walk(Ending.HELD, 13)], set()),
    ],
)
def test_alerts_of_the_walks(walks: list[WalkSummary], alerts: set[Alert]) -> None:
    found = health(walks, now=NOW, stale_after=DAY, holds_offers=True)
    assert set(found.alerts) == alerts
    assert all(alert.label_fr for alert in found.alerts)


def test_a_feed_that_never_published_is_not_stale_and_the_outside_is_told() -> None:
    found = health([], now=NOW, stale_after=DAY, holds_offers=False, refused=True, unreachable=True)
    assert set(found.alerts) == {Alert.REFUSED, Alert.SILENT}


def test_the_next_walk_is_counted_from_the_start_of_the_last() -> None:
    refresh = timedelta(hours=12)
    assert next_walk_at(None, now=NOW, refresh=refresh) == NOW
    assert next_walk_at(NOW - timedelta(hours=2), now=NOW, refresh=refresh) == NOW + timedelta(hours=10)
    assert next_walk_at(NOW - timedelta(hours=20), now=NOW, refresh=refresh) == NOW
