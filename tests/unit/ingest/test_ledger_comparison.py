"""The comparison that the kill tests rely on finds what it should."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.events import Change, Typology, Vacancy, VacancyStatus, encode, new_event, with_sequence
from tests.ledger_comparison import Ledger, Read, compare

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def state(rent: int | None) -> Vacancy | None:
    if rent is None:
        return None
    place: dict[str, Any] = {"commune": "15014", "typology": Typology.T3, "surface_m2": 62}
    return Vacancy(
        "vac_1", "org", "R", VacancyStatus.OPEN, **place, rent_eur_per_month=rent / 100, available_from="2026-12-01",
        observed_at="2026-11-26T00:00:00.000Z",
    )  # fmt: skip


def record(offset: int, version: int, before: int | None, after: int | None, sequence: int | None = None) -> Read:
    event = new_event("vacancies", "vac_1", Change(version, state(before), state(after)), source="/ingest", at=NOW)
    value = with_sequence(encode(event), version if sequence is None else sequence)
    return Read(0, offset, "vac_1", value)


FIRST, SECOND, GONE = record(0, 1, None, 101), record(1, 2, 101, 102), record(2, 3, 102, None)
TOMBSTONE = Read(0, 3, "vac_1", None)
WHOLE = [FIRST, SECOND, GONE, TOMBSTONE]
LEDGER = Ledger(puts=[("vac_1", 1, 101), ("vac_1", 2, 102)], withdrawals=[("vac_1", 3)], unanswered=[[900, 901]])


def again(read: Read, offset: int) -> Read:
    return Read(read.partition, offset, read.key, read.value)


def test_what_is_whole_has_no_fault_also_when_published_again() -> None:
    rows = {"vac_1": (3, True)}
    assert compare(LEDGER, WHOLE, rows) == ([], 0)
    repeated = [FIRST, SECOND, again(FIRST, 2), again(SECOND, 3), again(GONE, 4), again(TOMBSTONE, 5)]
    assert compare(LEDGER, repeated, rows) == ([], 2)


@pytest.mark.parametrize(
    ("records", "rows", "says"),
    [
        ([FIRST, GONE, TOMBSTONE], {"vac_1": (3, True)}, "version 2 was answered"),
        ([SECOND, FIRST, GONE, TOMBSTONE], {"vac_1": (3, True)}, "comes behind a later one"),
        ([FIRST, SECOND, GONE], {"vac_1": (3, True)}, "not a tombstone"),
        ([FIRST, SECOND], {"vac_1": (2, False)}, "withdrawal, version 3"),
        ([FIRST, SECOND, again(FIRST, 2)], {"vac_1": (2, False)}, "compaction would keep an old version"),
        (WHOLE, {"vac_1": (2, False)}, "SQL says"),
        (WHOLE, {"vac_1": (3, True), "vac_2": (1, False)}, "in SQL and not on the topic"),
        ([record(0, 1, None, 101), record(1, 2, 101, 900)], {"vac_1": (2, False)}, "there in part"),
        ([record(0, 1, None, 101), record(1, 2, 101, 101)], {"vac_1": (2, False)}, "has 2 events"),
    ],
)
def test_each_kind_of_fault_is_found(records: list[Read], rows: dict[str, tuple[int, bool]], says: str) -> None:
    faults, _ = compare(LEDGER, records, rows)
    assert any(says in fault for fault in faults), faults
