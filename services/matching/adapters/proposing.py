"""A proposal becomes a placement: home, household, lead, commitment and slot are reserved together, or nothing is."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row, and_, func, or_, text
from sqlmodel import Session, col, select

from services.matching.adapters.models import PlacementRow, ReservationRow
from services.matching.adapters.placements import SOURCE, Act, Moment, event_state, record
from services.matching.core.hosting import period_start
from services.matching.core.model import Commitment, Post
from services.matching.core.placement import begin
from services.matching.core.policy import Proposal
from services.matching.core.programme import Programme
from services.matching.core.ranking import Option
from shared.clock import PARIS, paris_date, utc_now
from shared.events import Change, Step, new_event
from shared.ids import new_id
from shared.sql import outbox
from shared.topics import PLACEMENTS
from shared.words import Words

INTERNAL: Final = frozenset({"leads", "effort_ceiling", "left_eur_per_day"})


class Conflict(StrEnum):
    """Why a proposal could not be reserved. Normal: something else came first."""

    HOME = "home"
    HOUSEHOLD = "household"
    LEAD = "lead"
    CAPACITY = "capacity"
    SLOT = "slot"


@dataclass(frozen=True, slots=True)
class Terms:
    """What comes with a proposal. `sentences`: why it fits. `cap`: most proposals that may await its caseworker."""

    programme: Programme
    commitment: Commitment | None
    sentences: Sequence[Words]
    cap: int
    act: Act
    tick: int | None = None


def propose(session: Session, proposal: Proposal, terms: Terms, moment: Moment) -> PlacementRow | Conflict:
    """Reserves; a Conflict leaves nothing behind. The unique indexes have the last word.

    The caller has locked the rows (`locking.lock_for`), and publishes what was made (`publish_new`).
    """
    conflict = _conflict(session, proposal, terms, moment)
    if conflict is not None:
        return conflict
    identifier = new_id("plc")
    conflict = _reserve(session, identifier, proposal, moment)
    if conflict is not None:
        return conflict
    return _insert(session, identifier, proposal, terms, moment)


def publish_new(session: Session, rows: Iterable[PlacementRow]) -> None:
    """Keeps the first events of placements that `propose` made, in one piece."""
    session.flush()
    events = [
        new_event(PLACEMENTS, row.id, Change(row.version, None, event_state(row)), source=SOURCE, at=utc_now())
        for row in rows
    ]
    outbox.add(session, PLACEMENTS, events)


_CHECK: Final = text(
    "SELECT (SELECT status FROM vacancy WHERE id = :vacancy) AS home,"
    " (SELECT version FROM household WHERE id = :household AND status = 'live') AS version,"
    " EXISTS (SELECT FROM reservation WHERE vacancy = :vacancy AND released_at IS NULL) AS home_taken,"
    " EXISTS (SELECT FROM reservation WHERE household = :household AND released_at IS NULL) AS placed,"
    # A refusal may have passed since the household's options were read.
    " EXISTS (SELECT FROM ban WHERE household = :household AND (until IS NULL OR until > :now)"
    "  AND (kind, target) IN (('vacancy', :vacancy), ('offer', :offer), ('territory', :territory))) AS banned,"
    " (SELECT count(*) FROM placement WHERE caseworker = :caseworker AND step = 'proposed') AS awaiting,"
    " c.status, c.capacity_households, c.capacity_persons, c.period"
    " FROM (SELECT 1) AS one LEFT JOIN commitment c ON c.key = :commitment"
)
_RESERVE: Final = text(
    "WITH made AS (INSERT INTO reservation (placement, vacancy, household, offer, created_at)"
    "  VALUES (:placement, :vacancy, :household, :offer, :now) ON CONFLICT DO NOTHING RETURNING placement),"
    " taken AS (UPDATE offer SET leads = leads + 1 WHERE EXISTS (SELECT FROM made) AND id = :offer AND status = 'open'"
    "  AND coalesce(openings, 1) > leads + (SELECT coalesce(sum(same.leads), 0) FROM offer same"
    "   WHERE same.origin = offer.origin AND same.id <> offer.id) RETURNING id)"
    " SELECT EXISTS (SELECT FROM made) AS made, EXISTS (SELECT FROM taken) AS taken"
)


def _conflict(session: Session, proposal: Proposal, terms: Terms, moment: Moment) -> Conflict | None:
    household, option = proposal.household, proposal.option
    commitment = terms.commitment.key if terms.commitment is not None else None
    found = session.execute(
        _CHECK,
        {
            "vacancy": option.home.id,
            "household": household.id,
            "caseworker": household.caseworker,
            "commitment": commitment,
            "offer": option.lead.post.id if option.lead else None,
            "territory": option.home.territory,
            "now": moment.now,
        },
    ).one()
    if found.home != "open" or found.home_taken:
        return Conflict.HOME
    if found.version != household.version or found.placed or found.banned:
        return Conflict.HOUSEHOLD
    if commitment is not None and not _has_room(session, commitment, found, household.size, moment):
        return Conflict.CAPACITY
    return Conflict.SLOT if found.awaiting >= terms.cap else None


def _reserve(session: Session, identifier: str, proposal: Proposal, moment: Moment) -> Conflict | None:
    """Makes home and household this placement's, and counts it on its lead, if there is one."""
    lead = proposal.option.lead
    found = session.execute(
        _RESERVE,
        {
            "placement": identifier,
            "vacancy": proposal.option.home.id,
            "household": proposal.household.id,
            "offer": lead.post.id if lead else None,
            "now": moment.now,
        },
    ).one()
    if not found.made:
        return Conflict.HOME
    if lead is not None and not found.taken:
        session.execute(text("DELETE FROM reservation WHERE placement = :id"), {"id": identifier})
        return Conflict.LEAD
    return None


