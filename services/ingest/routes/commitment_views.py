"""Commitments and declarations as the API shows them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from services.ingest.core.commitments import Declaration, OnDay
from shared.clock import isoformat
from shared.geography import geography


def commitment_view(
    state: Mapping[str, Any], *, version: int | None = None, declared: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A commitment with the status of a day, the names of its places, and the status that was declared."""
    atlas = geography()
    code = str(state["code"])
    place = atlas.territory(code) or atlas.departement(code)
    shown = {**state, "place_name": place.name if place else None}
    if state.get("area"):
        shown["area_names"] = [territory.name if (territory := atlas.territory(one)) else one for one in state["area"]]
    if version is not None:
        shown["version"] = version
    if declared is not None:
        shown["declared_status"] = declared.get("status", "open")
        shown["declared_reason"] = declared.get("reason")
    return shown


def on_day_view(held: OnDay) -> list[dict[str, Any]]:
    """The commitments that hold on a day."""
    return [commitment_view(msgspec.to_builtins(one)) for _, one in sorted(held.commitments.items())]


def declared_view(one: Declaration, *, today: date, held: Declaration | None) -> dict[str, Any]:
    """A declaration as it was made; `holds` says whether it is the one of today."""
    return {
        "effective_from": one.effective_from.isoformat(),
        "observed_at": isoformat(one.observed_at),
        "organisation": one.organisation,
        "announced": one.effective_from > today,
        "holds": held is not None and held.order == one.order,
        "commitments": [dict(content) for content in one.commitments],
    }
