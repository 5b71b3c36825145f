"""The peers that only produce: records made beforehand, one loop, all acknowledged."""

from confluent_kafka import Producer
from kafka import KafkaProducer

from benchmarks.ingest.peers.bare_api import Line, event
from shared.topics import VACANCIES

Records = list[tuple[bytes, bytes]]


def records_of(lines: list[bytes]) -> Records:
    """The records that the peer API would publish for these lines."""
    bodies = [Line.model_validate_json(line) for line in lines]
    return [event(body.reference, body) for body in bodies]


def kafka_python(kafka: str, records: Records) -> None:
    """`send` each, then `flush`."""
    producer = KafkaProducer(
        bootstrap_servers=kafka, acks="all", enable_idempotence=True, compression_type="lz4", batch_size=256 * 1024
    )
    futures = [producer.send(VACANCIES, key=key, value=value) for key, value in records]
    producer.flush()
    for future in futures:
        future.get(timeout=60)
    producer.close()


def confluent(kafka: str, records: Records) -> None:
    """`produce` each, then `flush`."""
    producer = Producer(
        {
            "bootstrap.servers": kafka,
            "enable.idempotence": True,
            "compression.type": "lz4",
            "partitioner": "murmur2_random",
            "linger.ms": 5,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    for key, value in records:
        producer.produce(VACANCIES, value, key)
    if producer.flush(120):
        raise RuntimeError("not everything was acknowledged")
