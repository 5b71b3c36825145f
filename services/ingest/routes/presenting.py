"""Vacancies and offers as the API shows them: the landlord's or the feed's truth, and beside it what matching knows."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from ulid import ULID

from services.ingest.adapters.matching import MatchingCommitments
from services.ingest.adapters.models import EntityRow
from services.ingest.adapters.registry import VACANCIES, Kind
from services.ingest.core.dates import start_of_day
from services.ingest.core.states import Horizon
from shared.clock import isoformat, paris_date
from shared.geography import geography
from shared.web.access import Access


def present(row: EntityRow, access: Access) -> dict[str, Any]:
    """An entity as the API shows it; its owner alone sees what is private."""
    shown = {
        **row.state,
        "status": row.status,
        "version": row.version,
        "confirmed_at": isoformat(row.confirmed_at),
        "changed_at": isoformat(row.changed_at),
    }
    if row.commune is not None:
        shown["territory"] = geography().territory_of(row.commune)
    if row.withdrawn_at is not None:
        shown |= {"withdrawn_at": isoformat(row.withdrawn_at), "withdrawn_reason": row.withdrawn_reason}
    if row.owner == access.actor.organisation:
        shown |= {"confirmed_by": row.confirmed_by, **(row.private or {})}
    return shown


def present_episode(row: EntityRow, access: Access) -> dict[str, Any]:
    """An episode: the entity as it is or was last, with its beginning and its end."""
    opened_at = ULID.from_str(row.id.partition("_")[2]).datetime
    return {**present(row, access), "opened_at": isoformat(opened_at), "current": row.current}


def present_all(kind: Kind[Any], rows: Sequence[EntityRow], horizon: Horizon, access: Access) -> list[dict[str, Any]]:
    """Entities; vacancies with when they go stale unless they are confirmed."""
    shown = [present(row, access) for row in rows]
    if kind is VACANCIES:
        for row, item in zip(rows, shown, strict=True):
            stales = paris_date(row.confirmed_at) + timedelta(days=horizon.stale_days)
            item["confirm_before"] = isoformat(start_of_day(stales))
    return shown


def with_commitments(shown: list[dict[str, Any]], matching: MatchingCommitments, bearer: str) -> list[dict[str, Any]]:
    """The vacancies with how far each is taken: free, committed, held, let, or unknown where matching does not answer."""
    known = matching.ask(bearer, [item["id"] for item in shown])
    for item in shown:
        item["commitment"] = {"state": "unknown"} if known is None else known.get(item["id"], {"state": "free"})
    return shown
