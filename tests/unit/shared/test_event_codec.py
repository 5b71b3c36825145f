"""Events to bytes and back: nothing lost, nothing accepted that a consumer could not handle."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events import (
    EVENT_TYPES,
    LIVE_STEPS,
    Change,
    Commitment,
    Contract,
    Event,
    EventInvalid,
    Lineage,
    Offer,
    OfferSource,
    OfferStatus,
    Placement,
    Step,
    TerritoryCounters,
    TerritoryScore,
    Typology,
    Vacancy,
    VacancyStatus,
    decode,
    encode,
    encode_change,
    new_event,
    with_sequence,
)
from shared.ids import is_id

NOW = datetime(2026, 11, 23, 8, 54, 59, 120_000, UTC)
ENTITY_OF: dict[str, Any] = {"vacancies": Vacancy, "offers": Offer, "territories": Commitment, "placements": Placement}
STATE_OF: dict[str, Any] = {"territory-counters": TerritoryCounters, "territory-scores": TerritoryScore}
VACANCY = Vacancy(
    id="vac_1",
    landlord="org_1",
    reference="LOT-12",
    status=VacancyStatus.OPEN,
    commune="15014",
    typology=Typology.T3,
    surface_m2=62,
    rent_eur_per_month=410.5,
    available_from="2026-12-01",
    observed_at="2026-11-23T08:54:59.120Z",
)
OFFER = Offer("off_1", "org_2", "A1", OfferStatus.OPEN, "F1703", Contract.CDI, OfferSource("partner"), "2026-11-23")

st.register_type_strategy(int, st.integers(-(2**63), 2**63 - 1))
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


def states(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a struct type, each optional field sometimes absent."""
    fields = msgspec.structs.fields(kind)
    strategies = {
        field.encode_name: states(field.type) if isinstance(field.type, type(Vacancy)) else st.from_type(field.type)
        for field in fields
        if field.name != "contributions"
    }
    if kind is TerritoryScore:
        from shared.events import Contribution

        strategies["contributions"] = st.lists(states(Contribution), max_size=3).map(tuple)
    required = {name: strategies[name] for name in (f.name for f in fields if f.required)}
    optional = {name: one for name, one in strategies.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda values: kind(**values))


@st.composite
def changes(draw: st.DrawFn, kind: Any) -> Change[Any]:
    before = draw(st.none() | states(kind))
    after = draw(states(kind) if before is None else st.none() | states(kind))
    return Change(draw(st.integers(1, 2**31)), before, after, draw(st.none() | states(Lineage)))


@st.composite
def events(draw: st.DrawFn) -> tuple[str, Event[Any]]:
    topic = draw(st.sampled_from(sorted(EVENT_TYPES)))
    data = draw(changes(ENTITY_OF[topic]) if topic in ENTITY_OF else states(STATE_OF[topic]))
    return topic, new_event(topic, draw(st.text(max_size=40)), data, source="/test", at=NOW)


def vacancy_event(**replaced: Any) -> bytes:
    """A valid record of `vacancies`, with members of the envelope replaced."""
    event = new_event("vacancies", "vac_1", Change(1, None, VACANCY), source="/ingest", at=NOW)
    return json.dumps(json.loads(with_sequence(encode(event), 1)) | replaced).encode()


def test_the_types_of_these_tests_are_all_there_are() -> None:
    assert {*ENTITY_OF, *STATE_OF} == set(EVENT_TYPES)


@given(events(), st.integers(0, 10**18 - 1))
def test_an_event_survives_the_log_with_its_sequence(made: tuple[str, Event[Any]], sequence: int) -> None:
    topic, event = made
    read = decode(topic, with_sequence(encode(event), sequence))
    assert int(read.sequence) == sequence
    assert msgspec.structs.replace(read, sequence="") == event


@given(events())
def test_an_event_made_of_encoded_parts_is_the_same_bytes(made: tuple[str, Event[Any]]) -> None:
    topic, event = made
    if topic not in ENTITY_OF:
        return
    before, after, lineage = (
        None if part is None else msgspec.Raw(msgspec.json.encode(part))
        for part in (event.data.before, event.data.after, event.data.lineage)
    )
    assert encode_change(
        topic,
        event.subject,
        event.data.version,
        before,
        after,
        lineage,
        event_id=event.id,
        source=event.source,
        at=event.time,
    ) == encode(event)


@given(events())
def test_a_sequence_is_given_once(made: tuple[str, Event[Any]]) -> None:
    numbered = with_sequence(encode(made[1]), 4711)
    assert b'"sequence":"0000000000004711"' in numbered
    with pytest.raises(ValueError, match="already"):
        with_sequence(numbered, 4712)


def test_a_text_that_looks_like_an_empty_sequence_is_left_alone() -> None:
    tricky = msgspec.structs.replace(VACANCY, reference='x","sequence":"')
    event = new_event("vacancies", '"sequence":""', Change(1, None, tricky), source="/ingest", at=NOW)
    read = decode("vacancies", with_sequence(encode(event), 7))
    assert (read.sequence, read.subject, read.data.after.reference) == (f"{7:016d}", event.subject, tricky.reference)


