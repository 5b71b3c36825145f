"""Live events: what a stream shows, and its ids ("<seq>-0", as Redis Streams names them)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from services.notify.core.audience import Audience
from services.notify.core.occurrences import Occurrence

_ID: Final = re.compile(r"([0-9]{1,18})(?:-0)?")
FORGOTTEN: Final = "forgotten"  # an erased event keeps its number, so that numbers have no gap


@dataclass(frozen=True)
class LiveDraft:
    """A live event that has no number yet."""

    type: str
    subject: str | None
    territory: str | None
    payload: str
    audience: Audience


@dataclass(frozen=True)
class LiveEvent:
    """A numbered live event. Numbers are consecutive: a reader that sees a gap knows that it missed something."""

    seq: int
    draft: LiveDraft

    @property
    def id(self) -> str:
        return format_id(self.seq)


def format_id(seq: int) -> str:
    """The SSE id of a number."""
    return f"{seq}-0"


def parse_id(text: str) -> int | None:
    """The number in a Last-Event-ID, None where it is none of ours."""
    match = _ID.fullmatch(text.strip())
    return int(match.group(1)) if match else None


def coalesce(occurrences: Iterable[Occurrence]) -> list[LiveDraft]:
    """Live events of one batch, in order of first appearance.

    Placements stay one by one. Vacancies of the same landlord, territory and type become one event with a `count` and no
    id, and of a territory's scores the last alone is kept: a bulk import must not flood screens that need no more.
    """
    groups: dict[tuple[Any, ...], list[Occurrence]] = {}
    for number, occurrence in enumerate(occurrences):
        match occurrence.type.partition(".")[0]:
            case "vacancy":
                name: tuple[Any, ...] = (occurrence.type, occurrence.audience)
            case "territory":
                name = (occurrence.type, occurrence.subject)
            case _:
                name = (number,)
        groups.setdefault(name, []).append(occurrence)
    return [_draft(group) for group in groups.values()]


def _draft(group: list[Occurrence]) -> LiveDraft:
    last = group[-1]
    several = len(group) > 1 and last.type.startswith("vacancy.")
    shown = (
        replace(last, data={"territory": last.territory}).live_payload(count=len(group))
        if several
        else last.live_payload()
    )
    return LiveDraft(last.type, None if several else last.subject, last.territory, shown, last.audience)
