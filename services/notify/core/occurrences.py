"""From events to occurrences: what happened, in thin words, and who may know.

A payload carries type, entity id, territory, step or status and times. Never a household, terms or reasons: details need
an authorised GET.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from services.notify.core.audience import Audience
from services.notify.core.event_types import (
    ENDPOINT_DISABLED,
    ENDPOINT_TEST,
    MESSAGE_UNDELIVERABLE,
    TERRITORY_SCORE,
    VACANCY_CONFIRMATION_REQUESTED,
    VACANCY_PUBLISHED,
    VACANCY_UPDATED,
    VACANCY_WITHDRAWN,
)
from services.notify.core.payloads import (
    ConfirmationRequestedTold,
    EndpointDisabledTold,
    EndpointTestTold,
    MessageUndeliverableTold,
    PlacementTold,
    ScoreTold,
    Told,
    VacancyTold,
)
from shared.events import Change, Event, Placement, Step, TerritoryScore, Vacancy, VacancyStatus

# Before these, and in what ends there, a placement is the business of its caseworker's organisation alone.
_INTERNAL: Final = frozenset({Step.PROPOSED, Step.VERIFYING})
_NOT_TAKEN: Final = frozenset({Step.REFUSED, Step.RELEASED})
SHARED_STEPS: Final = frozenset(Step) - _INTERNAL - _NOT_TAKEN
_ENCODER: Final = msgspec.json.Encoder()

TerritoryOf = Callable[[str], str | None]


@dataclass(frozen=True)
class Occurrence:
    """Something to tell. `event_id` names the event it comes from: an endpoint is told once per event.

    `minimums`: for a score, the minimum changes at which this one counts; None for every other type. `landlord`,
    `caseworker`, `programme`: what endpoints filter by and no payload says; None where the type has none.
    `has_territory`: false where the type is about no territory.
    """

    type: str
    event_id: str
    subject: str
    territory: str | None
    time: str
    data: dict[str, Any]
    audience: Audience
    minimums: frozenset[float] | None = None
    landlord: str | None = None
    caseworker: str | None = None
    programme: str | None = None
    has_territory: bool = True

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
    return webhook_payload(ENDPOINT_TEST, time, _data(EndpointTestTold(endpoint)))


def _data(told: Told) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.to_builtins(told)
    return data


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
    return Occurrence(
        type=f"placement.{after.step}",
        event_id=event.id,
        subject=after.id,
        territory=after.territory,
        time=event.time,
        data=_data(PlacementTold(after.id, after.territory, after.step, after.due_at)),
        landlord=after.landlord,
        caseworker=after.caseworker,
        programme=after.programme,
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
    return Occurrence(
        type=kind,
        event_id=event.id,
        subject=state.id,
        territory=territory,
        time=event.time,
        data=_data(VacancyTold(state.id, territory, None if after is None else after.status)),
        landlord=state.landlord,
        audience=Audience(landlord=state.landlord, territory=territory, all_caseworkers=True),
    )


def of_stale_vacancy(event: Event[Change[Vacancy]], territory_of: TerritoryOf) -> Occurrence | None:
    """A vacancy that has become stale: its landlord is asked to confirm it. Beside the occurrence of the change itself."""
    before, after = event.data.before, event.data.after
    if after is None or after.status is not VacancyStatus.STALE:
        return None
    if before is not None and before.status is VacancyStatus.STALE:
        return None
    territory = territory_of(after.commune)
    return Occurrence(
        type=VACANCY_CONFIRMATION_REQUESTED,
        event_id=f"{event.id}.confirmation",  # an endpoint is told once per event, and the change is one already
        subject=after.id,
        territory=territory,
        time=event.time,
        data=_data(ConfirmationRequestedTold(after.id, territory)),
        landlord=after.landlord,
        audience=Audience(landlord=after.landlord),
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
        data=_data(
            ScoreTold(
                score.code, None if score.score is None else round(score.score, 1), score.score_class, score.as_of
            )
        ),
        audience=Audience(everyone=True),
        minimums=minimums,
    )


def of_disabled_endpoint(
    endpoint: str, organisation: str, reason: Literal["gone", "failing"], *, since: str | None, event_id: str, time: str
) -> Occurrence:
    """An endpoint that the platform disabled: its organisation's business, and the operators'."""
    return Occurrence(
        type=ENDPOINT_DISABLED,
        event_id=event_id,
        subject=endpoint,
        territory=None,
        time=time,
        data=_data(EndpointDisabledTold(endpoint, reason, since)),
        audience=Audience(account=organisation),
        has_territory=False,
    )


def of_undeliverable(
    message: str,
    organisation: str,
    *,
    channel: Literal["email", "sms"],
    about: str,
    status: int | None,
    error: str | None,
    event_id: str,
    time: str,
) -> Occurrence:
    """A message that reached nobody: the business of the organisation that wanted it sent."""
    return Occurrence(
        type=MESSAGE_UNDELIVERABLE,
        event_id=event_id,
        subject=message,
        territory=None,
        time=time,
        data=_data(MessageUndeliverableTold(message, channel, about, status, error)),
        audience=Audience(account=organisation),
        has_territory=False,
    )
