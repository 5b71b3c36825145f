"""What people type into forms, as the JSON of the APIs; and what APIs refuse, beside the field it is about. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

_SPACES: Final = re.compile(r"[\s\u00a0\u202f]+")
_CODE_AT_END: Final = re.compile(r"\(([0-9A-Z]{2,9})\)\s*$")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")


class Kind(StrEnum):
    """How a text becomes a value."""

    TEXT = "text"
    WHOLE = "whole"
    DECIMAL = "decimal"
    DAY = "day"
    CHOICE = "choice"
    YES_NO = "yes_no"  # "", "yes" or "no": unknown is a third answer
    PLACE = "place"  # a name or a code
    SEVERAL = "several"  # several names or codes
    TICKS = "ticks"


@dataclass(frozen=True)
class Field:
    """A field of a form. `label` and `hint` are message keys; `unit` is said by its
    label where it has one; `family` names the labels of the codes in `choices`;
    `suggests` names what is suggested while typing; `rows` how many lines a SEVERAL has."""

    name: str
    kind: Kind
    label: str
    required: bool = False
    hint: str | None = None
    unit: str | None = None
    family: str | None = None
    choices: tuple[str, ...] = ()
    suggests: str | None = None
    rows: int = 1


@dataclass(frozen=True)
class Issue:
    """What is wrong with a field: a message (a key with values, or the API's own words), the value, the remedy."""

    message: str
    is_key: bool = False
    value: str | None = None
    remedy: str | None = None


@dataclass
class Entry:
    """A form as read: the texts to show again, the body to send, the issues by field ("" is about the whole)."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    issues: dict[str, list[Issue]] = field(default_factory=dict)

    def add(self, name: str, issue: Issue) -> None:
        self.issues.setdefault(name, []).append(issue)

    def text(self, name: str) -> str:
        """The first text of a field."""
        return next(iter(self.texts.get(name, ())), "")


Resolve = Callable[[str, str], tuple[str | None, str | None]]


def read(fields: Iterable[Field], texts_of: Callable[[str], Sequence[str]], resolve: Resolve) -> Entry:
    """The entry of a form. An empty field is unknown and left out of the body.

    `resolve(what, text)` gives the code of a name (None: no single one) and a remedy in words.
    """
    entry = Entry()
    for one in fields:
        texts = [text.strip() for text in texts_of(one.name)]
        entry.texts[one.name] = texts
        given = [text for text in texts if text]
        if not given:
            if one.required:
                entry.add(one.name, Issue("entry.required", is_key=True))
            continue
        if one.kind is Kind.TICKS:
            entry.body[one.name] = given
        elif one.kind is Kind.SEVERAL:
            codes = [code for text in given if (code := _resolved(one, text, resolve, entry)) is not None]
            entry.body[one.name] = list(dict.fromkeys(codes))
        else:
            value = _value(one, given[0], resolve, entry)
            if value is not None:
                entry.body[one.name] = value
    return entry


def _value(one: Field, text: str, resolve: Resolve, entry: Entry) -> Any:
    match one.kind:
        case Kind.WHOLE | Kind.DECIMAL:
            return _figure(one, text, entry)
        case Kind.YES_NO:
            return {"yes": True, "no": False}.get(text)
        case Kind.PLACE:
            return _resolved(one, text, resolve, entry)
        case Kind.CHOICE if one.choices and text not in one.choices:
            entry.add(one.name, Issue("form.unexpected", is_key=True, value=text))
            return None
        case _:
            return text


def _figure(one: Field, text: str, entry: Entry) -> int | float | None:
    plain = _SPACES.sub("", text).replace(",", ".").removesuffix("€").removesuffix("m²")
    if not _NUMBER.fullmatch(plain) or (one.kind is Kind.WHOLE and "." in plain):
        key = "entry.whole" if one.kind is Kind.WHOLE else "entry.number"
        entry.add(one.name, Issue(key, is_key=True, value=text))
        return None
    return int(plain) if "." not in plain else float(plain)


def _resolved(one: Field, text: str, resolve: Resolve, entry: Entry) -> str | None:
    """The code of a suggestion as chosen, "Aurillac (15014)", or of a code or name as typed."""
    at_end = _CODE_AT_END.search(text)
    code, remedy = resolve(one.suggests or "", at_end[1] if at_end else text)
    if code is None:
        entry.add(one.name, Issue("entry.unknown_name", is_key=True, value=text, remedy=remedy))
    return code


def add_problem(entry: Entry, fields: Iterable[Field], errors: Iterable[Mapping[str, Any]], detail: str | None) -> None:
    """Puts an API's errors beside the fields they name ("rome.0" is about rome); the rest above the form."""
    names = {one.name for one in fields}
    found = False
    for error in errors:
        found = True
        name = str(error.get("field", "")).partition(".")[0]
        value = error.get("value")
        issue = Issue(
            message=str(error.get("message") or detail or "form.unexpected"),
            is_key=not (error.get("message") or detail),
            value=None if value is None else str(value),
            remedy=error.get("remedy"),
        )
        entry.add(name if name in names else "", issue)
    if not found:
        entry.add("", Issue(detail or "form.unexpected", is_key=detail is None))


def filled(fields: Iterable[Field], state: Mapping[str, Any], named: Callable[[str, str], str]) -> Entry:
    """The entry of a form that changes something that exists. `named(what, code)` gives "name (code)"."""
    entry = Entry()
    for one in fields:
        value = state.get(one.name)
        entry.texts[one.name] = [_shown(one, part, named) for part in (value if isinstance(value, list) else [value])]
    return entry


def _shown(one: Field, value: Any, named: Callable[[str, str], str]) -> str:
    if value is None:
        return ""
    if one.suggests:
        return named(one.suggests, str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}".replace(".", ",")
    return str(value)
