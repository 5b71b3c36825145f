"""Topics of a cluster against the catalogue: what differs, and mending what may be mended.

Missing topics are created and settings put right. Partitions are never changed: which partition a key is on, and with it
every consumer's guard, would change under state that is kept; that is a new generation. Replication is never changed
either: moving replicas is an operation on the cluster. Settings that the catalogue manages for no topic are the
operator's own and are left alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.admin import AlterConfigOp, ConfigResource, ConfigResourceType

from shared.settings import Settings
from shared.topics import CATALOGUE, Topic

# Settings that `apply` puts back to the broker's default on a topic whose entry does not name them.
MANAGED: Final = frozenset(name for topic in CATALOGUE for name in topic.config) | {"retention.bytes"}
_ALREADY_EXISTS: Final = 36
_OVERRIDE: Final = "DYNAMIC_TOPIC_CONFIG"
_REQUEST_SECONDS: Final = 10


class DifferenceKind(StrEnum):
    """How a topic differs from its entry."""

    MISSING = "missing"
    SETTING = "setting"
    PARTITIONS = "partitions"
    REPLICATION = "replication"

    @property
    def mendable(self) -> bool:
        return self in {DifferenceKind.MISSING, DifferenceKind.SETTING}


@dataclass(frozen=True)
class Difference:
    """One difference. `setting` is named for SETTING; `expected` None there means the broker's default."""

    topic: str
    kind: DifferenceKind
    expected: str | None
    found: str | None
    setting: str | None = None

    @property
    def text_fr(self) -> str:
        """One line for people, with the remedy."""
        match self.kind:
            case DifferenceKind.MISSING:
                return f"{self.topic} : absent ({self.expected} partitions attendues)"
            case DifferenceKind.SETTING:
                wanted = "valeur par défaut" if self.expected is None else self.expected
                return f"{self.topic} : {self.setting} = {self.found}, attendu {wanted}"
            case DifferenceKind.PARTITIONS:
                return (
                    f"{self.topic} : {self.found} partitions, attendu {self.expected}. Changer le nombre de partitions "
                    f"est une nouvelle génération : remettez ANCRAGE_TOPIC_PARTITIONS={self.found}, ou partez d'un "
                    "cluster ou d'un ANCRAGE_HOME neuf et reconstruisez (ancrage scoring rebuild)"
                )
            case DifferenceKind.REPLICATION:
                return (
                    f"{self.topic} : réplication {self.found}, attendu {self.expected}. Déplacez les répliques avec "
                    "l'outil du cluster, ou corrigez ANCRAGE_TOPIC_REPLICATION"
                )

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "topic": self.topic,
            "kind": self.kind.value,
            "setting": self.setting,
            "expected": self.expected,
            "found": self.found,
            "mendable": self.kind.mendable,
        }


@dataclass(frozen=True)
class Observed:
    """A topic as the cluster has it. `settings` holds every setting's value in force, `overrides` those set on the topic."""

    partitions: int
    replication: int
    settings: Mapping[str, str | None] = field(default_factory=dict)
    overrides: frozenset[str] = frozenset()


def differences(
    observed: Mapping[str, Observed], *, partitions: int, replication: int, catalogue: Iterable[Topic] = CATALOGUE
) -> list[Difference]:
    """What of the catalogue the cluster does not have, in the catalogue's order."""
    found: list[Difference] = []
    for topic in catalogue:
        wanted = topic.partitions or partitions
        actual = observed.get(topic.name)
        if actual is None:
            found.append(Difference(topic.name, DifferenceKind.MISSING, str(wanted), None))
            continue
        if actual.partitions != wanted:
            found.append(Difference(topic.name, DifferenceKind.PARTITIONS, str(wanted), str(actual.partitions)))
        if actual.replication != replication:
            found.append(Difference(topic.name, DifferenceKind.REPLICATION, str(replication), str(actual.replication)))
        for name, value in topic.config.items():
            if actual.settings.get(name) != value:
                found.append(
                    Difference(topic.name, DifferenceKind.SETTING, value, actual.settings.get(name), setting=name)
                )
        found.extend(
            Difference(topic.name, DifferenceKind.SETTING, None, actual.settings.get(name), setting=name)
            for name in sorted((actual.overrides & MANAGED) - topic.config.keys())
        )
    return found


