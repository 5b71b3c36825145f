"""The forms of preferences, as the JSON of notify: what is left to the organisation, or the platform, is left out."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

KINDS: Final = ("proposal", "option_lost", "deadline", "outcome")
MODES: Final = ("immediate", "digest", "off")
MAIL: Final = ("yes", "no")
# What the organisation's form and the person's have in common.
_TEXTS: Final = ("digest_at", "language")


def wishes_of(form: Callable[[str], str]) -> dict[str, Any]:
    """The wishes that a form states; `form(name)` is the text of a field, "" for none."""
    body: dict[str, Any] = {name: value for name in _TEXTS if (value := form(name).strip())}
    if number := form("daily_maximum").strip():
        # What is no number is said by the API, beside its value.
        body["daily_maximum"] = int(number) if number.isascii() and number.isdecimal() else number
    for name in ("email", "working_days_only"):
        if form(name) in MAIL:
            body[name] = form(name) == "yes"
    modes = {kind: mode for kind in KINDS if (mode := form(f"alert_{kind}")) in MODES}
    if modes:
        body["alerts"] = modes
    start, end = form("quiet_start").strip(), form("quiet_end").strip()
    if start or end:
        body["quiet_hours"] = {"start": start, "end": end}
    return body


def own_body(form: Callable[[str], str], known: Mapping[str, Any]) -> dict[str, Any]:
    """The whole document of a person: the form's wishes, the delegation, and the muted types, which have no form here."""
    body = wishes_of(form) | {"muted_types": known["muted_types"]}
    if delegate := form("delegate"):
        body["delegation"] = {
            "delegate": delegate,
            "first_day": form("first_day"),
            "last_day": form("last_day"),
        }
    return body


def said(errors: Iterable[Mapping[str, Any]]) -> list[str]:
    """What the API refuses, in a sentence each."""
    found = []
    for error in errors:
        remedy = error.get("remedy")
        found.append(" ".join(str(part) for part in (error.get("message"), remedy if remedy != "–" else None) if part))
    return found
