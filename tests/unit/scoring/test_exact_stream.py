"""Packer, buckets and recount together: whatever is repeated, late or cut, the state is the recount."""

import random
from dataclasses import dataclass
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.adapters.counting_places import counted_codes, counting_places
from services.scoring.core import buckets, packing
from services.scoring.core.buckets import BucketState, CompoundInvalid, CompoundRecord, Content, Entries
from services.scoring.core.counters import SUSPECT
from services.scoring.core.generation import Generation
from services.scoring.core.moves import Move
from services.scoring.core.packing import Packed, Packer
from services.scoring.core.recompute import Recount
from shared.topics import VACANCIES
from tests.scoring_history import History, Published, vacancy

PLACES = counting_places()
GENERATION = Generation("digest", "01EPOCH")
AURILLAC = "241500230"


@dataclass(frozen=True)
class Polled:
    offset: int
    value: bytes | None


def partitions(records: list[Published], count: int) -> dict[tuple[str, int], list[Published]]:
    """By topic and partition, in order, as a keyed topic has them."""
    found: dict[tuple[str, int], list[Published]] = {}
    for record in records:
        found.setdefault((record.topic, sum(record.key.encode()) % count), []).append(record)
    return found


def empty_states(count: int) -> dict[int, BucketState]:
    return {bucket: {"g": str(GENERATION), "p": -1, "s": {}, "t": {}} for bucket in range(count)}


def apply(states: dict[int, BucketState], bucket: int, record: CompoundRecord) -> None:
    buckets.apply_entries(states[bucket]["s"], states[bucket]["t"], buckets.decode(buckets.encode(record)).e)


