"""`ancrage topics` on a real broker. The partitions test uses a setting of its own: the shared topics stay as they are."""

import pytest
from kafka import KafkaAdminClient
from kafka.admin import AlterConfigOp, ConfigResource, ConfigResourceType

from deploy.topics import DifferenceKind, apply, check
from shared.settings import Settings
from shared.topics import CATALOGUE, TERRITORY_SCORES, VACANCIES

pytestmark = pytest.mark.kafka


@pytest.fixture
def cluster(settings: Settings, kafka_bootstrap: str) -> Settings:
    """Settings whose broker has the catalogue's topics."""
    ready = settings.model_copy(update={"kafka": kafka_bootstrap})
    assert apply(ready)[1] == []
    return ready


def test_apply_creates_every_topic_and_a_second_time_changes_nothing(cluster: Settings) -> None:
    assert check(cluster) == []
    assert apply(cluster) == ([], [])
    admin = KafkaAdminClient(bootstrap_servers=cluster.kafka_bootstrap)
    try:
        assert {topic.name for topic in CATALOGUE} <= set(admin.list_topics())
    finally:
        admin.close()


def test_drifted_settings_are_found_and_put_right(cluster: Settings) -> None:
    admin = KafkaAdminClient(bootstrap_servers=cluster.kafka_bootstrap)
    try:
        admin.alter_configs(
            [
                ConfigResource(ConfigResourceType.TOPIC, VACANCIES, {"min.compaction.lag.ms": "5"}),
                ConfigResource(ConfigResourceType.TOPIC, TERRITORY_SCORES, {"retention.ms": "1000000"}),
            ]
        )
        drift = {(one.topic, one.setting, one.expected) for one in check(cluster)}
        assert drift == {
            (VACANCIES, "min.compaction.lag.ms", "604800000"),
            (TERRITORY_SCORES, "retention.ms", None),
        }
        mended, remaining = apply(cluster)
        assert (len(mended), remaining) == (2, [])
        assert check(cluster) == []
    finally:
        reset = {"retention.ms": (AlterConfigOp.DELETE, None)}
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, TERRITORY_SCORES, reset)])
        admin.close()


def test_another_partition_setting_is_reported_and_the_topics_stay_as_they_are(cluster: Settings) -> None:
    more = cluster.model_copy(update={"topic_partitions": cluster.topic_partitions + 1})
    mended, remaining = apply(more)
    assert mended == []
    assert {one.kind for one in remaining} == {DifferenceKind.PARTITIONS}
    assert check(cluster) == []
