"""What a host territory has declared, and what of it holds on a day. Pure.

A declaration is the full set of a territory's commitments from a day on. The one that holds on a day is the last to begin
by then; of two that begin on one day, the one observed later. So declarations may arrive in any order, and one that is
announced for a later day changes nothing before it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import msgspec

from services.ingest.core.dates import start_of_day
from shared.events import ClosedFor, Closure, Commitment, CommitmentStatus

Content = Mapping[str, Any]
DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Declaration:
    """One full set, as declared. `commitments` are contents of commitments, one a programme, without what ingest adds."""

    effective_from: date
    observed_at: datetime
    digest: bytes
    organisation: str
    commitments: tuple[Content, ...]

    @property
    def order(self) -> tuple[date, datetime, bytes]:
        return self.effective_from, self.observed_at, self.digest


@dataclass(frozen=True)
class OnDay:
    """The commitments of a territory on a day, by programme, and the instant at which a date alone changes them.

    `observed_at` is that of the declaration that holds; None where there is none.
    """

    commitments: dict[str, Commitment]
    changes_at: datetime | None
    observed_at: datetime | None = None


def holding(declarations: Iterable[Declaration], day: date) -> Declaration | None:
    """The declaration that holds on a day; None before the first."""
    begun = [one for one in declarations if one.effective_from <= day]
    return max(begun, key=lambda one: one.order, default=None)


def announced(declarations: Iterable[Declaration], day: date) -> list[Declaration]:
    """What will hold later and does not yet, one a day of beginning, soonest first."""
    by_day: dict[date, Declaration] = {}
    for one in declarations:
        known = by_day.get(one.effective_from)
        if one.effective_from > day and (known is None or one.order > known.order):
            by_day[one.effective_from] = one
    return [by_day[begin] for begin in sorted(by_day)]


def on_day(code: str, declarations: Sequence[Declaration], day: date) -> OnDay:
    """What a territory commits to on a day, each with the status it has then."""
    found = holding(declarations, day)
    coming = announced(declarations, day)
    changes = [coming[0].effective_from] if coming else []
    commitments: dict[str, Commitment] = {}
    for content in found.commitments if found else ():
        assert found is not None  # noqa: S101 - there is content
        state = msgspec.convert(
            {
                "status": CommitmentStatus.OPEN.value,
                **content,
                "code": code,
                "organisation": found.organisation,
                "observed_at": _instant(found.observed_at),
            },
            Commitment,
        )
        commitments[state.programme], following = dated(state, day)
        if following is not None:
            changes.append(following)
    return OnDay(commitments, start_of_day(min(changes)) if changes else None, found.observed_at if found else None)


def dated(declared: Commitment, day: date) -> tuple[Commitment, date | None]:
    """A commitment with the status it has on a day, and the day on which a date alone changes it (None: never)."""
    begins = _day(declared.valid_from)
    ends = _day(declared.valid_until)
    last = ends + DAY if ends else None
    if declared.status is CommitmentStatus.CLOSED:
        return declared, None
    if last is not None and day >= last:
        return _with(declared, CommitmentStatus.CLOSED, ClosedFor.EXPIRED, None), None
    if begins is not None and day < begins:
        return _with(declared, CommitmentStatus.CLOSED, ClosedFor.NOT_YET_VALID, begins), begins
    if declared.status is CommitmentStatus.PAUSED:
        return _with(declared, CommitmentStatus.PAUSED, declared.reason, last), last
    periods = closures_around(declared.calendar, day)
    covering = [one for one in periods if one[0] <= day <= one[1]]
    if covering:
        _, until, reason = max(covering, key=lambda one: (one[1], one[0]))
        for first, end, _ in periods:  # in the order of their beginning: periods that touch are one pause
            until = max(until, end) if first <= until + DAY else until
        resumes = min(until + DAY, last) if last else until + DAY
        following = min([resumes, *(first for first, _, _ in periods if day < first < resumes)])
        return _with(declared, CommitmentStatus.PAUSED, reason, resumes), following
    starts = [first for first, _, _ in periods if first > day]
    changes = [*starts, *([last] if last else [])]
    following_day = min(changes) if changes else None
    return _with(declared, CommitmentStatus.OPEN, None, following_day), following_day


def closures_around(calendar: Iterable[Closure], day: date) -> list[tuple[date, date, ClosedFor]]:
    """Closed periods that matter on a day, as they begin: of the yearly ones the years before, of and after it."""
    found: list[tuple[date, date, ClosedFor]] = []
    for one in calendar:
        first, last = date.fromisoformat(one.first_day), date.fromisoformat(one.last_day)
        if not one.yearly:
            found.append((first, last, one.reason))
            continue
        for year in sorted({day.year - 1, day.year, day.year + 1, max(first.year, day.year + 1)}):
            if year >= first.year:
                begin = _in_year(first, year)
                found.append((begin, begin + (last - first), one.reason))
    return sorted(found)


def overlaps(
    code: str, of_codes: Mapping[str, Sequence[Declaration]], since: date
) -> tuple[str, Commitment, str, date] | None:
    """The first territory that two named sets of a programme would share from a day on, one of them of `code`.

    Returns (territory, the other's commitment, the other's code, the day). A département without an area is no named set:
    it stands for what belongs to none.
    """
    for day in _turns(of_codes, since):
        own = claimed(on_day(code, of_codes[code], day))
        for other in sorted(of_codes.keys() - {code}):
            held = on_day(other, of_codes[other], day)
            for territory, programme in sorted(own & claimed(held)):
                return territory, held.commitments[programme], other, day
    return None


def claimed(held: OnDay) -> set[tuple[str, str]]:
    """(territory, programme) of the named sets, closed ones aside: they keep nobody else from committing."""
    return {
        (territory, one.programme)
        for one in held.commitments.values()
        if one.status is not CommitmentStatus.CLOSED
        for territory in area_of(one)
    }


def _turns(of_codes: Mapping[str, Sequence[Declaration]], since: date) -> list[date]:
    """The days, from `since` on, on which something begins: a declaration or the validity of a commitment."""
    declarations = [one for timeline in of_codes.values() for one in timeline]
    validities = [
        begin for one in declarations for content in one.commitments if (begin := _day(content.get("valid_from")))
    ]
    return sorted(
        {since, *(day for day in (*(one.effective_from for one in declarations), *validities) if day > since)}
    )


def area_of(commitment: Commitment) -> tuple[str, ...]:
    """The territories of a named set; empty for a département without an area."""
    return commitment.area or ((commitment.code,) if len(commitment.code) > 3 else ())


def same_content(one: Commitment | None, other: Commitment | None) -> bool:
    """Whether two states tell the same, whenever they were observed."""
    if one is None or other is None:
        return one is other
    return msgspec.structs.replace(one, observed_at=other.observed_at) == other


def _with(
    declared: Commitment, status: CommitmentStatus, reason: ClosedFor | None, following: date | None
) -> Commitment:
    until = (following - DAY).isoformat() if following else None
    return msgspec.structs.replace(declared, status=status, reason=reason, status_until=until)


def _instant(moment: datetime) -> str:
    """RFC 3339 with milliseconds and Z, as events carry it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _in_year(day: date, year: int) -> date:
    """The same day of another year; 29 February becomes the 28th where there is none."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
