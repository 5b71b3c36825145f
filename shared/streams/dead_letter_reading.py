"""Reading the dead letters that a broker keeps: all of them, page by page from the newest, or one."""

import heapq
import itertools
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaConnectionError

from shared.settings import Settings
from shared.streams.dead_letters import Source
from shared.topics import BY_NAME, dlq

POLL_MS: Final = 500
WAIT_MS: Final = 15_000
BOOTSTRAP_MS: Final = 3_000
ROUNDS: Final = 20  # of reading back for one page, when most letters are another service's


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

    @property
    def place(self) -> Source:
        """Where the letter itself stands."""
        return Source.parse(self.id)

    def as_json(self) -> dict[str, Any]:
        """Without the value, which may hold anything."""
        return {
            "id": self.id,
            "source": str(self.source),
            "consumer": self.consumer,
            "reason": self.reason,
            "refused_at": self.refused_at,
            "key": None if self.key is None else self.key.decode(errors="backslashreplace"),
            "bytes": None if self.value is None else len(self.value),
        }


def topics_with_letters() -> list[str]:
    """Source topics that have dead letters, in the order of the catalogue."""
    return [topic.name for topic in BY_NAME.values() if topic.dead_letters]


def read_letters(settings: Settings, topics: Iterable[str] | None = None) -> list[Letter]:
    """All letters kept, oldest first, of all source topics or of those given.

    Raises KeyError for a topic that has no dead letters, kafka.errors.KafkaError where no broker answers.
    """
    names = list(topics) if topics is not None else topics_with_letters()
    for name in names:
        if not BY_NAME[name].dead_letters:
            raise KeyError(name)
    with _reader(settings) as consumer:
        bounds = _bounds(consumer, names)
        found = _between(consumer, {place: (start, end) for place, (start, end) in bounds.items() if start < end})
        return sorted(found, key=lambda letter: letter.refused_at)


def newest_letters(
    settings: Settings, topics: list[str], before: Mapping[str, int], *, consumers: str, limit: int
) -> tuple[list[Letter], dict[str, int]]:
    """Up to `limit` letters refused by consumers whose name begins so, newest first, and where the next page begins.

    `before`: per dead-letter topic, the offset before which the page lies (absent: its end). An empty second value: no
    more. Raises kafka.errors.KafkaError, TimeoutError.
    """
    with _reader(settings) as consumer:
        bounds = _bounds(consumer, topics)
        low = {place: min(before.get(place.topic, end), end) for place, (_, end) in bounds.items()}
        kept: dict[TopicPartition, list[Letter]] = {place: [] for place in bounds}
        for _ in range(ROUNDS):
            windows = {
                place: (max(bounds[place][0], low[place] - limit), low[place])
                for place in bounds
                if len(kept[place]) < limit and low[place] > bounds[place][0]
            }
            if not windows:
                break
            read = list(_between(consumer, windows))
            for place, (start, _) in windows.items():
                mine = [letter for letter in read if letter.place.topic == place.topic]
                mine.sort(key=lambda letter: letter.place.offset, reverse=True)
                kept[place] += [letter for letter in mine if letter.consumer.startswith(consumers)]
                low[place] = start
    newest = heapq.merge(*kept.values(), key=lambda letter: letter.refused_at, reverse=True)
    shown = list(itertools.islice(newest, limit))
    following = {}
    for place, letters in kept.items():
        left = [letter for letter in letters if letter not in shown]
        # A topic has one partition of dead letters, so the next page lies below the first that is not shown.
        following[place.topic] = left[0].place.offset + 1 if left else low[place]
    more = any(following[place.topic] > start for place, (start, _) in bounds.items())
    return shown, following if more else {}


def one_letter(settings: Settings, identifier: str) -> Letter | None:
    """The letter with that id; None for what is no id, or is not kept (any more). Raises as `newest_letters`."""
    with _reader(settings) as consumer:
        try:
            place = Source.parse(identifier)
        except ValueError:
            return None
        topic = place.topic.removesuffix(dlq(""))
        if topic == place.topic or topic not in topics_with_letters():
            return None
        at = TopicPartition(place.topic, place.partition)
        start, end = _bounds(consumer, [topic]).get(at, (0, 0))
        if not start <= place.offset < end:
            return None
        return next(_between(consumer, {at: (place.offset, place.offset + 1)}), None)


def followed(settings: Settings, letter: Letter) -> bool:
    """Whether the topic holds a later record of the same key. Raises kafka.errors.KafkaError, TimeoutError."""
    place = TopicPartition(letter.source.topic, letter.source.partition)
    with _reader(settings) as consumer:
        if place.partition not in (consumer.partitions_for_topic(place.topic) or ()):
            return False
        end = int(consumer.end_offsets([place])[place])
        window = {place: (letter.source.offset + 1, end)} if letter.source.offset + 1 < end else {}
        return any(message.key == letter.key for message in _messages(consumer, window))


@contextmanager
def _reader(settings: Settings) -> Iterator[KafkaConsumer]:
    _knock(settings.kafka_bootstrap)
    consumer = KafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        bootstrap_timeout_ms=BOOTSTRAP_MS,
        request_timeout_ms=WAIT_MS,
    )
    try:
        yield consumer
    finally:
        consumer.close()


def _knock(bootstrap: str) -> None:
    """Raises KafkaConnectionError at once where nothing listens: the client would wait, and leave its sockets open."""
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=BOOTSTRAP_MS / 1000):
                return
        except OSError:
            continue
    raise KafkaConnectionError(bootstrap)


def _bounds(consumer: KafkaConsumer, topics: Iterable[str]) -> dict[TopicPartition, tuple[int, int]]:
    partitions = [
        TopicPartition(dlq(topic), number)
        for topic in topics
        for number in sorted(consumer.partitions_for_topic(dlq(topic)) or ())
    ]
    if not partitions:
        return {}
    starts, ends = consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
    return {place: (int(starts[place]), int(ends[place])) for place in partitions}


def _between(consumer: KafkaConsumer, windows: Mapping[TopicPartition, tuple[int, int]]) -> Iterator[Letter]:
    """The letters from each first offset up to before the second."""
    return (_letter(message) for message in _messages(consumer, windows))


def _messages(consumer: KafkaConsumer, windows: Mapping[TopicPartition, tuple[int, int]]) -> Iterator[Any]:
    """The records from each first offset up to before the second. Raises TimeoutError when the broker stops answering."""
    if not windows:
        return
    consumer.assign(list(windows))
    for place, (start, _) in windows.items():
        consumer.seek(place, start)
    waited = 0
    while any(consumer.position(place) < end for place, (_, end) in windows.items()):
        polled = consumer.poll(timeout_ms=POLL_MS)
        waited = 0 if polled else waited + POLL_MS
        if waited >= WAIT_MS:
            raise TimeoutError("the broker stopped answering")
        for place, messages in polled.items():
            for message in messages:
                if message.offset < windows[place][1]:
                    yield message


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
