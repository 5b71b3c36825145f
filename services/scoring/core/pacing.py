"""How long the packer lets events gather.

A compound record costs the worker about as much with one entry as with eight, and at a few hundred events a second each poll
would make hundreds of records of one or two entries. Where there is much, a poll is large by itself.
"""

from typing import Final

FEW_ENTRIES: Final = 8  # in the mean record of a poll: with more, waiting would save nothing
LONGEST_SECONDS: Final = 0.1  # between two polls that both write to every bucket


def rest_seconds(*, records: int, entries: int, buckets: int) -> float:
    """From one poll to the next, after one that made so many records with so many entries in all. It grows with the share
    of the buckets that were written to: for the one or two of a single event there is none to speak of."""
    if entries >= FEW_ENTRIES * records:
        return 0.0
    return LONGEST_SECONDS * min(1.0, records / buckets)
