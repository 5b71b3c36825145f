"""When a quote still says what its party does, and when the party is to be quoted anew."""

from datetime import date

import pytest

from services.matching.core.price_list import Quote
from services.matching.core.pricing.potentials import KNOTS
from services.matching.core.quoting import HORIZON_DAYS, lasts_as_announced

FIRST = date(2026, 11, 23).toordinal()


def a_quote(days: float) -> Quote:
    return Quote(float(FIRST), FIRST + days, (0.0,) * KNOTS)


@pytest.mark.parametrize(
    ("days", "announced", "lasts"),
    [
        (10, 10, True),
        (10, 11, False),  # a day more, or less, is another end
        (10, 9, False),
        (10, None, False),
        (HORIZON_DAYS, None, True),
        (HORIZON_DAYS, 31, True),  # later than any quote looks
        (HORIZON_DAYS, 300, True),
        (HORIZON_DAYS, 29, False),
        (0, -5, True),  # it had ended before it was quoted
        (0, 1, False),
    ],
)
def test_a_quote_lasts_as_announced_until_the_end_moves_by_a_day(
    days: float, announced: int | None, lasts: bool
) -> None:
    until = None if announced is None else date.fromordinal(FIRST + announced)
    assert lasts_as_announced(a_quote(days), until) is lasts
