"""A programme: its steps, deadlines, job condition and refusal reasons. Versioned data, read and checked here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from shared.events import Step
from shared.programmes import Programme as ProgrammeCode
from shared.words import Words

# The order that the state machine knows; a programme names those it uses.
STEP_ORDER: Final = (
    Step.PROPOSED,
    Step.VERIFYING,
    Step.APPROVED,
    Step.ACCEPTED,
    Step.COMMISSION,
    Step.LEASE,
    Step.INSTALLED,
    Step.FOLLOW_UP,
    Step.COMPLETED,
)
ALWAYS: Final = (Step.PROPOSED, Step.VERIFYING, Step.APPROVED, Step.ACCEPTED, Step.COMPLETED)
STEP_LABELS: Final = {
    Step.PROPOSED: Words("proposition à examiner", "proposal to be examined"),
    Step.VERIFYING: Words(
        "vérification auprès du bailleur et de l'offre", "being verified with the landlord and the offer"
    ),
    Step.APPROVED: Words("envoyée au ménage", "sent to the household"),
    Step.ACCEPTED: Words("acceptée par le ménage", "accepted by the household"),
    Step.COMMISSION: Words("commission d'attribution", "allocation commission"),
    Step.LEASE: Words("signature du bail", "signing of the lease"),
    Step.INSTALLED: Words("installation", "move"),
    Step.FOLLOW_UP: Words("accompagnement après l'installation", "follow-up after the move"),
    Step.COMPLETED: Words("parcours achevé", "course completed"),
    Step.REFUSED: Words("refusée", "refused"),
    Step.RELEASED: Words("libérée", "released"),
}


class JobCondition(StrEnum):
    """What must be had before the home: a promise or a contract or a training. An offer is only a lead to it."""

    PROMISE = "promise"
    CONTRACT = "contract"
    TRAINING = "training"


class About(StrEnum):
    """What a refusal is about, which says what is not proposed to the household again."""

    HOME = "home"
    JOB = "job"
    TERRITORY = "territory"
    HOUSEHOLD = "household"
    LANDLORD = "landlord"


class Unit(StrEnum):
    """Days of a delay."""

    WORKING = "working_days"
    CALENDAR = "calendar_days"


@dataclass(frozen=True, slots=True)
class Delay:
    """A number of days; it ends with the last of them, in France."""

    days: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class RefusalReason:
    """A coded reason, chosen from a list by whoever refuses."""

    code: str
    about: About
    label: Words


@dataclass(frozen=True, slots=True)
class Hold:
    """The step from which the home is held by agreement of its landlord, and for how many days at most."""

    step: Step
    longest_days: int


@dataclass(frozen=True)
class Programme:
    """One version of a programme. `lead_required`: nothing is proposed without a job lead."""

    code: str
    version: int
    label: str
    sources: tuple[str, ...]
    lead_required: bool
    job_condition: tuple[JobCondition, ...]
    durable_contract: bool
    steps: tuple[Step, ...]
    signature: Step
    hold: Hold
    delays: Mapping[Step, Delay]
    refusals: Mapping[str, RefusalReason]

    def after(self, step: Step) -> Step:
        """The step that follows. Raises ValueError after the last."""
        following = self.steps[self.steps.index(step) + 1 :]
        if not following:
            raise ValueError(f"{self.code}: nothing follows {step}")
        return following[0]

    def before_signature(self, step: Step) -> bool:
        """Whether a live placement at that step is still free to be released."""
        return step in self.steps and self.steps.index(step) < self.steps.index(self.signature)


class ProgrammeInvalid(ValueError):
    """A definition that cannot be used; `problems` says all that is wrong."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


_FIELDS: Final = frozenset(
    {"code", "version", "label", "sources", "job", "steps", "signature", "hold", "delays", "refusals"}
)


