"""The territories in memory: read from scoring at most every few seconds for all visitors, with what changed since when;
and so for each need that visitors ask about.

A revision grows with each reading that changed something; a page asks for the rows beyond the revision it shows.
"""

import asyncio
import itertools
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from services.console.adapters.apis import ApiError, ApiProblem, Apis, Caller
from services.console.core.needs import Need, View, suited, view_of
from services.console.core.territories import Territory
from services.console.settings import ConsoleSettings
from shared import telemetry
from shared.geography import geography
from shared.identity.service_bearers import service_bearer

EVERYONE: Final = Need()
NEEDS_KEPT: Final = 32
# A need is read for few people, and as costly as the répertoire: it may be a few times older.
OLDER: Final = 5
PAGE: Final = 500
MOST_PAGES: Final = 10

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
    view: View
    failing: bool = False

    def since(self, revision: int) -> list[Territory]:
        """The territories that changed after a revision; all of them for one of another run of the console. Revisions are of
        all readings, whatever the need: none means two things."""
        if revision > self.revision:
            revision = 0
        return [self.territories[code] for code, at in self.changed.items() if at > revision]


@dataclass
class _Kept:
    """The reading of one need, and who reads it now."""

    lock: asyncio.Lock
    reading: Reading | None = None


class Board:
    """Reads scoring's list for everyone: what each visitor may see of it is decided in the core."""

    def __init__(self, apis: Apis, settings: ConsoleSettings) -> None:
        self._apis = apis
        self._settings = settings
        self._all = _Kept(asyncio.Lock())
        self._needs: OrderedDict[Need, _Kept] = OrderedDict()
        self._reading_needs = asyncio.Semaphore(2)
        self._revisions = itertools.count(1)

    async def reading(self, need: Need = EVERYONE) -> Reading:
        """The newest reading, of the territories as the need judges them. Raises ApiError only where there has never been
        one."""
        kept, age = self._kept(need), self._settings.board_seconds * (OLDER if need else 1)
        known = kept.reading
        if known is not None and time.monotonic() - known.read_at < age:
            return known
        if known is not None and kept.lock.locked():
            return known
        async with kept.lock:
            if kept.reading is not known and kept.reading is not None:
                return kept.reading
            try:
                kept.reading = await self._read(need, known)
            except ApiError as error:
                if known is None or (isinstance(error, ApiProblem) and error.status < 500):
                    raise
                kept.reading = replace(known, failing=True, read_at=time.monotonic())
            return kept.reading

    def _kept(self, need: Need) -> _Kept:
        if not need:
            return self._all
        kept = self._needs.setdefault(need, _Kept(asyncio.Lock()))
        self._needs.move_to_end(need)
        if len(self._needs) > NEEDS_KEPT:
            self._needs.popitem(last=False)
        return kept

    async def detail(self, code: str) -> dict[str, Any]:
        """What scoring tells of one territory, contributions and blocks. Raises ApiError."""
        caller = Caller(service_bearer(self._settings, "console"))
        answer: dict[str, Any] = await self._apis.get("scoring", f"/v1/territories/{code}", caller)
        return answer

    async def _read(self, need: Need, known: Reading | None) -> Reading:
        if need:
            async with self._reading_needs:
                items, view = await self._pages(need)
        else:
            items, view = await self._pages(need)
        territories = {one.code: one for one in (_territory(item, need) for item in items) if one is not None}
        before = known.territories if known else {}
        changed_now = [code for code, one in territories.items() if _shown(before.get(code)) != _shown(one)]
        revision = next(self._revisions) if changed_now or known is None else known.revision
        changed = {code: at for code, at in (known.changed if known else {}).items() if code in territories}
        changed |= dict.fromkeys(changed_now, revision)
        return Reading(
            revision=revision,
            territories=territories,
            changed=changed,
            as_of=max((one.as_of for one in territories.values() if one.as_of), default=None),
            reference_version=next((item.get("reference_version") for item in items), None),
            read_at=time.monotonic(),
            view=view,
        )

    async def _pages(self, need: Need) -> tuple[list[dict[str, Any]], View]:
        """The whole list, and what it says of itself; by name, so that a score that moves between two pages moves none."""
        caller = Caller(service_bearer(self._settings, "console"))
        items: list[dict[str, Any]] = []
        cursor: str | None = None
        told: dict[str, Any] | None = None
        for _ in range(MOST_PAGES):
            asked = {**need.parameters(), "order": "name", "limit": PAGE, "cursor": cursor}
            page = await self._apis.get("scoring", "/v1/territories", caller, asked)
            items += page["items"]
            told, cursor = page.get("view"), page.get("next")
            if cursor is None:
                break
        return items, view_of(told)


def _shown(territory: Territory | None) -> Territory | None:
    return None if territory is None else replace(territory, as_of=None)


def _territory(item: Mapping[str, Any], need: Need) -> Territory | None:
    place = geography().territory(item["code"])
    if place is None:
        log.warning("territory.unknown", code=item["code"])
        return None
    departement = geography().departement(place.departement)
    counters, feeds = item.get("counters") or {}, item.get("feeds") or {}
    nobody_publishes, no_offers_feed = (feeds.get(name) == "silent" for name in ("vacancies", "offers"))
    found = Territory(
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
        open_vacancies=None if nobody_publishes else counters.get("open_vacancies"),
        open_offers=None if no_offers_feed else counters.get("open_offers"),
        open_openings=None if no_offers_feed else counters.get("open_openings"),
        as_of=item.get("as_of"),
    )
    return suited(found, need, item.get("view") or {}) if need else found
