"""History: what of a publication is kept, and which publications say something new."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import msgspec

from services.scoring.core.generation import Generation
from shared.events import TerritoryScore

# Counters kept beside a score; the known ones tell an observed zero from a silent feed.
COUNTERS_KEPT: Final = (
    "known_vacancies",
    "open_vacancies",
    "committed",
    "installed",
    "known_offers",
    "open_offers",
    "open_openings",
    "durable_offers",
)
_DIGEST_BYTES: Final = 12


@dataclass(frozen=True)
class Mark:
    """The newest change kept of a territory: its place in the stream, and a digest of what it says."""

    epoch: str
    position: int
    said: bytes


@dataclass(frozen=True)
class Entry:
    """One change to keep. `day` is the one of `published_at` in France, `state` what readers are shown of it."""

    code: str
    published_at: datetime
    day: date
    as_of: str
    generation: str
    position: int
    said: bytes
    state: dict[str, Any]

    @property
    def mark(self) -> Mark:
        return Mark(Generation.parse(self.generation).epoch, self.position, self.said)

    @property
    def score(self) -> float | None:
        found: float | None = self.state["score"]
        return found


@dataclass(frozen=True)
class Day:
    """The changes of one territory on one day in France: the last one, how many, and between which scores."""

    code: str
    day: date
    changes: int
    lowest_score: float | None
    highest_score: float | None
    last: Entry


def entry_of(score: TerritoryScore, published_at: datetime, day: date) -> Entry:
    """What is kept of a publication."""
    state = {
        "score": score.score,
        "score_class": score.score_class,
        "coverage": score.coverage,
        "blocks": score.blocks,
        "counters": {name: score.counters.get(name, 0) for name in COUNTERS_KEPT},
        "reference_version": score.reference_version,
    }
    said = hashlib.sha256(msgspec.json.encode(state)).digest()[:_DIGEST_BYTES]
    return Entry(score.code, published_at, day, score.as_of, score.generation, score.position, said, state)


def newly_said(entries: Iterable[Entry], marks: Mapping[str, Mark]) -> list[Entry]:
    """The entries that change what is known, in order. One from an earlier place in the stream (a scorer that was frozen
    and wakes, a topic read again) and one that says the same as the one before are left out."""
    known = dict(marks)
    kept = []
    for entry in entries:
        mark, own = known.get(entry.code), entry.mark
        if mark is not None and (own.epoch, own.position) < (mark.epoch, mark.position):
            continue
        if mark is None or mark.said != own.said:
            kept.append(entry)
        known[entry.code] = own
    return kept


def by_day(entries: Iterable[Entry]) -> list[Day]:
    """The entries by territory and day in France; entries are in order."""
    days: dict[tuple[str, date], Day] = {}
    for entry in entries:
        key = (entry.code, entry.day)
        known = days.get(key)
        scores = [
            score
            for score in (entry.score, known.lowest_score if known else None, known.highest_score if known else None)
            if score is not None
        ]
        days[key] = Day(
            *key,
            changes=1 + (known.changes if known else 0),
            lowest_score=min(scores, default=None),
            highest_score=max(scores, default=None),
            last=entry,
        )
    return list(days.values())
