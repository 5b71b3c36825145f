"""`ancrage dlq` on a real broker: letters are listed, and handed again without a word to any topic."""

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from sqlalchemy import Engine, text

from services.notify.consumer import build
from services.notify.settings import NotifySettings
from shared.events import encode, with_sequence
from shared.ids import new_id
from shared.settings import Settings
from shared.sql.engine import service_engine
from shared.streams.consumer import SqlConsumer
from shared.streams.dead_letter_reading import read_letters
from shared.streams.dead_letter_replay import Consumers, ReplayRefused, Retaker, replay
from shared.streams.dead_letters import DeadLetter, Source
from tests.integration.notify.made_events import placement_event


@pytest.fixture
def notify_database(migrated: Settings) -> Iterator[Engine]:
    engine = service_engine(migrated, "notify", pool=1)
    yield engine
    engine.dispose()


@pytest.fixture
def consumers(migrated: Settings, notify_database: Engine) -> Consumers:
    shared = {name: getattr(migrated, name) for name in Settings.model_fields}
    consumer: SqlConsumer = build(NotifySettings(**shared), notify_database)
    return {"notify.consumer": Retaker(lambda: nullcontext(consumer))}


def bury(settings: Settings, *letters: DeadLetter) -> None:
    producer = KafkaProducer(bootstrap_servers=settings.kafka_bootstrap)
    for letter in letters:
        producer.send(letter.topic, key=letter.key, value=letter.body(), headers=letter.headers()).get(20)
    producer.close()


def ends(settings: Settings, topic: str) -> dict[TopicPartition, int]:
    reader = KafkaConsumer(bootstrap_servers=settings.kafka_bootstrap)
    partitions = [TopicPartition(topic, number) for number in reader.partitions_for_topic(topic)]
    found: dict[TopicPartition, int] = reader.end_offsets(partitions)
    reader.close()
    return found


def test_a_record_refused_by_mistake_is_handed_again_and_once(
    migrated: Settings, consumers: Consumers, notify_database: Engine
) -> None:
    event = placement_event(new_id("org"))
    value = with_sequence(encode(event), 4711)
    source = Source("placements", 3, 17)
    bury(
        migrated,
        DeadLetter(
            source, "notify.consumer", "handler failed: a mistake since corrected", event.subject.encode(), value
        ),
    )
    (letter,) = [one for one in read_letters(migrated, ["placements"]) if one.key == event.subject.encode()]
    assert (letter.source, letter.consumer, letter.value) == (source, "notify.consumer", value)
    before = ends(migrated, "placements")
    with notify_database.connect() as connection:
        positions = connection.execute(text("SELECT * FROM consumed_position ORDER BY 1, 2, 3")).all()
    replay(migrated, letter, consumers)
    assert ends(migrated, "placements") == before
    with notify_database.connect() as connection:
        assert connection.execute(text("SELECT * FROM consumed_position ORDER BY 1, 2, 3")).all() == positions
        told = (
            connection.execute(text("SELECT type FROM live_event WHERE subject = :id"), {"id": event.subject})
            .scalars()
            .all()
        )
    assert told == ["placement.proposed"]


def test_what_cannot_be_handed_again_says_what_to_do_instead(migrated: Settings, consumers: Consumers) -> None:
    vacancy, cut = new_id("vac").encode(), new_id("vac").encode()
    bury(
        migrated,
        DeadLetter(Source("vacancies", 0, 1), "notify.consumer", "no event", vacancy, b"\xff\x00"),
        DeadLetter(Source("vacancies", 0, 2), "scoring.packer", "no event", vacancy, b"{}"),
        DeadLetter(Source("vacancies", 0, 3), "notify.consumer", "no event", cut, b"x" * 2_000_000),
    )
    letters = [one for one in read_letters(migrated, ["vacancies"]) if one.key in {vacancy, cut}]
    assert len(letters) == 3
    for letter in letters:
        with pytest.raises(ReplayRefused, match=r"ancrage ingest republish vac_") as refused:
            replay(migrated, letter, consumers)
        assert ("scoring rebuild" in str(refused.value)) == (letter.consumer == "scoring.packer")


def test_a_topic_without_dead_letters_is_an_error(migrated: Settings) -> None:
    with pytest.raises(KeyError):
        read_letters(migrated, ["scoring.reference"])
