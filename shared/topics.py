"""The topic catalogue: every topic once, with its key, value, cleanup, retention and its one writer.

`ancrage topics apply|check`, the JSON Schemas, docs/asyncapi.yaml and docs/topics.md are made from it.
Changing partitions, names or keys of a topic that feeds the counters is a new generation (see docs/adr).
"""

from dataclasses import dataclass, field
from typing import Final

DAY_MS: Final = 86_400_000

VACANCIES: Final = "vacancies"
OFFERS: Final = "offers"
TERRITORIES: Final = "territories"
PLACEMENTS: Final = "placements"
SCORING_DELTAS: Final = "scoring.deltas"
TERRITORY_COUNTERS: Final = "territory-counters"
TERRITORY_SCORES: Final = "territory-scores"
SCORING_REFERENCE: Final = "scoring.reference"
SCORING_GENERATIONS: Final = "scoring.generations"
# Faust names a table's changelog "<app id>-<table>-changelog".
SCORING_APP_ID: Final = "scoring-counters"
SCORING_TABLE: Final = "buckets"
SCORING_CHANGELOG: Final = f"{SCORING_APP_ID}-{SCORING_TABLE}-changelog"


def dlq(topic: str) -> str:
    """Name of a topic's dead-letter topic."""
    return f"{topic}.dlq"


@dataclass(frozen=True)
class Topic:
    """A topic. `partitions` None: the setting ANCRAGE_TOPIC_PARTITIONS. `writer`: the one service that produces to it."""

    name: str
    key: str
    value: str
    writer: str
    partitions: int | None = None
    config: dict[str, str] = field(default_factory=dict)
    dead_letters: bool = False


# A consumer that is away for longer than 6 days rebuilds instead of resuming, so versions stay distinct for 7.
_ENTITY = {
    "cleanup.policy": "compact",
    "min.compaction.lag.ms": str(7 * DAY_MS),
    "max.compaction.lag.ms": str(14 * DAY_MS),
    "delete.retention.ms": str(7 * DAY_MS),
    "compression.type": "producer",
}
# Compaction passes over the segment that is being written. What a process reads whole when it starts has small ones, so
# that it reads little more than the latest value of each key, however many were written before.
_STATE = {
    "cleanup.policy": "compact",
    "min.compaction.lag.ms": "0",
    "delete.retention.ms": str(7 * DAY_MS),
    "segment.bytes": str(4 * 2**20),
}
# Read again at each recovery, record by record: the smallest segments that a broker takes.
_CHANGELOG = _STATE | {"segment.bytes": str(2**20)}
# The historian keeps every change: it may be away for a day before changes between two states are compacted away.
_CHANGES = _STATE | {"min.compaction.lag.ms": str(DAY_MS)}
# Whatever its writer compresses with, people's tools read it.
_DEAD = {"cleanup.policy": "delete", "retention.ms": str(30 * DAY_MS), "compression.type": "lz4"}

_MAIN: tuple[Topic, ...] = (
    Topic(VACANCIES, "vacancy id", "shared.events.Vacancy", "ingest", config=_ENTITY, dead_letters=True),
    Topic(OFFERS, "offer id", "shared.events.Offer", "ingest", config=_ENTITY, dead_letters=True),
    Topic(
        TERRITORIES, "programme:territory code", "shared.events.Commitment", "ingest", config=_ENTITY, dead_letters=True
    ),
    Topic(PLACEMENTS, "placement id", "shared.events.Placement", "matching", config=_ENTITY, dead_letters=True),
    Topic(
        SCORING_DELTAS,
        "bucket",
        "compound record of counter deltas, internal",
        "scoring",
        config={"cleanup.policy": "delete", "retention.ms": str(7 * DAY_MS)},
        dead_letters=True,
    ),
    Topic(SCORING_CHANGELOG, "bucket", "Faust table changelog, internal", "scoring", config=_CHANGELOG),
    Topic(
        TERRITORY_COUNTERS,
        "territory code, or <territory>/<letter> for its offers by occupation",
        "shared.events.TerritoryCounters",
        "scoring",
        config=_STATE,
        dead_letters=True,
    ),
    Topic(
        TERRITORY_SCORES,
        "territory code",
        "shared.events.TerritoryScore",
        "scoring",
        config=_CHANGES,
        dead_letters=True,
    ),
    Topic(
        SCORING_GENERATIONS,
        "epoch",
        "a rebuild that is complete: generation, and where deltas go on from",
        "scoring",
        partitions=1,
        config=_STATE,
    ),
    Topic(SCORING_REFERENCE, "version", "frozen quantiles of the indicators", "scoring", partitions=1, config=_STATE),
)

CATALOGUE: tuple[Topic, ...] = _MAIN + tuple(
    Topic(dlq(topic.name), "as source", "bytes as received", "consumers", partitions=1, config=_DEAD)
    for topic in _MAIN
    if topic.dead_letters
)
BY_NAME: dict[str, Topic] = {topic.name: topic for topic in CATALOGUE}
