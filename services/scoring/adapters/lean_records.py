"""Fetched records as they lie in their batch, without the eleven-field object that aiokafka makes of each.

Making that object is most of what aiokafka costs a record (docs/performance.md). A packer reads offset, timestamp, key and
value, which the batch's own record has under the same names.
"""

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from aiokafka.errors import CorruptRecordException


def leave_records_in_their_batches(consumer: Any) -> None:
    """From now on this consumer (started, without deserializers, reading uncommitted) hands out the batches' records.

    What a fetch brings is turned before anybody can take it. Should another version of aiokafka bring it by another way,
    its own records come, which are read alike.
    """
    fetcher = consumer._fetcher
    process = fetcher._proc_fetch_request

    async def process_and_turn(*arguments: Any) -> Any:
        answer = await process(*arguments)
        for result in fetcher._records.values():
            if type(result) is FetchResult and type(result._partition_records) is PartitionRecords:
                result._partition_records.__class__ = LeanRecords
                result._partition_records._records_iterator = result._partition_records.unpacked()
        return answer

    fetcher._proc_fetch_request = process_and_turn


class LeanRecords(PartitionRecords):  # type: ignore[misc]
    """The records of one fetch of one partition."""

    next_fetch_offset: int

    def __iter__(self) -> Iterator[Any]:
        iterator: Iterator[Any] = self._records_iterator
        return iterator

    def unpacked(self) -> Iterator[Any]:
        """Every record but the brokers' own markers."""
        while self._records.has_next():
            batch = self._records.next_batch()
            if not batch.validate_crc():
                raise CorruptRecordException(f"Invalid CRC - {self._tp}")
            if not batch.is_control_batch:
                for record in batch:
                    # A fetch brings whole batches, from before the offset that was asked for.
                    if record.offset >= self.next_fetch_offset:
                        self.next_fetch_offset = record.offset + 1
                        yield record
            # Also beyond what compaction took away at the batch's end.
            self.next_fetch_offset = batch.next_offset
