"""A lead whose offer is gone while another feed still publishes the same one: the job is there, so the placement stays."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text
from sqlmodel import Session

from services.matching.adapters import changes, stock
from services.matching.adapters.models import BanRow, OfferRow, PlacementRow, ReservationRow
from services.matching.adapters.placements import ENGINE, Act, Moment, event_state, hold_of, publish, record
from services.matching.adapters.proposing import post_snapshot

MOVED: Final = "lead_moved"
_KEPT: Final = ("id", "rome", "commune", "zone", "contract", "duration_months", "proximity", "source_name")


def origins_of(session: Session, offers: Sequence[str]) -> dict[str, str]:
    """The origins of mirrored offers that have one. Ask before a withdrawn offer is forgotten."""
    if not offers:
        return {}
    query = text("SELECT id, origin FROM offer WHERE id = ANY(:offers) AND origin IS NOT NULL")
    return {row.id: row.origin for row in session.execute(query, {"offers": list(offers)})}


def successors(session: Session, origins: dict[str, str]) -> dict[str, str]:
    """For each of these offers the one that is published in its place: the one that counts, else a duplicate."""
    if not origins:
        return {}
    query = text(
        "SELECT DISTINCT ON (origin) id, origin FROM offer WHERE origin = ANY(:origins) AND id <> ALL(:gone)"
        " AND status IN ('open', 'duplicate') ORDER BY origin, status DESC, id"
    )
    rows = session.execute(query, {"origins": sorted(set(origins.values())), "gone": sorted(origins)})
    by_origin = {row.origin: row.id for row in rows}
    return {offer: by_origin[origin] for offer, origin in origins.items() if origin in by_origin}


def forget_withdrawn(session: Session, offers: Sequence[str]) -> None:
    """Leaves in placements no more of a withdrawn offer than the trade, the place and the contract that was talked about."""
    if offers:
        kept = ", ".join(f"'{name}', option->'post'->'{name}'" for name in _KEPT)
        query = text(
            f"UPDATE placement SET option = jsonb_set(option, '{{post}}', jsonb_build_object({kept}, 'withdrawn', true))"  # noqa: S608 - names of this file
            " WHERE offer = ANY(:offers) AND option->'post' <> 'null'::jsonb"
        )
        session.execute(query, {"offers": sorted(offers)})


def move(session: Session, row: PlacementRow, offer: str, moment: Moment) -> bool:
    """Points a locked placement to another publication of its job lead; False where that is gone too, or was refused."""
    successor = session.get(OfferRow, offer, populate_existing=True)
    refused = row.household is not None and session.get(BanRow, (row.household, "offer", offer)) is not None
    if successor is None or refused:
        return False
    before = event_state(row, hold_of(session, row))
    option: dict[str, Any] = dict(row.option)
    former = option.get("post") or {}
    option["post"] = post_snapshot(stock.post_from(successor)) | {"proximity": former.get("proximity")}
    session.execute(text("UPDATE offer SET leads = leads - 1 WHERE id = :id AND leads > 0"), {"id": row.offer})
    session.execute(text("UPDATE offer SET leads = leads + 1 WHERE id = :id"), {"id": offer})
    reservation = session.get_one(ReservationRow, row.id)
    reservation.offer = row.offer = offer
    row.option, row.changed_at = option, moment.now
    row.version += 1
    session.add_all([row, reservation])
    record(session, row, Act(MOVED, ENGINE), moment.now)
    session.flush()
    publish(session, row, before)
    changes.add(session, [changes.Change(changes.PLACEMENT, row.id), changes.Change(changes.OFFER, offer)])
    return True
