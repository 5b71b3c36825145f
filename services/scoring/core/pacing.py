"""How long the packer lets events gather, and the scorer counters.

A compound record costs the worker about as much with one entry as with eight, and at a few hundred events a second each poll
of the packer would make hundreds of records of one or two entries. Where there is much, a poll is large by itself.
"""

from typing import Final

FEW_ENTRIES: Final = 8  # in the mean record of a poll: with more, waiting would save nothing
LONGEST_SECONDS: Final = 0.2  # between two polls that both write to every bucket
LONGEST_ROUND_SECONDS: Final = 0.05
ROUNDS_FILLED: Final = 4  # a round that is a quarter full already earns the whole pause


def rest_seconds(*, records: int, entries: int, buckets: int) -> float:
    """From one poll to the next, after one that made so many records with so many entries in all. It grows with the share
    of the buckets that were written to: for the one or two of a single event there is none to speak of."""
    if entries >= FEW_ENTRIES * records:
        return 0.0
    return LONGEST_SECONDS * min(1.0, records / buckets)


def round_seconds(scores: int, most: int) -> float:
    """From one round of the scorer to the next, after one that told so many scores. A round computes the whole country and
    is a transaction of the broker, whatever it tells: where there is much, it gathers. A single score holds nothing up."""
    return LONGEST_ROUND_SECONDS * min(1.0, ROUNDS_FILLED * scores / most)
