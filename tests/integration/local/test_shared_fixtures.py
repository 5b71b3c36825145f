"""The session's servers as the other tests get them."""

import psycopg
import pytest
from kafka import KafkaAdminClient

from shared.settings import Settings
from shared.topics import CATALOGUE


@pytest.mark.usefixtures("kafka_bootstrap")
def test_a_test_that_uses_the_broker_is_marked_kafka(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("kafka") is not None


def test_the_migrated_platform_has_every_topic_and_every_service_can_enter_its_database(migrated: Settings) -> None:
    admin = KafkaAdminClient(bootstrap_servers=migrated.kafka_bootstrap)
    assert {topic.name for topic in CATALOGUE} <= set(admin.list_topics())
    admin.close()
    url = migrated.database("ingest", "ingest").replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("ingest",)
