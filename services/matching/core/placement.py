"""The course of a placement: (state, command) -> transition, as its programme defines it. Pure.

    proposed ─approve─▶ verifying ─verified─▶ approved ─accept─▶ verifying ─verified─▶ accepted ─advance─▶ … ─▶ completed
       └── refuse, expire, gone, leave ──▶ refused | released      (until signature)

`verifying` asks ingest for the home and the offer again. No answer is not a yes: the placement stays there.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.matching.core.deadlines import Deadline, deadline
from services.matching.core.programme import Delay, Programme, Unit
from shared.events import LIVE_STEPS, Step
from shared.words import Words


class Outcome(StrEnum):
    """Category of an end. `refused_*` come from the reason's subject."""

    EXPIRED = "expired"
    NO_ANSWER = "no_answer"
    HOME_GONE = "home_gone"
    LEAD_GONE = "lead_gone"
    HOUSEHOLD_LEFT = "household_left"
    REFUSED_HOME = "refused_home"
    REFUSED_JOB = "refused_job"
    REFUSED_TERRITORY = "refused_territory"
    REFUSED_HOUSEHOLD = "refused_household"
    REFUSED_LANDLORD = "refused_landlord"
    COMPLETED = "completed"

    def label(self, lang: str) -> str:
        """In words, "fr" or "en"."""
        return _OUTCOMES[self].said(lang)


_OUTCOMES: Final = {
    Outcome.EXPIRED: Words("sans décision dans le délai", "not decided in time"),
    Outcome.NO_ANSWER: Words("sans réponse du ménage dans le délai", "not answered by the household in time"),
    Outcome.HOME_GONE: Words("logement retiré par le bailleur", "home withdrawn by its landlord"),
    Outcome.LEAD_GONE: Words("offre d'emploi retirée", "job offer withdrawn"),
    Outcome.HOUSEHOLD_LEFT: Words("ménage parti ou en pause", "household gone or parked"),
    Outcome.REFUSED_HOME: Words("refus qui tient au logement", "refused because of the home"),
    Outcome.REFUSED_JOB: Words("refus qui tient à l'emploi", "refused because of the job"),
    Outcome.REFUSED_TERRITORY: Words("refus qui tient au territoire", "refused because of the territory"),
    Outcome.REFUSED_HOUSEHOLD: Words(
        "refus pour une raison propre au ménage", "refused for a reason of the household's own"
    ),
    Outcome.REFUSED_LANDLORD: Words("refus du bailleur", "refused by the landlord"),
    Outcome.COMPLETED: Words("parcours achevé", "course completed"),
}


@dataclass(frozen=True, slots=True)
class State:
    """Where a placement stands. `verifying_for` is the step that follows a successful verification."""

    step: Step
    verifying_for: Step | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Approve:
    """The caseworker sends the proposal to the household."""


@dataclass(frozen=True, slots=True)
class Accept:
    """The household says yes."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Someone refuses, for a coded reason of the programme."""

    reason: str


@dataclass(frozen=True, slots=True)
class Verified:
    """Ingest says that home and offer are still published."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The home or the lead was withdrawn or has expired: HOME_GONE or LEAD_GONE."""

    what: Outcome


@dataclass(frozen=True, slots=True)
class Expire:
    """The clock passed `due_at`."""


@dataclass(frozen=True, slots=True)
class Leave:
    """The household leaves the programme, pauses or is erased."""


@dataclass(frozen=True, slots=True)
class Advance:
    """The next step of the programme has been reached. `landlord_agreed` is asked where the hold begins."""

    landlord_agreed: bool = False


Command = Approve | Accept | Refuse | Verified | Gone | Expire | Leave | Advance


class Refusal(StrEnum):
    """Why a command is not possible now."""

    NOT_AT_THIS_STEP = "not_at_this_step"
    TOO_LATE = "too_late"
    NOT_DUE = "not_due"
    UNKNOWN_REASON = "unknown_reason"
    LANDLORD_AGREEMENT_NEEDED = "landlord_agreement_needed"


