"""How long a reader of deltas may be away.

Compaction keeps versions of a key apart for seven days. Who reads on after that may meet version 3 without having seen
version 2, and `after - before` of version 3 then counts wrong: it must count anew from the latest states. What was taken
away leaves no trace at the reader's position, so the time of the position decides, not the age of the next record.
"""

from datetime import datetime, timedelta
from typing import Final

MAX_ABSENCE: Final = timedelta(days=6)


def missed_versions(*, position: int, known_at: datetime, first_recent: int | None, end: int, now: datetime) -> bool:
    """Whether versions may be gone between a position, true at `known_at`, and the end of its log.

    `first_recent`: offset of the first record of the last six days, None where there is none.
    """
    if now - known_at <= MAX_ABSENCE:
        return False
    return position < (end if first_recent is None else first_recent)