def recounted(logs: dict[tuple[str, int], list[Published]]) -> Recount:
    counted = Recount(PLACES)
    for (topic, partition), records in logs.items():
        for offset, record in enumerate(records):
            counted.add(topic, partition, offset, record.key.encode(), record.value)
    return counted


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    changes=st.integers(1, 300),
    count=st.integers(1, 40),
    poll=st.integers(1, 90),
    most=st.integers(1, 30),
)
def test_the_state_is_the_recount_whatever_comes_twice(
    seed: int, changes: int, count: int, poll: int, most: int
) -> None:
    pick = random.Random(seed)
    logs = partitions(list(History(seed).records(changes)), 3)
    for records in logs.values():
        # A relay that dies publishes the last records again: same bytes, new offsets.
        cut = pick.randrange(len(records) + 1)
        records[cut:cut] = records[max(0, cut - pick.randrange(1, 40)) : cut]
    states, packer = empty_states(count), Packer(PLACES, count, GENERATION)
    for (topic, partition), records in logs.items():
        polled = [Polled(offset, record.value) for offset, record in enumerate(records)]
        start = 0
        while start < len(polled):
            packed = Packed()
            packer.pack(topic, partition, polled[start : start + poll], packed)
            for compound in packed.rounds(str(GENERATION), most):
                for bucket, record in compound:
                    for _ in range(pick.choice((1, 1, 2))):
                        apply(states, bucket, record)
            # A packer that dies before its commit repeats what it has sent.
            start += poll if pick.random() < 0.8 else max(1, poll // 2)
    assert buckets.merged(states.values()) == buckets.without_empty(recounted(logs).territories)


def test_an_event_published_again_at_the_end_of_a_poll_counts_once() -> None:
    history = History(1)
    value = history.event(VACANCIES, "vac_1", None, vacancy("vac_1"))
    packed = Packed()
    Packer(PLACES, 4, GENERATION).pack(VACANCIES, 0, [Polled(0, value), Polled(1, value)], packed)
    states = empty_states(4)
    for compound in packed.rounds(str(GENERATION)):
        for bucket, record in compound:
            apply(states, bucket, record)
    assert buckets.merged(states.values())[AURILLAC]["open_vacancies"] == 1
    assert packed.repeated == 1


def test_a_withdrawal_that_is_published_again_subtracts_nothing() -> None:
    history = History(1)
    values = [
        history.event(VACANCIES, "vac_1", None, vacancy("vac_1")),
        history.event(VACANCIES, "vac_1", vacancy("vac_1"), None),
        history.event(VACANCIES, "vac_1", None, None),
    ]
    states, counted = empty_states(4), Recount(PLACES)
    packed = Packed()
    Packer(PLACES, 4, GENERATION).pack(
        VACANCIES, 0, [Polled(offset, value) for offset, value in enumerate(values)], packed
    )
    assert packed.refused == []
    for compound in packed.rounds(str(GENERATION)):
        for bucket, record in compound:
            apply(states, bucket, record)
    for offset, value in enumerate(values):
        counted.add(VACANCIES, 0, offset, b"vac_1", value)
    assert buckets.merged(states.values()) == buckets.without_empty(counted.territories) == {}


def test_entries_of_one_event_are_never_cut() -> None:
    move = Move({"": {"x": 1}})
    entries = Entries()
    for sequence in range(50):
        for part in range(1 + sequence % 3):
            entries.add(sequence, str(part), move)
    portions = [portion["s"] for portion in packing.parts({"s": entries}, 7)]
    assert [sequence for portion in portions for sequence in portion.sequences] == entries.sequences
    assert [territory for portion in portions for territory in portion.territories] == entries.territories
    assert len(portions) > 3
    for left, right in pairwise(portions):
        assert left.sequences[-1] < right.sequences[0]


@given(sequences=st.lists(st.integers(0, 9)).map(sorted), guard=st.integers(-1, 10))
def test_what_is_beyond_the_guard_is_every_entry_after_it(sequences: list[int], guard: int) -> None:
    entries = Entries()
    for number, sequence in enumerate(sequences):
        entries.add(sequence, str(number), Move({}))
    assert entries.beyond(guard).territories == [str(n) for n, sequence in enumerate(sequences) if sequence > guard]


def test_a_round_has_each_bucket_once() -> None:
    packed = Packed()
    logs = partitions(list(History(3).records(200)), 2)
    for (topic, partition), records in logs.items():
        polled = [Polled(offset, record.value) for offset, record in enumerate(records)]
        Packer(PLACES, 4, GENERATION).pack(topic, partition, polled, packed)
    rounds = packed.rounds(str(GENERATION), 5)
    assert len(rounds) > 1
    for compound in rounds:
        named = [bucket for bucket, _ in compound]
        assert len(named) == len(set(named))


def test_a_record_of_heavy_moves_stays_below_the_brokers_limit() -> None:
    packed = Packed()
    for number in range(6_000):
        heavy = Move({"": {f"counter_{number}_{one}": -1 for one in range(20)}})
        packed.of(3, "offers-0").add(10**15 + number, AURILLAC, heavy)
    records = [record for compound in packed.rounds(str(GENERATION)) for _, record in compound]
    assert sum(record.size for record in records) == 6_000
    assert max(len(buckets.encode(record)) for record in records) < 1_000_000


def test_an_unreadable_record_is_refused_and_marks_the_state_once() -> None:
    states, packer = empty_states(4), Packer(PLACES, 4, GENERATION)
    for _ in range(2):
        packed = Packed()
        packer.pack(VACANCIES, 0, [Polled(7, b"{not json"), Polled(8, None)], packed)
        assert [refused.record.offset for refused in packed.refused] == [7]
        for compound in packed.rounds(str(GENERATION)):
            for bucket, record in compound:
                apply(states, bucket, record)
    assert buckets.merged(states.values()) == {SUSPECT: {VACANCIES: 1}}


def test_a_recount_keeps_the_highest_version_and_not_the_last_one() -> None:
    history = History(1)
    first = history.event(VACANCIES, "vac_1", None, vacancy("vac_1"))
    second = history.event(VACANCIES, "vac_1", vacancy("vac_1"), vacancy("vac_1", commune="75056"))
    counted = Recount(PLACES)
    for offset, value in enumerate((second, first, second)):
        counted.add(VACANCIES, 0, offset, b"vac_1", value)
    assert counted.repeated == 2
    assert buckets.without_empty(counted.territories).keys() == {PLACES.of_commune("75056")}


def test_an_unreadable_record_stays_in_doubt_until_a_newer_version_of_its_key() -> None:
    history = History(1)
    value = history.event(VACANCIES, "vac_1", None, vacancy("vac_1"))
    newer = history.event(VACANCIES, "vac_1", vacancy("vac_1"), vacancy("vac_1", floor=3))
    counted = Recount(PLACES)
    counted.add(VACANCIES, 0, 0, b"vac_1", value)
    counted.add(VACANCIES, 0, 1, b"vac_1", b"{")
    assert [(one.topic, one.offset) for one in counted.unreadable] == [(VACANCIES, 1)]
    assert counted.content.territories[SUSPECT] == {VACANCIES: 1}
    counted.add(VACANCIES, 0, 2, b"vac_1", value)
    assert counted.unreadable, "the same version again says nothing new"
    counted.add(VACANCIES, 0, 3, b"vac_1", newer)
    assert counted.unreadable == []
    assert SUSPECT not in counted.content.territories


def test_a_rebuilt_content_drops_what_it_contains_already() -> None:
    logs = partitions(list(History(5).records(150)), 2)
    counted = recounted(logs)
    states: dict[int, BucketState] = {}
    for bucket, content in enumerate(buckets.split(counted.content, counted_codes(), 8)):
        record = CompoundRecord(str(GENERATION), content=content)
        states[bucket], changed = buckets.replaced(record, 40, None)
        assert changed == set(content.territories)
    packer = Packer(PLACES, 8, GENERATION)
    for (topic, partition), records in logs.items():
        packed = Packed()
        packer.pack(topic, partition, [Polled(at, record.value) for at, record in enumerate(records)], packed)
        for compound in packed.rounds(str(GENERATION)):
            for bucket, again in compound:
                apply(states, bucket, again)
    assert buckets.merged(states.values()) == buckets.without_empty(counted.territories)


def test_a_content_names_every_code_so_that_nothing_former_remains() -> None:
    contents = buckets.split(Content({AURILLAC: {"open_vacancies": 3}}, {"vacancies-0": 9}), counted_codes(), 16)
    named = [code for content in contents for code in content.territories]
    assert sorted(named) == sorted(counted_codes())
    former: BucketState = {"g": "x-0", "p": 3, "s": {}, "t": {"gone": {"open_vacancies": 1}}}
    state, changed = buckets.replaced(CompoundRecord(str(GENERATION), content=contents[0]), 9, former)
    assert "gone" in changed
    assert "gone" not in state["t"]
    assert state["s"] == {"vacancies-0": 9}


def _columns(where: str, columns: str, what: str = '[{"":{"c":1}}]') -> bytes:
    return f'{{"g":"x","where":{where},"what":{what},"by_source":{{"s":{columns}}}}}'.encode()


def test_columns_that_fit_are_read() -> None:
    assert buckets.decode(_columns('["t"]', "[[1,1,2],[0,0,0],[0,0,0]]")).size == 3


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"[]",
        b'{"g":1}',
        b"\xff",
        _columns('["t"]', "[[1],[0],[0]]", what='[{"":{"c":"1"}}]'),
        _columns('["t"]', "[[1],[0],[0]]", what='[{"c":1}]'),
        _columns('["t"]', "[[1],[1],[0]]"),  # no such territory
        _columns('["t"]', "[[1],[0],[1]]"),  # no such move
        _columns('["t"]', "[[2,1],[0,0],[0,0]]"),  # the guard goes by order
        _columns('["t"]', "[[1],[-1],[0]]"),
        _columns('["t"]', "[[1,2],[0],[0]]"),
        _columns('["t"]', "[[1],[0]]"),
    ],
)
def test_a_record_that_is_not_compound_is_refused_whole(value: bytes | None) -> None:
    with pytest.raises(CompoundInvalid):
        buckets.decode(value)


