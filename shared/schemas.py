"""JSON Schemas of the events, and what makes a new one incompatible with an old one.

Records stay on compacted topics for years and readers are deployed one by one: a reader of either schema must read
records of both. So a field may be added if it is optional; everything else needs a new event type (v2) beside the old one.
"""

from typing import Any, Final

import msgspec

from shared.events import EVENT_TYPES, Event

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def schema_of(topic: str) -> Schema:
    """The schema of a topic's records. `$id` is the `dataschema` that its events carry. Raises KeyError."""
    kind, identifier, value = EVENT_TYPES[topic]
    # Through JSON, so that it equals what is read from a file: a default of () is [].
    made: Schema = msgspec.json.decode(msgspec.json.encode(msgspec.json.schema(Event[value])))  # type: ignore[valid-type]
    envelope = made["$defs"].pop(made.pop("$ref").rpartition("/")[2])
    envelope["properties"]["type"] = {"const": kind}
    return {"$schema": DIALECT, "$id": identifier, **envelope, "title": kind, "$defs": made["$defs"]}


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """Why readers or records of `old` and `new` do not go together; empty where they do."""
    found = [
        *_differences("", _body(old), _body(new)),
        *(f"{name}: no longer defined" for name in sorted(old["$defs"].keys() - new["$defs"].keys())),
    ]
    for name in sorted(old["$defs"].keys() & new["$defs"].keys()):
        found += _differences(f"{name}.", old["$defs"][name], new["$defs"][name])
    return found


def _body(schema: Schema) -> Schema:
    return {name: value for name, value in schema.items() if name != "$defs"}


def _differences(place: str, old: Schema, new: Schema) -> list[str]:
    found: list[str] = []
    before, after = old.get("properties", {}), new.get("properties", {})
    found += [f"{place}{name}: removed" for name in before if name not in after]
    found += [
        f"{place}{name}: {_shown(before[name])} became {_shown(after[name])}"
        for name in before
        if name in after and _shape(before[name]) != _shape(after[name])
    ]
    required, now_required = set(old.get("required", ())), set(new.get("required", ()))
    found += [f"{place}{name}: became required" for name in sorted(now_required - required)]
    found += [f"{place}{name}: is no longer required" for name in sorted(required - now_required)]
    if _shape({name: value for name, value in old.items() if name not in _FIELDS}) != _shape(
        {name: value for name, value in new.items() if name not in _FIELDS}
    ):
        found.append(f"{place.rstrip('.') or 'the record'}: {_shown(old)} became {_shown(new)}")
    return found


_FIELDS: Final = frozenset({"properties", "required"})
_WORDS: Final = frozenset({"title", "description"})


def _shape(schema: Any) -> Any:
    """The schema without words, enumerations in one order."""
    if isinstance(schema, dict):
        return {
            name: sorted(value, key=str) if name == "enum" else _shape(value)
            for name, value in schema.items()
            if name not in _WORDS
        }
    return [_shape(item) for item in schema] if isinstance(schema, list) else schema


def _shown(schema: Schema) -> str:
    words = {name: value for name, value in schema.items() if name not in _FIELDS | _WORDS}
    return msgspec.json.encode(words).decode()[:200]
