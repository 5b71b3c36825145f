"""A placement: one household's course towards a home and a job lead. Never the household, its terms, its reasons."""

from enum import StrEnum

from msgspec import Struct


class Step(StrEnum):
    """Steps of a placement; a programme names which of them it uses and in which order."""

    PROPOSED = "proposed"  # soft reservation, awaits the caseworker
    VERIFYING = "verifying"  # home and offer are asked for again
    APPROVED = "approved"  # sent to the household
    ACCEPTED = "accepted"
    COMMISSION = "commission"
    LEASE = "lease"
    INSTALLED = "installed"
    FOLLOW_UP = "follow_up"
    COMPLETED = "completed"
    REFUSED = "refused"
    RELEASED = "released"  # home or lead gone, or deadline passed


LIVE_STEPS = frozenset(
    {
        Step.PROPOSED,
        Step.VERIFYING,
        Step.APPROVED,
        Step.ACCEPTED,
        Step.COMMISSION,
        Step.LEASE,
        Step.INSTALLED,
        Step.FOLLOW_UP,
    }
)


class Placement(Struct, frozen=True, omit_defaults=True, gc=False):
    """State of a placement as partners may know it. `days_to_key`: from the day on which the home was free to the one
    on which the household moved in; None before, or where it is not known."""

    id: str
    vacancy: str
    typology: str
    territory: str
    programme: str
    landlord: str
    organisation: str  # of the caseworker
    caseworker: str
    step: Step
    changed_at: str
    offer: str | None = None
    due_at: str | None = None
    outcome: str | None = None  # category only, from the programme's list
    days_to_key: int | None = None
    hold_until: str | None = None  # until when the landlord keeps the home for it, where he does