@dataclass(frozen=True, slots=True)
class Transition:
    """What a command does. `hold_until` is set where the soft reservation becomes a hold."""

    state: State
    outcome: Outcome | None = None
    rule: str | None = None
    hold_until: datetime | None = None

    @property
    def ends(self) -> bool:
        return self.state.step not in LIVE_STEPS


@dataclass(frozen=True, slots=True)
class Rejected:
    """The command changes nothing."""

    why: Refusal


NOT_NOW = Rejected(Refusal.NOT_AT_THIS_STEP)


def begin(programme: Programme, now: datetime) -> Transition:
    """A new proposal: a soft reservation until the caseworker's deadline."""
    due = deadline(now, programme.delays[Step.PROPOSED])
    return Transition(State(Step.PROPOSED, due_at=due.due_at), rule=due.rule)


def decide(state: State, command: Command, programme: Programme, now: datetime) -> Transition | Rejected:
    """What `command` does to a placement in `state` at business time `now`."""
    match command:
        case Approve():
            return _to_verification(state, Step.PROPOSED, Step.APPROVED, now)
        case Accept():
            return _to_verification(state, Step.APPROVED, Step.ACCEPTED, now)
        case Verified():
            if state.step is not Step.VERIFYING or state.verifying_for is None:
                return NOT_NOW
            return _enter(state.verifying_for, programme, now)
        case Refuse(reason):
            if reason not in programme.refusals:
                return Rejected(Refusal.UNKNOWN_REASON)
            if not programme.before_signature(state.step):
                return NOT_NOW
            return _end(Step.REFUSED, Outcome(f"refused_{programme.refusals[reason].about.value}"))
        case Gone(what):
            return _end(Step.RELEASED, what) if programme.before_signature(state.step) else NOT_NOW
        case Leave():
            return _end(Step.RELEASED, Outcome.HOUSEHOLD_LEFT) if state.step in LIVE_STEPS else NOT_NOW
        case Expire():
            return _expire(state, now)
        case Advance(landlord_agreed):
            return _advance(state, programme, now, landlord_agreed=landlord_agreed)


def _to_verification(state: State, at: Step, target: Step, now: datetime) -> Transition | Rejected:
    if state.step is not at:
        return NOT_NOW
    if state.due_at is not None and now >= state.due_at:
        return Rejected(Refusal.TOO_LATE)
    return Transition(replace(state, step=Step.VERIFYING, verifying_for=target))


def _enter(step: Step, programme: Programme, now: datetime) -> Transition:
    if step is Step.COMPLETED:
        return _end(step, Outcome.COMPLETED)
    delay = programme.delays.get(step)
    due: Deadline | None = deadline(now, delay) if delay else None
    return Transition(State(step, due_at=due.due_at if due else None), rule=due.rule if due else None)


def _end(step: Step, outcome: Outcome) -> Transition:
    return Transition(State(step), outcome=outcome)


def _expire(state: State, now: datetime) -> Transition | Rejected:
    """Only what waits for someone's answer expires: a placement in verification was answered in time."""
    if state.step not in {Step.PROPOSED, Step.APPROVED}:
        return NOT_NOW
    if state.due_at is None or now < state.due_at:
        return Rejected(Refusal.NOT_DUE)
    return _end(Step.RELEASED, Outcome.EXPIRED if state.step is Step.PROPOSED else Outcome.NO_ANSWER)


def _advance(state: State, programme: Programme, now: datetime, *, landlord_agreed: bool) -> Transition | Rejected:
    # Before `accepted`, moving on is the caseworker's approval and the household's answer, with their verification.
    if state.step in {Step.PROPOSED, Step.VERIFYING, Step.APPROVED} or state.step not in LIVE_STEPS:
        return NOT_NOW
    following = programme.after(state.step)
    if following is not programme.hold.step:
        return _enter(following, programme, now)
    if not landlord_agreed:
        return Rejected(Refusal.LANDLORD_AGREEMENT_NEEDED)
    entered = _enter(following, programme, now)
    return replace(entered, hold_until=_hold_until(programme, now))


def _hold_until(programme: Programme, now: datetime) -> datetime:
    return deadline(now, Delay(programme.hold.longest_days, Unit.CALENDAR)).due_at
