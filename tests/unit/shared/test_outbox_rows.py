"""Outbox rows: which records a row holds, without a database."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.events import Change, Commitment, CommitmentStatus, Event, new_event
from shared.sql.outbox import CHUNK, Record, add, pack, unpack
from shared.topics import TERRITORIES

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Recorder:
    """Takes the statements that `add` executes."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.notified = 0

    def execute(self, statement: Any, values: dict[str, Any] | None = None) -> None:
        if values is None:
            assert str(statement) == "NOTIFY outbox"
            self.notified += 1
        else:
            self.rows.append(values)


def event(key: str) -> Event[Any]:
    state = Commitment("emile", "241500230", CommitmentStatus.OPEN, "org_1", "2026-11-23")
    return new_event(TERRITORIES, key, Change(1, None, state), source="/ingest", at=NOW)


def added(keys: list[str], tombstones: list[str]) -> Recorder:
    recorder = Recorder()
    kept = add(recorder, TERRITORIES, map(event, keys), tombstones=tombstones)  # type: ignore[arg-type]
    assert kept == len(keys) + len(tombstones)
    return recorder


@pytest.mark.parametrize("count", [1, CHUNK, CHUNK + 1, 3 * CHUNK, 1201])
def test_rows_hold_up_to_a_chunk_in_the_order_given(count: int) -> None:
    keys = [f"emile:{number}" for number in range(count)]
    recorder = added(keys, [])
    assert [row["count"] for row in recorder.rows] == [len(unpack(row["records"])) for row in recorder.rows]
    assert all(1 <= row["count"] <= CHUNK for row in recorder.rows)
    assert len(recorder.rows) == -(-count // CHUNK)
    assert [key for row in recorder.rows for key, _ in unpack(row["records"])] == keys


def test_the_relay_is_woken_once_however_many_rows() -> None:
    assert added([str(number) for number in range(2 * CHUNK)], []).notified == 1


def test_nothing_to_tell_leaves_no_row_and_wakes_nobody() -> None:
    recorder = added([], [])
    assert (recorder.rows, recorder.notified) == ([], 0)


def test_a_tombstone_comes_after_the_event_of_its_key() -> None:
    (row,) = added(["emile:1"], ["emile:1"]).rows
    (first, body), (second, nothing) = unpack(row["records"])
    assert (first, second, nothing) == ("emile:1", "emile:1", None)
    assert body is not None
    assert b'"sequence":""' in body


@pytest.mark.parametrize("count", [1, 2, CHUNK])
def test_a_row_is_unpacked_as_it_was_packed_compressed_or_not(count: int) -> None:
    records: list[Record] = [(f"emile:{number}", b'{"n":%d}' % number * 20) for number in range(count)] + [("x", None)]
    packed = pack(records)
    assert unpack(packed) == records
    assert (len(packed) < sum(len(value or b"") for _, value in records)) == (count == CHUNK)
