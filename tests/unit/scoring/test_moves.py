"""Moves are the deltas in another form, whatever is remembered; and counting reads what it needs of an event, no more."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.adapters.counting_places import counting_places
from services.scoring.core.buckets import Entries, apply_entries
from services.scoring.core.counted_events import CountedOffer, CountedVacancy, reader_of
from services.scoring.core.counters import Counters, add_into, deltas, shares
from services.scoring.core.generation import Generation
from services.scoring.core.moves import MAX_REPEATED, Move, Mover, MoveReader
from services.scoring.core.packing import Packed, Packer
from services.scoring.core.recompute import Recount
from shared.events import EventInvalid, Offer, Vacancy, decode
from shared.topics import OFFERS, VACANCIES
from tests.scoring_history import History, offer, vacancy

PLACES = counting_places()
amounts = st.dictionaries(st.sampled_from("abcdef"), st.integers(-9, 9).filter(bool), min_size=1, max_size=4)
by_suffixes = st.dictionaries(st.sampled_from(["", "/F", "/M"]), amounts, min_size=1, max_size=3)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), changes=st.integers(1, 250))
def test_moves_are_the_deltas_of_the_same_change_also_when_remembered(seed: int, changes: int) -> None:
    mover = Mover(PLACES)
    for record in History(seed).records(changes):
        if record.value is None:
            continue
        whole = decode(record.topic, record.value)
        read = reader_of(record.topic)(record.value)
        assert (read.subject, read.sequence, read.data.version) == (whole.subject, whole.sequence, whole.data.version)
        found: dict[str, Counters] = {}
        for territory, move in mover.for_topic(record.topic)(read.data):
            for suffix, counters in move.by_suffix.items():
                add_into(found.setdefault(territory + suffix, {}), counters)
        assert {place: one for place, one in found.items() if one} == dict(deltas(whole.data, PLACES))


@pytest.mark.parametrize(
    "state", [offer("off_1"), offer("off_1", openings=7), vacancy("vac_1"), vacancy("vac_1", unconfirmed_days=20)]
)
def test_what_counts_of_a_state_counts_as_the_whole_state_does(state: Offer | Vacancy) -> None:
    kind = CountedOffer if isinstance(state, Offer) else CountedVacancy
    assert shares(msgspec.convert(msgspec.to_builtins(state), kind), PLACES) == shares(state, PLACES)


@given(moved=st.lists(st.tuples(st.sampled_from("XY"), by_suffixes)))
def test_adding_many_at_once_is_adding_each(moved: list[tuple[str, dict[str, Counters]]]) -> None:
    entries, expected = Entries(), dict[str, Counters]()
    for number, (territory, by_suffix) in enumerate(moved):
        entries.add(number, territory, Move(by_suffix))
        for suffix, counters in by_suffix.items():
            add_into(expected.setdefault(territory + suffix, {}), counters)
    sequences: dict[str, int] = {}
    found: dict[str, Counters] = {}
    assert apply_entries(sequences, found, {"s": entries}) == expected.keys()
    assert found == expected
    assert apply_entries(sequences, found, {"s": entries}) == set(), "what came before changes nothing"
    assert found == expected


@given(by_suffix=by_suffixes)
def test_a_move_is_read_as_it_was_written(by_suffix: dict[str, Counters]) -> None:
    reader = MoveReader()
    move = reader.read(Move(by_suffix).encoded)
    assert move.by_suffix == by_suffix
    assert reader.read(Move(by_suffix).encoded) is move


def test_small_growth_names_its_counter_as_often_and_the_rest_stands_apart() -> None:
    move = Move({"": {"a": 2, "b": -1, "c": MAX_REPEATED + 1}})
    assert move.plain == (("", ("a", "a")),)
    assert move.other == (("", {"b": -1, "c": MAX_REPEATED + 1}),)


def altered(value: bytes, **fields: object) -> bytes:
    """The event with other fields in its state after."""
    event = json.loads(value)
    event["data"]["after"] |= fields
    return json.dumps(event).encode()


@pytest.mark.parametrize(
    ("topic", "fields"),
    [
        (VACANCIES, {"rent_eur_per_month": "412"}),
        (VACANCIES, {"typology": "T9"}),
        (VACANCIES, {"surface_m2": -3.0}),
        (VACANCIES, {"dpe": "H"}),
        (OFFERS, {"contract": "forever"}),
        (OFFERS, {"openings": 1.5}),
        (OFFERS, {"openings": 2_000_000}),
        (OFFERS, {"status": None}),
    ],
)
def test_packer_and_recount_refuse_what_cannot_be_counted(topic: str, fields: dict[str, object]) -> None:
    history = History(1)
    first = vacancy("id_1") if topic == VACANCIES else offer("id_1")
    value = altered(history.event(topic, "id_1", None, first), **fields)
    packed, counted = Packed(), Recount(PLACES)
    Packer(PLACES, 4, Generation("digest", "01EPOCH")).pack(topic, 0, [Polled(value)], packed)
    assert len(packed.refused) == 1
    assert counted.add(topic, 0, 0, b"id_1", value) is None
    assert [one.reason for one in counted.unreadable] == [packed.refused[0].reason]


@pytest.mark.parametrize(
    ("topic", "fields"), [(VACANCIES, {"floor": "high"}), (OFFERS, {"wage_eur_per_month": "much", "unheard_of": [1]})]
)
def test_packer_and_recount_do_not_mind_what_does_not_count(topic: str, fields: dict[str, object]) -> None:
    history = History(1)
    first = vacancy("id_1") if topic == VACANCIES else offer("id_1")
    value = altered(history.event(topic, "id_1", None, first), **fields)
    packed, counted = Packed(), Recount(PLACES)
    Packer(PLACES, 4, Generation("digest", "01EPOCH")).pack(topic, 0, [Polled(value)], packed)
    assert packed.refused == []
    assert counted.add(topic, 0, 0, b"id_1", value) is not None


@pytest.mark.parametrize(
    "fields",
    [
        {"specversion": "0.3"},
        {"type": "fr.ancrage.offer.v1"},
        {"sequence": ""},
        {"sequence": "12a"},
        {"sequence": "١٢"},
        {"sequence": "1" * 19},
        {"data": {"version": 0, "before": None, "after": None}},
        {"data": {"version": 1, "before": None, "after": None}},
        {"subject": None},
    ],
)
def test_an_event_is_refused_for_its_envelope_as_everywhere_else(fields: dict[str, object]) -> None:
    whole = json.loads(History(1).event(VACANCIES, "vac_1", None, vacancy("vac_1")))
    value = json.dumps(whole | fields).encode()
    with pytest.raises(EventInvalid):
        decode(VACANCIES, value)
    with pytest.raises(EventInvalid):
        reader_of(VACANCIES)(value)


class Polled:
    offset = 0

    def __init__(self, value: bytes) -> None:
        self.value = value
