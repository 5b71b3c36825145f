"""Mirrored homes and offers under the reference data in use: a new version may move a commune to another territory."""

import json
from typing import Any, Final

from sqlalchemy import text
from sqlmodel import Session

from shared.geography import UnknownCommuneError, geography

_FOUND: Final = {
    "vacancy": "SELECT DISTINCT commune, territory, zone FROM vacancy",
    "offer": "SELECT DISTINCT commune, NULL AS territory, zone FROM offer",
}
_MOVED: Final = {
    "vacancy": """
        UPDATE vacancy SET territory = new.territory, zone = new.zone
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new(commune text, territory text, zone text)
        WHERE vacancy.commune = new.commune""",
    "offer": """
        UPDATE offer SET zone = new.zone
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new(commune text, territory text, zone text)
        WHERE offer.commune = new.commune""",
}


def relocate(session: Session) -> int:
    """Puts every mirrored row into the territory and the zone of its commune; the number of communes that moved.

    A commune that the reference no longer knows keeps what it had. Done before the engine reads anything.
    """
    places, moved = geography(), 0
    for table, query in _FOUND.items():
        rows: list[dict[str, Any]] = []
        for commune, territory, zone in session.connection().execute(text(query)):
            try:
                now = (places.territory_of(commune) if table == "vacancy" else None, places.zone_of(commune))
            except UnknownCommuneError:
                continue
            if now != (territory, zone):
                rows.append({"commune": commune, "territory": now[0], "zone": now[1]})
        if rows:
            session.connection().execute(text(_MOVED[table]), {"rows": json.dumps(rows)})
            moved += len(rows)
    return moved
