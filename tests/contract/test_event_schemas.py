"""Events keep the shape that readers know: the schemas in event_schemas/ are those that have been published.

No command writes that folder. An optional field that was added is copied there by hand, once it is released; anything else
that fails here needs a new event type.
"""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared.clock import utc_now
from shared.events import EVENT_TYPES, Change, Commitment, CommitmentStatus, encode, new_event, with_sequence
from shared.schemas import incompatibilities, schema_of

PUBLISHED = Path(__file__).with_name("event_schemas")


def published(topic: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((PUBLISHED / Path(EVENT_TYPES[topic][1]).name).read_text(encoding="utf-8"))
    return schema


@pytest.mark.parametrize("topic", EVENT_TYPES)
def test_events_go_together_with_what_has_been_published(topic: str) -> None:
    assert incompatibilities(published(topic), schema_of(topic)) == []


def test_every_published_schema_is_still_one_of_ours() -> None:
    assert {path.name for path in PUBLISHED.iterdir()} == {
        Path(identifier).name for _, identifier, _ in EVENT_TYPES.values()
    }


@pytest.mark.parametrize("topic", EVENT_TYPES)
def test_a_schema_is_valid_and_named_as_its_events_say(topic: str) -> None:
    schema = schema_of(topic)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == EVENT_TYPES[topic][1]


def test_an_event_that_is_published_is_valid_by_its_schema_and_another_is_not() -> None:
    commitment = Commitment("emile", "241500230", CommitmentStatus.OPEN, "org_1", "2026-11-23T09:00:00.000Z")
    event = new_event("territories", "emile:241500230", Change(1, None, commitment), source="/ingest", at=utc_now())
    record = json.loads(with_sequence(encode(event), 12))
    validator = Draft202012Validator(schema_of("territories"))
    validator.validate(record)
    record["data"]["after"]["status"] = "ajar"
    assert not validator.is_valid(record)


def _vacancy(schema: dict[str, Any]) -> dict[str, Any]:
    vacancy: dict[str, Any] = schema["$defs"]["Vacancy"]
    return vacancy


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda s: _vacancy(s)["properties"].pop("floor"), "Vacancy.floor: removed"),
        (lambda s: _vacancy(s)["properties"]["surface_m2"].update(type="string"), "Vacancy.surface_m2: "),
        (lambda s: _vacancy(s)["required"].append("dpe"), "Vacancy.dpe: became required"),
        (lambda s: _vacancy(s)["required"].remove("commune"), "Vacancy.commune: is no longer required"),
        (lambda s: s["$defs"]["Dpe"]["enum"].append("H"), "Dpe: "),
        (lambda s: s["$defs"]["Dpe"]["enum"].remove("G"), "Dpe: "),
        (lambda s: s["$defs"].pop("Tenure"), "Tenure: no longer defined"),
        (lambda s: s["properties"]["type"].update(const="fr.ancrage.vacancy.v2"), "type: "),
    ],
)
def test_an_incompatible_change_is_noticed(change: Callable[[dict[str, Any]], object], told: str) -> None:
    old = schema_of("vacancies")
    new = copy.deepcopy(old)
    change(new)
    assert [reason for reason in incompatibilities(old, new) if reason.startswith(told)]


def test_words_and_optional_fields_may_change() -> None:
    old = schema_of("vacancies")
    new = copy.deepcopy(old)
    _vacancy(new)["description"] = "other words"
    _vacancy(new)["properties"]["balcony"] = {"anyOf": [{"type": "boolean"}, {"type": "null"}], "default": None}
    new["$defs"]["Dpe"]["enum"].reverse()
    assert incompatibilities(old, new) == []
