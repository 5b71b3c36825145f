"""Fetched records batch by batch, each inflated and cut into records only when somebody reads it.

aiokafka makes an object of eleven fields of every record, and a list of all of a poll: tens of megabytes that leave the
processor's caches before they are read. A packer reads a record's offset and value and is done with it, so it is handed the
batches: what one of them weighs is gone before the next is opened (docs/performance.md).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from aiokafka.errors import CorruptRecordException


@dataclass(frozen=True, slots=True)
class Batch:
    """`records` may be read once. `end` is the offset after the batch, `written_at` the first record's timestamp in ms."""

    records: Iterable[Any]
    end: int
    written_at: int


def records_of(batches: list[Batch]) -> Iterator[Any]:
    """The records one after the other. Takes the batches out of the list: an inflated one weighs hundreds of kilobytes."""
    batches.reverse()
    return chain.from_iterable(batches.pop().records for _ in range(len(batches)))


def as_batches(polled: list[Any]) -> list[Batch]:
    """What a poll brought of one partition. Should another version of aiokafka bring it by another way, its own records come
    instead, which are read alike."""
    if polled and type(polled[0]) is not Batch:
        return [Batch(polled, polled[-1].offset + 1, polled[0].timestamp)]
    return polled


def leave_records_in_their_batches(consumer: Any) -> None:
    """From now on this consumer (started, without deserializers, reading uncommitted) hands out batches, and counts them
    where it is told how many records to give.

    What a fetch brings is turned before anybody can take it.
    """
    fetcher = consumer._fetcher
    process = fetcher._proc_fetch_request

    async def process_and_turn(*arguments: Any) -> Any:
        answer = await process(*arguments)
        for result in fetcher._records.values():
            if type(result) is FetchResult and type(result._partition_records) is PartitionRecords:
                result._partition_records.__class__ = LeanRecords
                result._partition_records._records_iterator = result._partition_records.batches()
        return answer

    fetcher._proc_fetch_request = process_and_turn


class LeanRecords(PartitionRecords):  # type: ignore[misc]
    """What one fetch brought of one partition."""

    next_fetch_offset: int

    def __iter__(self) -> Iterator[Any]:
        iterator: Iterator[Any] = self._records_iterator
        return iterator

    def batches(self) -> Iterator[Batch]:
        """Every batch but the brokers' own markers."""
        while self._records.has_next():
            batch = self._records.next_batch()
            if not batch.validate_crc():
                raise CorruptRecordException(f"Invalid CRC - {self._tp}")
            asked, self.next_fetch_offset = self.next_fetch_offset, batch.next_offset
            if batch.is_control_batch:
                continue
            # A fetch brings whole batches, from before the offset that was asked for. The end is also beyond what
            # compaction took away of a batch.
            records = batch if batch.base_offset >= asked else [one for one in batch if one.offset >= asked]
            yield Batch(records, batch.next_offset, batch.first_timestamp)
