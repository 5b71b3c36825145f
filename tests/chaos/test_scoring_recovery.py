"""What a worker reads when it starts stays small, however many events have come one by one.

Each event alone writes its bucket's whole state. Without compaction of small segments a day of quiet traffic would be read
again at every start. The figures are printed.
"""

import asyncio
import time
from pathlib import Path

import msgspec
import pytest
from kafka import KafkaProducer

from services.scoring.adapters.verification import read_states
from shared.topics import BY_NAME, SCORING_CHANGELOG
from tests.scoring_chaos import PACKER, SCORER, WORKER, scoring_platform, settled
from tests.scoring_history import History, Relay
from tests.scoring_live import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.timeout(900)]
WRITES = 60_000


def bytes_of_changelog(home: Path) -> int:
    files = home.rglob(f"{SCORING_CHANGELOG}-*/*.log")
    return sum(file.stat().st_size for file in files if file.exists())


def test_a_changelog_of_many_single_events_is_recovered_quickly(tmp_path: Path) -> None:
    with scoring_platform(tmp_path / "home", processes=(PACKER, WORKER, SCORER)) as (settings, _, running):
        relay = Relay(settings.kafka_bootstrap)
        try:
            relay.publish(list(History(3).records(20_000)))
        finally:
            relay.close()
        assert settled(settings, seconds=180, tell=print).exit_code == 0
        states = asyncio.run(read_states(settings.kafka_bootstrap))
        values = {bucket: msgspec.json.encode(state) for bucket, state in states.items()}
        partitions = settings.topic_partitions
        # The same states again, as that many single events would have written them on the way.
        producer = KafkaProducer(bootstrap_servers=settings.kafka_bootstrap)
        for number in range(WRITES):
            bucket = number % len(values)
            producer.send(SCORING_CHANGELOG, key=b"%d" % bucket, value=values[bucket], partition=bucket % partitions)
            if number % 1_000 == 0:
                producer.flush()
        producer.flush()
        producer.close()
        # Not what lies on the disk by now: the first segments are compacted while the last are written.
        written = sum(len(values[number % len(values)]) for number in range(WRITES))
        segment = int(BY_NAME[SCORING_CHANGELOG].config["segment.bytes"])
        # A segment that is being written, and the compacted rest, which is smaller than another one.
        most = partitions * 2 * segment
        assert written > 3 * most, "inconclusive: too little was written"
        assert eventually(lambda: bytes_of_changelog(settings.home) < most, 120)
        left = bytes_of_changelog(settings.home)
        began = time.monotonic()
        running.kill(WORKER)
        running.wait_ready(WORKER)
        seconds = time.monotonic() - began
        assert settled(settings, seconds=120, tell=print).exit_code == 0
    sizes = [len(value) for value in values.values()]
    print(f"{len(values)} buckets, {sum(sizes)} bytes of state, the largest {max(sizes)}")
    print(f"{WRITES} writes: {written} bytes, {left} after compaction; ready {seconds:.1f} s after the kill")
