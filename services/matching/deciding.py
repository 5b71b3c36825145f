"""A decision on a placement: locked, checked against the programme, and verified with ingest where it must be.

Two transactions around the question to ingest: the first moves to `verifying`, the second settles. Killed in between, the
placement stays in verification and the engine asks again.
"""

import difflib
from collections.abc import Callable
from typing import Final

from sqlmodel import Session

from services.matching.adapters import households
from services.matching.adapters.locking import lock
from services.matching.adapters.models import PlacementRow
from services.matching.adapters.placements import Act, Moment, carry_out, programme_of, state_of
from services.matching.adapters.verifying import settle
from services.matching.core.model import HouseholdStatus
from services.matching.core.placement import Accept, Approve, Command, Refusal, Refuse, Rejected, decide
from services.matching.core.programme import STEP_LABELS, Programme
from services.matching.routes.context import Context
from shared.clock import isoformat
from shared.events import Step
from shared.web.problems import Problem, ProblemType

# A decision given again while its verification is under way asks ingest again at once.
_TARGETS: Final[dict[type[Command], Step]] = {Approve: Step.APPROVED, Accept: Step.ACCEPTED}


def take(
    session: Session,
    context: Context,
    placement: str,
    command: Command,
    act: Act,
    *,
    settled: Callable[[PlacementRow], None],
) -> PlacementRow:
    """Carries a decision out and commits. `settled` runs in the last transaction, before it commits.

    Raises Problem where the placement does not allow it now. The caller has checked that the actor may decide.
    """
    row = _locked(session, placement)
    if not _already_verifying(row, command):
        programme = programme_of(row)
        moment = context.moment()
        transition = decide(state_of(row), command, programme, moment.now)
        if isinstance(transition, Rejected):
            raise problem_of(transition.why, command, row, programme)
        carry_out(session, row, transition, act, moment)
        if row.step == Step.COMPLETED:
            _close(session, row, act, moment)
    if row.step != Step.VERIFYING:
        settled(row)
        session.commit()
        return row
    version, vacancy, offer = row.version, row.vacancy, row.offer
    session.commit()
    answer = context.verifier.ask(vacancy, offer)
    done = settle(session, placement, version, answer, Act("verify", act.actor), context.moment())
    row = done or _locked(session, placement)
    settled(row)
    session.commit()
    return row


def _close(session: Session, row: PlacementRow, act: Act, moment: Moment) -> None:
    """A household whose course is completed is housed: it is looked for again only where a person reopens its file. What it
    kept has just been released; it is locked with the placement, so that nothing else can be proposed to it."""
    if row.household is None:
        return
    household = households.of_organisation(session, row.organisation, row.household, locked=True)
    if household is not None:
        closed = {"status": HouseholdStatus.CLOSED.value}
        households.change(session, household, (), closed, actor=act.actor, moment=moment)


def _locked(session: Session, placement: str) -> PlacementRow:
    rows = lock(session, [placement])
    if not rows:
        raise Problem(ProblemType.NOT_FOUND)
    return rows[0]


def _already_verifying(row: PlacementRow, command: Command) -> bool:
    target = _TARGETS.get(type(command))
    return row.step == Step.VERIFYING and target is not None and row.verifying_for == target


def problem_of(why: Refusal, command: Command, row: PlacementRow, programme: Programme) -> Problem:
    """The problem that tells a person why, and what to do."""
    match why:
        case Refusal.UNKNOWN_REASON:
            given = command.reason if isinstance(command, Refuse) else ""
            near = difflib.get_close_matches(given, programme.refusals, n=1, cutoff=0.5)
            hint = f"Vouliez-vous dire {near[0]} ? " if near else ""
            return Problem(
                ProblemType.INVALID_FIELDS,
                "Motif inconnu dans ce programme.",
                field="reason",
                value=given[:60],
                remedy=f"{hint}Motifs : {', '.join(programme.refusals)}.",
                en="Unknown reason in this programme.",
                remedy_en=f"Reasons: {', '.join(programme.refusals)}.",
            )
        case Refusal.TOO_LATE:
            due = isoformat(row.due_at) if row.due_at else "?"
            return Problem(
                ProblemType.CONFLICT,
                f"Le délai est passé depuis le {due} : la réservation est libérée.",
                en=f"The delay has passed since {due}: the reservation is released.",
            )
        case Refusal.LANDLORD_AGREEMENT_NEEDED:
            return Problem(
                ProblemType.CONFLICT,
                "À cette étape le logement est retenu : il faut l'accord du bailleur.",
                field="landlord_agreed",
                value=False,
                remedy="landlord_agreed: true",
                en="At this step the home is held: the landlord's agreement is needed.",
            )
        case _:
            label = STEP_LABELS[Step(row.step)]
            return Problem(
                ProblemType.CONFLICT,
                f"Étape actuelle : {label.fr}.",
                field="decision",
                value=row.step,
                remedy="–",
                en=f"Present step: {label.en}.",
            )
