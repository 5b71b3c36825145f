"""What the topic catalogue promises to consumers that were away and to those who read it."""

import pytest

from shared.events import EVENT_TYPES
from shared.processes import SERVICES
from shared.streams.consumer import MAX_ABSENCE
from shared.topics import BY_NAME, CATALOGUE, DAY_MS, Topic, dlq

DEAD = [topic for topic in CATALOGUE if topic.name.endswith(".dlq")]
ENTITIES = [BY_NAME[name] for name in ("vacancies", "offers", "territories", "placements")]


def by_name(topic: Topic) -> str:
    return topic.name


@pytest.mark.parametrize("topic", ENTITIES, ids=by_name)
def test_an_entity_topic_keeps_versions_apart_for_longer_than_a_consumer_may_be_away(topic: Topic) -> None:
    assert topic.config["cleanup.policy"] == "compact"
    for setting in ("min.compaction.lag.ms", "delete.retention.ms"):
        assert int(topic.config[setting]) > MAX_ABSENCE.total_seconds() * 1000, setting
    assert int(topic.config["max.compaction.lag.ms"]) == 14 * DAY_MS


@pytest.mark.parametrize("topic", ENTITIES, ids=by_name)
def test_the_partitions_of_entity_topics_follow_one_setting(topic: Topic) -> None:
    assert topic.partitions is None


@pytest.mark.parametrize("topic", [t for t in CATALOGUE if t.dead_letters], ids=by_name)
def test_what_cannot_be_handled_has_a_place_that_keeps_it_for_a_month(topic: Topic) -> None:
    dead = BY_NAME[dlq(topic.name)]
    assert dead.config == {
        "cleanup.policy": "delete",
        "retention.ms": str(30 * DAY_MS),
        "compression.type": "lz4",  # kafka-python reads them, and has no Snappy here
    }
    assert dead.partitions == 1
    assert not dead.dead_letters


def test_every_dead_letter_topic_belongs_to_a_topic_that_has_dead_letters() -> None:
    assert {topic.name for topic in DEAD} == {dlq(topic.name) for topic in CATALOGUE if topic.dead_letters}


def test_every_topic_with_an_event_type_is_in_the_catalogue_and_has_dead_letters() -> None:
    assert all(BY_NAME[name].dead_letters for name in EVENT_TYPES)


def test_one_service_writes_a_topic_and_only_consumers_write_dead_letters() -> None:
    assert {topic.writer for topic in CATALOGUE if topic not in DEAD} <= set(SERVICES)
    assert {topic.writer for topic in DEAD} == {"consumers"}


def test_settings_of_topics_are_the_texts_that_the_broker_takes() -> None:
    assert all(isinstance(value, str) for topic in CATALOGUE for value in topic.config.values())