def test_entries_come_back_as_they_were_and_stand_once_where_they_are_shared() -> None:
    shared = Move({"": {"open_offers": 1}, "/F": {"F1703": 1}})
    first, second = Entries(), Entries()
    for sequence, territory, move in ((7, "A", shared), (9, "A", shared), (12, "B", Move({"": {"open_offers": -1}}))):
        first.add(sequence, territory, move)
    second.add(8, "A", shared)
    value = buckets.encode(CompoundRecord(str(GENERATION), {"offers-0": first, "offers-1": second}))
    found = buckets.decode(value)
    assert (found.g, found.content, found.size) == (str(GENERATION), None, 4)
    for source, entries in (("offers-0", first), ("offers-1", second)):
        assert found.e[source].sequences == entries.sequences
        assert found.e[source].territories == entries.territories
        assert [move.by_suffix for move in found.e[source].moves] == [move.by_suffix for move in entries.moves]
    assert value.count(b"open_offers") == 2


def test_a_worker_of_a_former_format_finds_no_entry_to_misread_only_another_generation() -> None:
    entries = Entries([1], ["A"], [Move({"": {"c": 1}})])
    record = msgspec.json.decode(buckets.encode(CompoundRecord("digest-epoch", {"offers-0": entries})))
    assert record["g"] == "digest-epoch"
    assert not record.keys() & {"e", "places", "moves", "columns", "content"}


def test_everything_below_a_territory_is_in_its_bucket() -> None:
    assert {buckets.bucket_of(place, 97) for place in (AURILLAC, f"{AURILLAC}/F", f"{AURILLAC}/M")} == {
        buckets.bucket_of(AURILLAC, 97)
    }