def read_programme(data: Mapping[str, Any]) -> Programme:
    """The programme of a decoded file. Raises ProgrammeInvalid."""
    if unknown := sorted(set(data) - _FIELDS):
        raise ProgrammeInvalid([f"unknown fields: {', '.join(unknown)}"])
    try:
        programme = Programme(
            code=ProgrammeCode(data["code"]).value,
            version=int(data["version"]),
            label=str(data["label"]),
            sources=tuple(data["sources"]),
            lead_required=bool(data["job"]["lead_required"]),
            job_condition=tuple(JobCondition(kind) for kind in data["job"]["condition"]),
            durable_contract=bool(data["job"]["durable_contract"]),
            steps=tuple(Step(step) for step in data["steps"]),
            signature=Step(data["signature"]),
            hold=Hold(Step(data["hold"]["step"]), int(data["hold"]["longest_days"])),
            delays={Step(step): _delay(step, value) for step, value in data["delays"].items()},
            refusals={
                code: RefusalReason(code, About(reason["about"]), Words(str(reason["fr"]), str(reason["en"])))
                for code, reason in data["refusals"].items()
            },
        )
    except KeyError as error:
        raise ProgrammeInvalid([f"missing field: {error.args[0]}"]) from error
    except (TypeError, ValueError) as error:
        raise ProgrammeInvalid([str(error)]) from error
    if problems := problems_of(programme):
        raise ProgrammeInvalid(problems)
    return programme


def _delay(step: str, value: Mapping[str, int]) -> Delay:
    if len(value) != 1:
        raise ValueError(f"delays.{step}: one of working_days, calendar_days")
    unit, days = next(iter(value.items()))
    return Delay(int(days), Unit(unit))


def problems_of(programme: Programme) -> list[str]:
    """What makes a definition unusable by the state machine; empty when it is sound."""
    steps = programme.steps
    found = [f"steps: {step} is missing" for step in ALWAYS if step not in steps]
    if list(steps) != [step for step in STEP_ORDER if step in steps]:
        found.append("steps: out of order, or twice, or not a step that moves on")
    if found:
        return found
    if programme.version < 1:
        found.append("version: from 1")
    if programme.signature not in steps or steps.index(programme.signature) <= steps.index(Step.ACCEPTED):
        found.append("signature: a step of the programme after accepted")
    elif programme.hold.step not in steps or not (
        steps.index(Step.ACCEPTED) < steps.index(programme.hold.step) <= steps.index(programme.signature)
    ):
        # The household's answer by link moves to `accepted`, and no landlord has agreed to anything then.
        found.append("hold.step: after accepted, at the latest at signature")
    if programme.hold.longest_days < 1:
        found.append("hold.longest_days: from 1")
    found += [f"delays.{step}: not a step of this programme" for step in programme.delays if step not in steps]
    found += [f"delays.{step}: from 1 day" for step, delay in programme.delays.items() if delay.days < 1]
    found += [f"delays.{step}: missing" for step in (Step.PROPOSED, Step.APPROVED) if step not in programme.delays]
    if programme.lead_required and not programme.job_condition:
        found.append("job.condition: at least one where a lead is required")
    if not programme.sources:
        found.append("sources: at least one")
    found += [f"refusals.{code}: fr and en" for code, reason in programme.refusals.items() if not all(reason.label)]
    found += [f"refusals: none about {about}" for about in About if about not in _abouts(programme)]
    return found


def _abouts(programme: Programme) -> set[About]:
    return {reason.about for reason in programme.refusals.values()}


def differences(old: Programme, new: Programme) -> list[str]:
    """What a change of version changes, one line each: "delays.approved: 10 calendar_days -> 15 calendar_days"."""
    before, after = _flat(old), _flat(new)
    return [
        f"{name}: {before.get(name, '–')} -> {after.get(name, '–')}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def _flat(programme: Programme) -> dict[str, str]:
    flat = {
        "version": str(programme.version),
        "label": programme.label,
        "sources": ", ".join(programme.sources),
        "job.lead_required": str(programme.lead_required).lower(),
        "job.condition": ", ".join(programme.job_condition),
        "job.durable_contract": str(programme.durable_contract).lower(),
        "steps": ", ".join(programme.steps),
        "signature": programme.signature.value,
        "hold": f"{programme.hold.step}, {programme.hold.longest_days} days",
    }
    flat |= {f"delays.{step}": f"{delay.days} {delay.unit}" for step, delay in programme.delays.items()}
    flat |= {
        f"refusals.{code}": f"{reason.about}: {' / '.join(reason.label)}" for code, reason in programme.refusals.items()
    }
    return flat
