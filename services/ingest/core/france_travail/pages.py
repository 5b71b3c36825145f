"""Paging of `/offres/search`: windows of positions, and what Content-Range says. Pure.

A page holds at most 150 offers, begins at 3,000 at the latest and ends at 3,149: of one search, 3,150 offers can be read.
A begin that is a multiple of 150 keeps all three limits.
"""

import re
from typing import Final

PAGE: Final = 150
LAST_START: Final = 3_000
REACH: Final = LAST_START + PAGE
_CONTENT_RANGE: Final = re.compile(r"(?:offres\s+)?(?:(\d+)-(\d+)|\*)/(\d+)")

Window = tuple[int, int]


def windows(total: int, *, page: int = PAGE) -> tuple[Window, ...]:
    """First and last position of each page that `total` offers need, as far as they can be reached."""
    reachable = min(total, LAST_START + page)
    return tuple((first, min(first + page, reachable) - 1) for first in range(0, reachable, page))


def announced(content_range: str | None) -> int | None:
    """The number of offers of the search: "offres 0-149/9981" is 9981, "*/0" is 0; None where it does not say."""
    found = _CONTENT_RANGE.fullmatch((content_range or "").strip())
    return int(found[3]) if found else None
