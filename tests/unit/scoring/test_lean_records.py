"""Batches as a fetch brings them: every record once, from the offset that was asked for, markers left out."""

from typing import Any

from aiokafka.consumer.fetcher import READ_UNCOMMITTED, PartitionRecords
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from services.scoring.adapters.lean_records import Batch, LeanRecords, as_batches, records_of

WRITTEN_AT = 1_700_000_000_000


def batch(base: int, count: int, *, codec: int = 0) -> bytes:
    """A batch of a broker: `count` records from offset `base`."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 16)
    for number in range(count):
        builder.append(number, WRITTEN_AT + base + number, b"k", b"%d" % (base + number), [])
    made = bytearray(builder.build())
    made[0:8] = base.to_bytes(8, "big")  # the broker's part, not under the checksum
    return bytes(made)


def fetched(asked: int, *batches: bytes) -> Any:
    """What aiokafka keeps of a fetch from offset `asked`, turned."""
    found = PartitionRecords(
        "offers-0", MemoryRecords(b"".join(batches)), None, asked, None, None, True, READ_UNCOMMITTED
    )
    found.__class__ = LeanRecords
    found._records_iterator = found.batches()
    return found


def test_every_record_comes_once_and_in_order() -> None:
    found = list(fetched(0, batch(0, 3), batch(3, 1, codec=2), batch(4, 2)))
    assert [one.end for one in found] == [3, 4, 6]
    assert [one.written_at - WRITTEN_AT for one in found] == [0, 3, 4]
    records = [(record.offset, record.value) for record in records_of(found)]
    assert records == [(offset, b"%d" % offset) for offset in range(6)]
    assert found == []


def test_records_before_the_offset_asked_for_are_left_out() -> None:
    found = fetched(2, batch(0, 4), batch(4, 1))
    assert [record.offset for record in records_of(list(found))] == [2, 3, 4]
    assert found.next_fetch_offset == 5


def test_a_gap_that_compaction_left_is_passed() -> None:
    assert [record.offset for record in records_of(list(fetched(0, batch(5, 2), batch(9, 1))))] == [5, 6, 9]


def test_records_of_another_client_are_one_batch() -> None:
    class Record:
        def __init__(self, offset: int) -> None:
            self.offset = offset
            self.timestamp = WRITTEN_AT + offset

    records = [Record(4), Record(7)]
    assert as_batches(records) == [Batch(records, 8, WRITTEN_AT + 4)]
    assert as_batches([]) == []
