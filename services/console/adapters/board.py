"""The territories in memory: read from scoring at most every few seconds for all visitors, with what changed since when.

A revision grows with each reading that changed something; a page asks for the rows beyond the revision it shows.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.console.adapters.apis import ApiError, ApiProblem, Apis, Caller
from services.console.core.territories import Territory
from services.console.settings import ConsoleSettings
from shared import telemetry
from shared.geography import geography
from shared.identity.service_bearers import service_bearer

log = telemetry.logger(__name__)


@dataclass(frozen=True)
class Reading:
    """All territories at one revision. `changed` holds the revision at which each last changed; `read_at` is monotonic
    seconds; `failing` says that scoring does not answer and the figures may be old."""

    revision: int
    territories: Mapping[str, Territory]
    changed: Mapping[str, int]
    as_of: str | None
    reference_version: str | None
    read_at: float
    failing: bool = False

    def since(self, revision: int) -> list[Territory]:
        """The territories that changed after a revision; all of them for one of another run of the console."""
        if revision > self.revision:
            revision = 0
        return [self.territories[code] for code, at in self.changed.items() if at > revision]


class Board:
    """Reads scoring's list for everyone: what each visitor may see of it is decided in the core."""

    def __init__(self, apis: Apis, settings: ConsoleSettings) -> None:
        self._apis = apis
        self._settings = settings
        self._lock = asyncio.Lock()
        self._reading: Reading | None = None

    async def reading(self) -> Reading:
        """The newest reading. Raises ApiError only where there has never been one."""
        known = self._reading
        if known is not None and time.monotonic() - known.read_at < self._settings.board_seconds:
            return known
        if known is not None and self._lock.locked():
            return known
        async with self._lock:
            if self._reading is not known and self._reading is not None:
                return self._reading
            try:
                self._reading = await self._read(known)
            except ApiError as error:
                if known is None or (isinstance(error, ApiProblem) and error.status < 500):
                    raise
                self._reading = replace(known, failing=True, read_at=time.monotonic())
            return self._reading

    async def detail(self, code: str) -> dict[str, Any]:
        """What scoring tells of one territory, contributions and blocks. Raises ApiError."""
        caller = Caller(service_bearer(self._settings, "console"))
        answer: dict[str, Any] = await self._apis.get("scoring", f"/v1/territories/{code}", caller)
        return answer

    async def _read(self, known: Reading | None) -> Reading:
        caller = Caller(service_bearer(self._settings, "console"))
        items = await self._apis.pages("scoring", "/v1/territories", caller, {"limit": 500})
        territories = {one.code: one for one in map(_territory, items) if one is not None}
        revision = known.revision if known else 0
        before = known.territories if known else {}
        changed_now = [code for code, one in territories.items() if _shown(before.get(code)) != _shown(one)]
        if changed_now or known is None:
            revision += 1
        changed = {code: at for code, at in (known.changed if known else {}).items() if code in territories}
        changed |= dict.fromkeys(changed_now, revision)
        return Reading(
            revision=revision,
            territories=territories,
            changed=changed,
            as_of=max((one.as_of for one in territories.values() if one.as_of), default=None),
            reference_version=next((item.get("reference_version") for item in items), None),
            read_at=time.monotonic(),
        )


def _shown(territory: Territory | None) -> Territory | None:
    return None if territory is None else replace(territory, as_of=None)


def _territory(item: Mapping[str, Any]) -> Territory | None:
    place = geography().territory(item["code"])
    if place is None:
        log.warning("territory.unknown", code=item["code"])
        return None
    departement = geography().departement(place.departement)
    counters = item.get("counters") or {}
    return Territory(
        code=place.code,
        name=place.name,
        departement=place.departement,
        departement_name=departement.name if departement else place.departement,
        departements=place.departements,
        region=place.region,
        population=place.population,
        score=item.get("score"),
        score_class=item.get("score_class"),
        coverage=float(item.get("coverage") or 0.0),
        open_vacancies=counters.get("open_vacancies"),
        open_offers=counters.get("open_offers"),
        open_openings=counters.get("open_openings"),
        as_of=item.get("as_of"),
    )