def observe(admin: KafkaAdminClient, names: Iterable[str]) -> dict[str, Observed]:
    """The topics of `names` that the cluster has."""
    described = [topic for topic in admin.describe_topics() if topic["name"] in set(names) and not topic["error_code"]]
    if not described:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic["name"]) for topic in described]
    configs = admin.describe_configs(resources, config_filter="all")["topic"]
    return {
        topic["name"]: Observed(
            partitions=len(topic["partitions"]),
            replication=len(topic["partitions"][0]["replica_nodes"]),
            settings={name: entry["value"] for name, entry in configs[topic["name"]].items()},
            overrides=frozenset(
                name for name, entry in configs[topic["name"]].items() if entry["config_source"] == _OVERRIDE
            ),
        )
        for topic in described
    }


def check(settings: Settings) -> list[Difference]:
    """Differences between the cluster and the catalogue. Raises kafka.errors.KafkaError when no broker answers."""
    admin = _admin(settings)
    try:
        return _differences(admin, settings)
    finally:
        admin.close()


def apply(settings: Settings) -> tuple[list[Difference], list[Difference]]:
    """Creates and mends; safe to run again and from several places at once.

    Returns (what was mended, what still differs). Raises kafka.errors.KafkaError, RuntimeError for a refused change.
    """
    admin = _admin(settings)
    try:
        found = _differences(admin, settings)
        mended = [difference for difference in found if difference.kind.mendable]
        _create(admin, {one.topic for one in mended if one.kind is DifferenceKind.MISSING}, settings)
        _alter(admin, [one for one in mended if one.kind is DifferenceKind.SETTING])
        return mended, _differences(admin, settings) if mended else found
    finally:
        admin.close()


def _admin(settings: Settings) -> KafkaAdminClient:
    return KafkaAdminClient(
        bootstrap_servers=settings.kafka_bootstrap,
        client_id="ancrage-topics",
        request_timeout_ms=_REQUEST_SECONDS * 1000,
    )


def _differences(admin: KafkaAdminClient, settings: Settings) -> list[Difference]:
    observed = observe(admin, [topic.name for topic in CATALOGUE])
    return differences(observed, partitions=settings.topic_partitions, replication=settings.topic_replication)


def _create(admin: KafkaAdminClient, names: set[str], settings: Settings) -> None:
    if not names:
        return
    wanted = {
        topic.name: {
            "num_partitions": topic.partitions or settings.topic_partitions,
            "replication_factor": settings.topic_replication,
            "configs": topic.config,
        }
        for topic in CATALOGUE
        if topic.name in names
    }
    answer = admin.create_topics(wanted, raise_errors=False)
    refused = [
        f"{topic['name']}: {topic['error_message'] or topic['error_code']}"
        for topic in answer["topics"]
        if topic["error_code"] not in {0, _ALREADY_EXISTS}
    ]
    if refused:
        raise RuntimeError("topics refused by the broker: " + "; ".join(refused))
    admin.wait_for_topics(sorted(names))


def _alter(admin: KafkaAdminClient, mended: list[Difference]) -> None:
    by_topic: dict[str, dict[str, tuple[AlterConfigOp, str | None]]] = {}
    for one in mended:
        operation = AlterConfigOp.DELETE if one.expected is None else AlterConfigOp.SET
        by_topic.setdefault(one.topic, {})[str(one.setting)] = (operation, one.expected)
    if not by_topic:
        return
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, configs) for name, configs in by_topic.items()]
    answer = admin.alter_configs(resources)["topic"]
    refused = [f"{name}: {result}" for name, result in answer.items() if result != "OK"]
    if refused:
        raise RuntimeError("settings refused by the broker: " + "; ".join(refused))
