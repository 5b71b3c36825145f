"""What a webhook says: one frozen struct per kind of event. The catalogue's JSON Schemas are made from them."""

from typing import Literal

from msgspec import Struct, field

from shared.events import Step, VacancyStatus


class PlacementTold(Struct, frozen=True, omit_defaults=True):
    """A placement that reached `step`. Read the rest by GET /v1/placements/{placement}."""

    placement: str
    territory: str
    step: Step
    due_at: str | None = None


class VacancyTold(Struct, frozen=True, omit_defaults=True):
    """A vacant home; `territory` is null where the platform's geography does not have its commune. No `status` once it
    is withdrawn. Read the rest by GET /v1/vacancies/{vacancy}.
    """

    vacancy: str
    territory: str | None
    status: VacancyStatus | None = None


class ConfirmationRequestedTold(Struct, frozen=True, omit_defaults=True):
    """A home that counts no longer until its landlord confirms it: POST /v1/vacancies/{vacancy}:confirm, or
    DELETE /v1/vacancies/{vacancy} where it is no longer vacant.
    """

    vacancy: str
    territory: str | None


class ScoreTold(Struct, frozen=True):
    """A territory's score, 0 to 100 by tenths, null while unknown; `class` 1 to 5. Read the rest by
    GET /v1/territories/{territory}.
    """

    territory: str
    score: float | None
    score_class: int | None = field(name="class")
    as_of: str


class EndpointTestTold(Struct, frozen=True):
    """The endpoint is being tried by its owner."""

    endpoint: str


class EndpointDisabledTold(Struct, frozen=True, omit_defaults=True):
    """An endpoint of the organisation that the platform disabled: it answered 410, or nothing but failure since `since`
    for five days. What it missed waits for POST /v1/endpoints/{endpoint}:replay.
    """

    endpoint: str
    reason: Literal["gone", "failing"]
    since: str | None = None


class MessageUndeliverableTold(Struct, frozen=True, omit_defaults=True):
    """An e-mail or text message of the organisation that reached nobody: its `status` (of SMTP or of the SMS provider) or
    `error` says why. `about`: the placement, endpoint or alert. Read the tries by GET /v1/deliveries/{message}.
    """

    message: str
    channel: Literal["email", "sms"]
    about: str
    status: int | None = None
    error: str | None = None


Told = (
    PlacementTold
    | VacancyTold
    | ConfirmationRequestedTold
    | ScoreTold
    | EndpointTestTold
    | EndpointDisabledTold
    | MessageUndeliverableTold
)
