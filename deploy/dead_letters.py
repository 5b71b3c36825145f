"""Dead letters: reading them, and handing a record again to the consumer that refused it. Nothing is ever produced."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition

from shared.events import EventInvalid, decode
from shared.settings import Settings
from shared.streams.consumer import TRANSIENT, Record, RecordInvalid, SqlConsumer
from shared.streams.dead_letters import MAX_VALUE_BYTES, Source
from shared.topics import BY_NAME, dlq

POLL_MS: Final = 500
WAIT_MS: Final = 15_000


@dataclass(frozen=True)
class Letter:
    """A dead letter as kept. `id` is its own place, `source` the record's."""

    id: str
    source: Source
    consumer: str
    reason: str
    refused_at: str
    key: bytes | None
    value: bytes | None

    def as_json(self) -> dict[str, Any]:
        """For `--json`: without the value, which may hold anything."""
        return {
            "id": self.id,
            "source": str(self.source),
            "consumer": self.consumer,
            "reason": self.reason,
            "refused_at": self.refused_at,
            "key": None if self.key is None else self.key.decode(errors="replace"),
            "bytes": None if self.value is None else len(self.value),
        }


class ReplayRefused(Exception):
    """The record cannot be handed again; the message says what to do instead."""


def read_letters(settings: Settings, topics: Iterable[str] | None = None) -> list[Letter]:
    """All letters kept, oldest first, of all source topics or of those given.

    Raises KeyError for a topic that has no dead letters, kafka.errors.KafkaError where no broker answers.
    """
    names = list(topics) if topics is not None else [topic.name for topic in BY_NAME.values() if topic.dead_letters]
    for name in names:
        if not BY_NAME[name].dead_letters:
            raise KeyError(name)
    consumer = KafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        return sorted(_read(consumer, [dlq(name) for name in names]), key=lambda letter: letter.refused_at)
    finally:
        consumer.close()


def _read(consumer: KafkaConsumer, topics: list[str]) -> Iterable[Letter]:
    partitions = [
        TopicPartition(topic, number)
        for topic in topics
        for number in sorted(consumer.partitions_for_topic(topic) or ())
    ]
    if not partitions:
        return
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    ends = consumer.end_offsets(partitions)
    waited = 0
    while any(consumer.position(partition) < ends[partition] for partition in partitions):
        polled = consumer.poll(timeout_ms=POLL_MS)
        waited = 0 if polled else waited + POLL_MS
        if waited >= WAIT_MS:
            raise TimeoutError("the broker stopped answering")
        for partition, messages in polled.items():
            for message in messages:
                if message.offset < ends[partition]:
                    yield _letter(message)


def _letter(message: Any) -> Letter:
    headers = {name: value.decode(errors="replace") for name, value in message.headers}
    return Letter(
        id=str(Source(message.topic, message.partition, message.offset)),
        source=Source.parse(headers["source"]),
        consumer=headers["consumer"],
        reason=headers["reason"],
        refused_at=headers["refused_at"],
        key=message.key,
        value=message.value,
    )


Build = Callable[[], SqlConsumer]


def sql_consumers() -> Mapping[str, Build]:
    """Consumers whose effects are rows: a record can be handed to them again.

    Handing one to matching.engine takes its fence: the running engine ends, is started again and takes it back.
    """

    def notify() -> SqlConsumer:
        from services.notify.consumer import build
        from services.notify.settings import NotifySettings
        from shared.sql.engine import service_engine

        settings = NotifySettings()
        return build(settings, service_engine(settings, "notify", pool=1))

    def matching() -> SqlConsumer:
        from services.matching.settings import MatchingSettings
        from services.matching.wiring import build_engine

        return build_engine(MatchingSettings())

    return {"notify.consumer": notify, "matching.engine": matching}


def replay(letter: Letter, consumers: Mapping[str, SqlConsumer]) -> None:
    """Hands the record again, in a transaction of its own; consumed positions stay as they are.

    Raises ReplayRefused where the consumer is not one of SQL, where the value was cut, or where it is refused again.
    """
    consumer = consumers.get(letter.consumer)
    if consumer is None:
        raise ReplayRefused(
            f"{letter.id} : {letter.consumer} compte des différences, un ancien enregistrement n'y a plus sa place. "
            f"Remède : {_republish(letter)}, puis ancrage scoring rebuild"
        )
    if letter.value is None or len(letter.value) >= MAX_VALUE_BYTES:
        raise ReplayRefused(f"{letter.id} : contenu absent ou tronqué. Remède : {_republish(letter)}")
    try:
        event = decode(letter.source.topic, letter.value)
        consumer.hand_again(Record(letter.source, letter.key, letter.value, event))
    except (EventInvalid, RecordInvalid) as error:
        raise ReplayRefused(f"{letter.id} : refusé de nouveau ({error}). Remède : {_republish(letter)}") from error
    except TRANSIENT:
        raise
    except Exception as error:
        # The defect of the handler is still there; the other letters are handed again all the same.
        raise ReplayRefused(f"{letter.id} : le traitement échoue encore ({type(error).__name__}: {error})") from error


def _republish(letter: Letter) -> str:
    """How the owner of the entity says its state again."""
    key = "" if letter.key is None else letter.key.decode(errors="replace")
    if key.startswith(("vac_", "off_")):
        return f"ancrage ingest republish {key}"
    return "corriger chez le service qui écrit ce topic, qui publie alors un état plus récent"