def _has_room(session: Session, key: str, row: Row[Any], size: int, moment: Moment) -> bool:
    """Whether the commitment of `row`, which the caller has locked, is open and takes this many persons more."""
    if row.status != "open":
        return False
    if row.capacity_households is None and row.capacity_persons is None:
        return True
    start = period_start(row.period, paris_date(moment.now))
    live = col(ReservationRow.released_at).is_(None)
    begun = col(PlacementRow.created_at) >= datetime.combine(start, time(), PARIS) if start else None
    households, persons = session.exec(
        select(func.count(), func.coalesce(func.sum(func.coalesce(PlacementRow.persons, 1)), 0))
        .select_from(PlacementRow)
        .join(ReservationRow, col(ReservationRow.placement) == col(PlacementRow.id))
        .where(
            PlacementRow.commitment == key,
            live if begun is None else and_(begun, or_(live, col(PlacementRow.step) == Step.COMPLETED.value)),
        )
    ).one()
    if row.capacity_households is not None and households >= row.capacity_households:
        return False
    return bool(row.capacity_persons is None or persons + size <= row.capacity_persons)


def _insert(session: Session, identifier: str, proposal: Proposal, terms: Terms, moment: Moment) -> PlacementRow:
    household, home, lead = proposal.household, proposal.option.home, proposal.option.lead
    begun = begin(terms.programme, moment.now)
    row = PlacementRow(
        id=identifier,
        version=1,
        household=household.id,
        organisation=household.organisation,
        caseworker=household.caseworker,
        vacancy=home.id,
        offer=lead.post.id if lead else None,
        typology=home.typology,
        persons=household.size,
        territory=home.territory,
        landlord=home.landlord,
        programme=terms.programme.code,
        programme_version=terms.programme.version,
        commitment=terms.commitment.key if terms.commitment else None,
        step=begun.state.step.value,
        due_at=begun.state.due_at,
        deadline_rule=begun.rule,
        option=snapshot(proposal.option, terms.sentences),
        tick=terms.tick,
        created_at=moment.now,
        changed_at=moment.now,
    )
    session.add(row)
    record(session, row, terms.act, moment.now)
    return row


def snapshot(option: Option, sentences: Sequence[Words]) -> dict[str, Any]:
    """The option as JSON. Terms are of this household alone; there is no total that would compare households."""
    lead = option.lead
    return {
        "home": _plain(asdict(option.home)),
        "post": post_snapshot(lead.post) | {"proximity": lead.proximity} if lead else None,
        "distance_km": round(lead.commute.distance_km, 1) if lead else None,
        "terms": {code: round(term, 4) for code, term in option.terms.items()},
        "to_confirm": [what.value for what in option.to_confirm],
        "sentences": [sentence.fr for sentence in sentences],
        "sentences_en": [sentence.en for sentence in sentences],
    }


def post_snapshot(post: Post) -> dict[str, Any]:
    """A post as a placement keeps it, with its source."""
    return _plain(asdict(post))


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """JSON-ready, without what is internal to matching: how many placements count on a post, a landlord's rules."""
    return {
        name: found.isoformat() if isinstance(found, date) else found
        for name, found in value.items()
        if name not in INTERNAL
    }
