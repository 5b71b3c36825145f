"""The form of a host territory's commitment: its fields, its calendar, its contacts, and what is declared with it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

from services.console.core.entry import Entry, Field, Issue, Kind, add_problem, filled, read
from shared.events import ClosedFor, CommitmentStatus, Period, Typology

CLOSURES: Final = 4
CONTACTS: Final = 2
SCHOOLS: Final = ("maternelle", "elementaire", "college", "lycee")
# What dates alone decide is never declared.
REASONS: Final = tuple(one.value for one in ClosedFor if one not in {ClosedFor.NOT_YET_VALID, ClosedFor.EXPIRED})
LOOK_OF_STATUS: Final = {"open": "done", "paused": "wait", "closed": "off"}
EFFECTIVE_FROM: Final = Field("effective_from", Kind.DAY, "hosting.effective_from", hint="hosting.effective_from_hint")
FIELDS: Final = (
    Field(
        "status",
        Kind.CHOICE,
        "hosting.status",
        required=True,
        family="commitment",
        choices=tuple(one.value for one in CommitmentStatus),
    ),
    Field("reason", Kind.CHOICE, "hosting.reason", hint="hosting.reason_hint", family="closed_for", choices=REASONS),
    Field("capacity_households", Kind.WHOLE, "hosting.capacity_households"),
    Field("capacity_persons", Kind.WHOLE, "hosting.capacity_persons"),
    Field(
        "period",
        Kind.CHOICE,
        "hosting.period",
        required=True,
        family="period",
        choices=tuple(one.value for one in Period),
    ),
    Field("name", Kind.TEXT, "hosting.name", hint="hosting.name_hint"),
    Field("area", Kind.SEVERAL, "hosting.area", hint="hosting.area_hint", suggests="territories", rows=4),
    Field("needs_rome", Kind.SEVERAL, "hosting.needs_rome", suggests="occupations", rows=4),
    Field(
        "needs_typologies",
        Kind.TICKS,
        "hosting.needs_typologies",
        family="typology",
        choices=tuple(one.value for one in Typology),
    ),
    *(Field(f"school_{level}", Kind.WHOLE, f"hosting.school.{level}") for level in SCHOOLS),
    Field("valid_from", Kind.DAY, "hosting.valid_from"),
    Field("valid_until", Kind.DAY, "hosting.valid_until"),
    EFFECTIVE_FROM,
)
_ROW_FIELDS: Final = ("first_day", "last_day", "closure_reason", "yearly")
_CONTACT_FIELDS: Final = ("contact_name", "contact_function", "contact_email", "contact_phone")

TextsOf = Callable[[str], Sequence[str]]


def entered(texts_of: TextsOf, resolve: Any) -> Entry:
    """The entry of the form; its body is a commitment as the API takes it, and `effective_from` beside."""
    entry = read(FIELDS, texts_of, resolve)
    places = {level: entry.body.pop(f"school_{level}") for level in SCHOOLS if f"school_{level}" in entry.body}
    if places:
        entry.body["needs_school_places"] = places
    if entry.body.get("status") == CommitmentStatus.OPEN.value:
        entry.body.pop("reason", None)
    closures = _rows(texts_of, entry, _ROW_FIELDS)
    entry.body["calendar"] = [
        {"first_day": first, "last_day": last or first, "reason": reason or "other", "yearly": yearly == "yes"}
        for first, last, reason, yearly in closures
    ]
    for first, last, _, _ in closures:
        if not first:
            entry.add("calendar", Issue("hosting.closure_without_day", is_key=True, value=last))
    contacts = _rows(texts_of, entry, _CONTACT_FIELDS)
    entry.body["contacts"] = [
        {name: value for name, value in zip(("name", "function", "email", "phone"), row, strict=True) if value}
        for row in contacts
    ]
    for row in contacts:
        if not row[0]:
            entry.add("contacts", Issue("hosting.contact_without_name", is_key=True, value=" ".join(row).strip()))
    return entry


def shown(declared: Mapping[str, Any], contacts: Iterable[Mapping[str, Any]], named: Any) -> Entry:
    """The entry of a form that changes what is declared."""
    places = declared.get("needs_school_places") or {}
    state = {
        "status": "open",
        "period": "at_once",
        **declared,
        **{f"school_{level}": places.get(level) for level in SCHOOLS},
    }
    entry = filled(FIELDS, state, named)
    for closure in declared.get("calendar") or ():
        given = (closure["first_day"], closure["last_day"], closure["reason"], "yes" if closure.get("yearly") else "")
        for name, text in zip(_ROW_FIELDS, given, strict=True):
            entry.texts.setdefault(name, []).append(text)
    for one in contacts:
        for name, key in zip(_CONTACT_FIELDS, ("name", "function", "email", "phone"), strict=True):
            entry.texts.setdefault(name, []).append(str(one.get(key) or ""))
    return entry


def add_refusal(entry: Entry, errors: Iterable[Mapping[str, Any]], detail: str | None) -> None:
    """Puts what the API refuses beside the field of this form that it is about."""
    add_problem(
        entry, (*FIELDS, CALENDAR, CONTACT), [{**one, "field": _own(one.get("field"))} for one in errors], detail
    )


CALENDAR: Final = Field("calendar", Kind.DAY, "hosting.calendar")
CONTACT: Final = Field("contacts", Kind.TEXT, "hosting.contacts")


def _own(field: Any) -> str:
    parts = str(field or "").split(".")
    if parts[0] == "commitments":
        parts = parts[2:] or [""]
    if parts[0] == "needs_school_places" and len(parts) > 1:
        return f"school_{parts[1]}"
    return parts[0]


def _rows(texts_of: TextsOf, entry: Entry, names: Sequence[str]) -> list[tuple[str, ...]]:
    """The rows of a small table of fields in which anything was typed; keeps the texts to show them again."""
    columns = [[text.strip() for text in texts_of(name)] for name in names]
    entry.texts.update(zip(names, columns, strict=True))
    rows = list(zip_longest(*columns, fillvalue=""))
    asked = 2 if names is _ROW_FIELDS else len(names)  # of a closure its days alone say that there is one
    return [row for row in rows if any(row[:asked])]


def declared_on(history: Sequence[Mapping[str, Any]], day: str) -> list[dict[str, Any]]:
    """What a territory has declared that holds on a day, from its history (last first)."""
    for one in history:
        if str(one["effective_from"]) <= day:
            return [dict(commitment) for commitment in one["commitments"]]
    return []


def with_programme(
    declared: Sequence[Mapping[str, Any]], programme: str, commitment: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """The full set to declare: one programme's commitment put in place of what stood there (None: withdrawn)."""
    kept = [dict(one) for one in declared if one["programme"] != programme]
    return kept if commitment is None else [*kept, {**commitment, "programme": programme}]
