"""From what was sent and seen to figures: how long until it was visible, and how long each hop took."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Any, Final

import msgspec

from benchmarks.latency.publications import COUNTER_OF, Sent
from benchmarks.latency.watching import RedisWatch, Sightings, TopicsWatch
from services.scoring.core import buckets
from shared.events import TerritoryScore, decode
from shared.topics import OFFERS, SCORING_DELTAS, TERRITORY_COUNTERS, TERRITORY_SCORES, VACANCIES

# Where it waits or is worked on, and between which two moments.
HOPS: Final = (
    ("request", "API: PUT to 2xx", "asked", "accepted"),
    ("relay", "relay: 2xx to its record of an entity topic", "accepted", "entity"),
    ("packer", "packer: to its record of scoring.deltas", "entity", "deltas"),
    ("worker", "worker: to its record of territory-counters", "deltas", "counters"),
    ("scorer", "scorer: to its record of territory-scores", "counters", "scores"),
    ("commit", "scorer: to where readers of committed records have it", "scores", "scores_read"),
    ("redis", "scorer: territory-counters to Redis", "counters", "redis"),
)
_COUNTERS: Final = tuple(COUNTER_OF.values())
_SCORE: Final = msgspec.json.Decoder(TerritoryScore)


class NotSeen(RuntimeError):
    """A publication never became visible: the figures would mean nothing."""


@dataclass(frozen=True)
class Figures:
    """Milliseconds."""

    p50: float
    p99: float
    worst: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Figures":
        cuts = quantiles(seconds, n=100, method="inclusive")
        return cls(*(round(value * 1000, 1) for value in (cuts[49], cuts[98], max(seconds))))


class Seen:
    """Everything that the watchers took down in one phase, decoded."""

    def __init__(self, redis: RedisWatch, topics: TopicsWatch) -> None:
        self.entity: dict[str, tuple[float, str, int]] = {}  # entity id -> when, source, sequence
        self.deltas: dict[tuple[str, int], float] = {}  # source and sequence -> when
        self.counters, self.scores, self.scores_read, self.redis = (Sightings() for _ in range(4))
        self.compound_records = self.entries = self.records_of_counters = self.records_of_scores = 0
        for at, row in redis.rows:
            score = _SCORE.decode(row)
            self.redis.note(score.code, score.counters, _COUNTERS, at)
        for written, read, topic, partition, key, value in topics.records:
            self._take(written, read, topic, partition, key, value)

    def _take(self, written: float, read: float, topic: str, partition: int, key: bytes, value: bytes) -> None:
        if topic in (VACANCIES, OFFERS):
            event = decode(topic, value)
            self.entity[key.decode()] = written, f"{topic}-{partition}", int(event.sequence)
        elif topic == SCORING_DELTAS:
            record = buckets.decode(value)
            self.compound_records += bool(record.e)
            self.entries += record.size
            for source, entries in record.e.items():
                for sequence in entries.sequences:
                    self.deltas.setdefault((source, sequence), written)
        elif topic == TERRITORY_COUNTERS:
            data: Any = decode(topic, value).data
            self.records_of_counters += 1
            self.counters.note(data.code, data.counters, _COUNTERS, written)
        elif topic == TERRITORY_SCORES:
            data = decode(topic, value).data
            self.records_of_scores += 1
            self.scores.note(data.code, data.counters, _COUNTERS, written)
            self.scores_read.note(data.code, data.counters, _COUNTERS, read)

    def moments(self, one: Sent) -> dict[str, float]:
        """When one publication passed each place. Raises NotSeen."""
        entity, source, sequence = self.entity.get(one.entity, (None, "", 0))
        effect = one.territory, one.counter, one.value
        found = {
            "asked": one.asked_at,
            "accepted": one.accepted_at,
            "entity": entity,
            "deltas": self.deltas.get((source, sequence)),
            "counters": self.counters.first(*effect),
            "scores": self.scores.first(*effect),
            "scores_read": self.scores_read.first(*effect),
            "redis": self.redis.first(*effect),
        }
        missing = [name for name, at in found.items() if at is None]
        if missing:
            raise NotSeen(f"{one.topic} {one.entity} in {one.territory}: not seen in {', '.join(missing)}")
        return {name: at for name, at in found.items() if at is not None}


def figures(sent: Iterable[Sent], seen: Seen, shaped_seconds: float) -> dict[str, Any]:
    """The figures of a phase. A publication is `shaped` where its territory had told its score less than `shaped_seconds`
    before its counters came: then the scorer keeps it until that time is over, as it should."""
    passed = [(one, seen.moments(one)) for one in sent]
    shaped = [
        seen.scores.any_within(one.territory, at["counters"] - shaped_seconds, at["counters"]) for one, at in passed
    ]
    moments = [at for _, at in passed]
    free = [at for at, was in zip(moments, shaped, strict=True) if not was]

    def spans(first: str, last: str, among: Sequence[dict[str, float]] = moments) -> Figures:
        return Figures.of([at[last] - at[first] for at in among])

    found: dict[str, Any] = {
        "events": len(moments),
        "shaped": sum(shaped),
        "accepted_to_redis_ms": spans("accepted", "redis"),
        "accepted_to_territory_scores_ms": spans("accepted", "scores_read"),
        "hops_ms": {name: spans(first, last) for name, _, first, last in HOPS},
        "entries_a_compound_record": round(seen.entries / max(1, seen.compound_records), 1),
        "records": {
            "entity topics": len(seen.entity),
            SCORING_DELTAS: seen.compound_records,
            TERRITORY_COUNTERS: seen.records_of_counters,
            TERRITORY_SCORES: seen.records_of_scores,
        },
    }
    if sum(shaped) and len(free) > 1:
        found["accepted_to_redis_ms_of_those_not_shaped"] = spans("accepted", "redis", free)
    return found
