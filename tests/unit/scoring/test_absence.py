"""Who was away for longer than compaction keeps versions apart counts anew; who merely had nothing to read goes on."""

from datetime import UTC, datetime, timedelta

import pytest

from services.scoring.core.absence import missed_versions

NOW = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=8)


@pytest.mark.parametrize(
    ("known_at", "first_recent", "end", "missed"),
    [
        (NOW - timedelta(days=5), 40, 50, False),  # away, and nothing is compacted yet
        (LONG_AGO, 40, 50, True),  # a version of those days may be gone without a trace
        (LONG_AGO, 10, 50, False),  # nothing happened until the records of these days
        (LONG_AGO, None, 50, True),  # all that happened is old
        (LONG_AGO, None, 10, False),  # nothing happened at all
    ],
)
def test_an_absence_is_judged_by_the_time_of_the_position(
    known_at: datetime, first_recent: int | None, end: int, missed: bool
) -> None:
    assert missed_versions(position=10, known_at=known_at, first_recent=first_recent, end=end, now=NOW) is missed
