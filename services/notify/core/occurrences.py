"""From events to occurrences: what happened, in thin words, and who may know.

A payload carries type, entity id, territory, step or status and times. Never a household, terms or reasons: details need
an authorised GET.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from services.notify.core.audience import Audience
from services.notify.core.event_types import (
    ENDPOINT_TEST,
    TERRITORY_SCORE,
    VACANCY_PUBLISHED,
    VACANCY_UPDATED,
    VACANCY_WITHDRAWN,
)
from shared.events import Change, Event, Placement, Step, TerritoryScore, Vacancy

# Before these, and in what ends there, a placement is the business of its caseworker's organisation alone.
_INTERNAL: Final = frozenset({Step.PROPOSED, Step.VERIFYING})
_NOT_TAKEN: Final = frozenset({Step.REFUSED, Step.RELEASED})
SHARED_STEPS: Final = frozenset(Step) - _INTERNAL - _NOT_TAKEN
_ENCODER: Final = msgspec.json.Encoder()

TerritoryOf = Callable[[str], str | None]


@dataclass(frozen=True)
class Occurrence:
    """Something to tell. `event_id` names the event it comes from: an endpoint is told once per event.

    `minimums`: for a score, the minimum changes at which this one counts; None for every other type.
    """

    type: str
    event_id: str
    subject: str
    territory: str | None
    time: str
    data: dict[str, Any]
    audience: Audience
    minimums: frozenset[float] | None = None

    def webhook_payload(self) -> str:
        """The JSON text that is signed and sent."""
        return webhook_payload(self.type, self.time, self.data)

    def live_payload(self, **more: Any) -> str:
        """The JSON text of the live stream: flat, with type and time."""
        return _ENCODER.encode({"type": self.type, "time": self.time, **self.data, **more}).decode()


def webhook_payload(kind: str, time: str, data: dict[str, Any]) -> str:
    """Standard Webhooks' recommended shape: type, timestamp of the occurrence, data."""
    return _ENCODER.encode({"type": kind, "timestamp": time, "data": data}).decode()


def of_test(endpoint: str, time: str) -> str:
    """The payload of a delivery that an owner asks for to try an endpoint."""
    return webhook_payload(ENDPOINT_TEST, time, {"endpoint": endpoint})


def is_shared(change: Change[Placement]) -> bool:
    """Whether this version takes the placement beyond its caseworker's organisation, for good."""
    return change.after is not None and change.after.step in SHARED_STEPS


def of_placement(event: Event[Change[Placement]], *, shared: bool) -> Occurrence | None:
    """A step reached; None where the step did not change or the placement was removed.

    `shared`: whether the placement has ever been approved. A refusal before that is not told outside.
    """
    before, after = event.data.before, event.data.after
    if after is None or (before is not None and before.step == after.step):
        return None
    outside = shared and after.step not in _INTERNAL
    data: dict[str, Any] = {"placement": after.id, "territory": after.territory, "step": after.step.value}
    if after.due_at is not None:
        data["due_at"] = after.due_at
    return Occurrence(
        type=f"placement.{after.step}",
        event_id=event.id,
        subject=after.id,
        territory=after.territory,
        time=event.time,
        data=data,
        audience=Audience(
            organisation=after.organisation,
            landlord=after.landlord if outside else None,
            territory=after.territory if outside else None,
        ),
    )


def of_vacancy(event: Event[Change[Vacancy]], territory_of: TerritoryOf) -> Occurrence | None:
    """A vacancy published, changed or withdrawn; None where it was only confirmed again."""
    before, after = event.data.before, event.data.after
    state = after or before
    if state is None or (
        before is not None
        and after is not None
        and msgspec.structs.replace(before, observed_at=after.observed_at) == after
    ):
        return None
    kind = VACANCY_WITHDRAWN if after is None else VACANCY_PUBLISHED if before is None else VACANCY_UPDATED
    territory = territory_of(state.commune)
    data: dict[str, Any] = {"vacancy": state.id, "territory": territory}
    if after is not None:
        data["status"] = after.status.value
    return Occurrence(
        type=kind,
        event_id=event.id,
        subject=state.id,
        territory=territory,
        time=event.time,
        data=data,
        audience=Audience(landlord=state.landlord, territory=territory, all_caseworkers=True),
    )


def of_score(event: Event[TerritoryScore], minimums: frozenset[float]) -> Occurrence:
    """A score that changed by at least each of `minimums`, or whose class changed."""
    score = event.data
    return Occurrence(
        type=TERRITORY_SCORE,
        event_id=event.id,
        subject=score.code,
        territory=score.code,
        time=event.time,
        data={
            "territory": score.code,
            "score": None if score.score is None else round(score.score, 1),
            "class": score.score_class,
            "as_of": score.as_of,
        },
        audience=Audience(everyone=True),
        minimums=minimums,
    )
