"""What "still vacant" does, by what is known."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.core.confirmations import Confirmation, on_confirmation
from services.ingest.core.entities import Known, observation
from shared.events import VacancyStatus

SEEN = datetime(2026, 11, 20, 9, tzinfo=UTC)


def known(*, withdrawn: bool = False) -> Known:
    return Known(SEEN, b"digest", withdrawn)


@pytest.mark.parametrize(
    ("status", "withdrawn", "hours", "end"),
    [
        (VacancyStatus.STALE, False, 1, Confirmation.CONFIRMED),
        (VacancyStatus.OPEN, False, 1, Confirmation.CONFIRMED),
        (VacancyStatus.UPCOMING, False, 1, Confirmation.CONFIRMED),
        (VacancyStatus.STALE, False, 0, Confirmation.SUPERSEDED),
        (VacancyStatus.STALE, False, -1, Confirmation.SUPERSEDED),
        (VacancyStatus.EXPIRED, False, 1, Confirmation.EXPIRED),
        (VacancyStatus.STALE, True, 1, Confirmation.WITHDRAWN),
        (VacancyStatus.EXPIRED, True, -1, Confirmation.WITHDRAWN),
    ],
)
def test_a_confirmation_ends_by_what_is_known(
    status: VacancyStatus, withdrawn: bool, hours: int, end: Confirmation
) -> None:
    assert on_confirmation(known(withdrawn=withdrawn), status, SEEN + timedelta(hours=hours)) is end


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from(VacancyStatus))
def test_one_without_a_date_is_never_superseded(now: datetime, status: VacancyStatus) -> None:
    end = on_confirmation(known(), status, observation(None, now, known()))
    assert end in {Confirmation.CONFIRMED, Confirmation.EXPIRED}