@pytest.mark.parametrize("topic", sorted(EVENT_TYPES))
def test_a_new_event_is_a_cloudevent_of_its_topic(topic: str) -> None:
    event = new_event(topic, "subject", None, source="/ingest", at=NOW)
    kind, schema, _ = EVENT_TYPES[topic]
    assert (event.specversion, event.type, event.dataschema) == ("1.0", kind, schema)
    assert event.time == "2026-11-23T08:54:59.120Z"
    assert is_id(event.id, "evt")
    assert event.sequence == ""


def test_what_a_later_version_adds_is_ignored() -> None:
    body = json.loads(vacancy_event())
    body["traceparent"] = "00-x"
    body["data"]["cause"] = {"kind": "new"}
    body["data"]["after"]["garden_m2"] = 40
    assert decode("vacancies", json.dumps(body).encode()).data.after == VACANCY


def test_unknown_stays_unknown_and_is_not_written() -> None:
    encoded = encode(new_event("offers", "off_1", Change(1, None, OFFER), source="/ingest", at=NOW))
    assert b"openings" not in encoded
    assert decode("offers", with_sequence(encoded, 1)).data.after.openings is None


@pytest.mark.parametrize(
    ("replaced", "reason"),
    [
        ({"type": "fr.ancrage.offer.v1"}, r"'fr\.ancrage\.offer\.v1' does not belong on vacancies"),
        ({"specversion": "2.0"}, r"specversion '2\.0'"),
        ({"sequence": ""}, "needs a sequence"),
        ({"sequence": "abc"}, "sequence 'abc' is not a number"),
        ({"sequence": "-1"}, "sequence '-1' is not a number"),
        ({"sequence": "1" * 19}, "at most 18 digits"),  # beyond the bigint that guards
        ({"sequence": "²"}, "is not a number"),
        ({"subject": None}, r"\$\.subject"),
        ({"data": None}, r"\$\.data"),
        ({"data": {"version": 0, "before": None, "after": {}}}, "missing required field"),
        ({"data": {"version": 1, "before": None, "after": None}}, "a state before or after"),
        ({"data": {"version": "1", "before": None, "after": None}}, r"\$\.data\.version"),
    ],
)
def test_a_record_that_is_no_event_is_refused_with_what_is_wrong(replaced: dict[str, Any], reason: str) -> None:
    with pytest.raises(EventInvalid, match=reason):
        decode("vacancies", vacancy_event(**replaced))


@pytest.mark.parametrize(
    ("member", "value", "reason"),
    [
        ("status", "sold", r"sold.*\$\.data\.after\.status"),
        ("typology", "T9", r"T9.*\$\.data\.after\.typology"),
        ("surface_m2", "62", r"\$\.data\.after\.surface_m2"),
        ("commune", None, r"\$\.data\.after\.commune"),
    ],
)
def test_a_refused_state_names_its_member(member: str, value: Any, reason: str) -> None:
    body = json.loads(vacancy_event())
    body["data"]["after"][member] = value
    with pytest.raises(EventInvalid, match=reason):
        decode("vacancies", json.dumps(body).encode())


def test_a_version_below_one_is_refused() -> None:
    body = json.loads(vacancy_event())
    body["data"]["version"] = 0
    with pytest.raises(EventInvalid, match="version from 1"):
        decode("vacancies", json.dumps(body).encode())


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'{"specversion":"\\ud800"}',
        b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=["empty", "cut", "no UTF-8", "null", "list", "half a surrogate pair", "nested"],
)
def test_bytes_that_are_no_event_are_refused_and_never_end_the_consumer(value: bytes) -> None:
    with pytest.raises(EventInvalid, match="not an event of vacancies"):
        decode("vacancies", value)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_event_or_refused(value: bytes) -> None:
    with pytest.raises(EventInvalid):
        decode("placements", value)


def test_a_score_needs_no_sequence_but_not_a_wrong_one() -> None:
    score = TerritoryScore("241500230", "g1", 1, 54.2, 4, 0.8, {"jobs": None}, (), {}, "2026-11-23", "0")
    event = new_event("territory-scores", "241500230", score, source="/scoring", at=NOW)
    assert decode("territory-scores", encode(event)).data == score
    with pytest.raises(EventInvalid, match="is not a number"):
        decode("territory-scores", encode(msgspec.structs.replace(event, sequence="x")))


def test_a_dwelling_has_as_many_rooms_as_its_typology_says() -> None:
    assert [typology.rooms for typology in Typology] == [1, 2, 3, 4, 5, 6]


def test_a_placement_that_ended_is_not_live() -> None:
    assert set(Step) - LIVE_STEPS == {Step.COMPLETED, Step.REFUSED, Step.RELEASED}


@pytest.mark.parametrize("kind", [Vacancy, Offer, Commitment, Placement], ids=lambda kind: kind.__name__)
def test_no_entity_carries_what_could_name_a_household(kind: Any) -> None:
    forbidden = ("household", "name", "email", "phone", "income", "birth", "reason", "term", "note")
    of_a_territory = {"capacity_households", "name", "reason"} if kind is Commitment else set()  # the reason is a code
    names = {field.name for field in msgspec.structs.fields(kind)} - of_a_territory
    assert [name for name in names if any(word in name for word in forbidden)] == []
