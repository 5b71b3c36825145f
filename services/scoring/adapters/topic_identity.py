"""Which topics the counters are made from: partitions and topic ids, as the cluster has them."""

from dataclasses import dataclass
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from services.scoring.core.buckets import FORMAT_VERSION
from services.scoring.core.counters import CODE_VERSION
from services.scoring.core.generation import digest_of
from services.scoring.settings import ScoringSettings
from shared import telemetry
from shared.geography import geography
from shared.topics import (
    OFFERS,
    PLACEMENTS,
    SCORING_CHANGELOG,
    SCORING_DELTAS,
    TERRITORIES,
    TERRITORY_COUNTERS,
    VACANCIES,
)

ENTITY_TOPICS: Final = (OFFERS, PLACEMENTS, TERRITORIES, VACANCIES)
_NAMED: Final = (*ENTITY_TOPICS, SCORING_DELTAS, SCORING_CHANGELOG, TERRITORY_COUNTERS)


log = telemetry.logger(__name__)


class TopicsUnusable(RuntimeError):
    """A topic that the counters need is missing or has unfitting partitions; the message says the remedy."""


@dataclass(frozen=True)
class TopicIdentity:
    """Digest of the counting rules over these topics, and the partitions of each."""

    digest: str
    partitions: dict[str, int]

    @property
    def deltas_partitions(self) -> int:
        return self.partitions[SCORING_DELTAS]


def read_identity(settings: ScoringSettings) -> TopicIdentity:
    """Asks the cluster. Raises TopicsUnusable, or kafka.errors.KafkaError when no broker answers."""
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap, client_id="scoring-identity")
    try:
        described: dict[str, dict[str, Any]] = {topic["name"]: topic for topic in admin.describe_topics(list(_NAMED))}
    finally:
        admin.close()
    missing = [name for name in _NAMED if name not in described or described[name]["error_code"]]
    if missing:
        raise TopicsUnusable(f"no topic {', '.join(missing)}; remedy: ancrage topics apply")
    partitions = {name: len(described[name]["partitions"]) for name in _NAMED}
    if partitions[SCORING_DELTAS] != partitions[SCORING_CHANGELOG]:
        raise TopicsUnusable(
            f"{SCORING_DELTAS} has {partitions[SCORING_DELTAS]} partitions, {SCORING_CHANGELOG} "
            f"{partitions[SCORING_CHANGELOG]}: they must be equal; remedy: recreate both, then ancrage scoring rebuild"
        )
    places = geography()
    digest = digest_of(
        geography_version=places.version,
        zoning=places.zoning,
        counters_version=CODE_VERSION,
        format_version=FORMAT_VERSION,
        buckets=settings.scoring_buckets,
        partitions=partitions,
        topic_ids={name: str(described[name]["topic_id"]) for name in _NAMED},
    )
    return TopicIdentity(digest, partitions)


def changed_identity(settings: ScoringSettings, known: TopicIdentity) -> bool:
    """Whether the topics are surely no longer those that a process began with; false where nobody can tell now."""
    try:
        found = read_identity(settings)
    except (KafkaError, TopicsUnusable) as error:
        log.info("scoring.topics_unknown", error=type(error).__name__)
        return False
    if found.digest != known.digest:
        log.error("scoring.topics_changed", before=known.digest, now=found.digest)
        return True
    return False
