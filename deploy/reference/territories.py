"""EPCI, zones d'emploi and bassins d'emploi: which commune lies in which, by the official compositions."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from deploy.reference.communes import OUTSIDE
from deploy.reference.draft import Draft, Epci, grouped
from deploy.reference.official import OfficialFileError, padded
from shared.geography.places import KIND_LABELS

Rows = Iterable[Mapping[str, str]]
# INSEE writes it for the communes that are in no EPCI.
_NONE: Final = frozenset({"", "ZZZZZZZZZ"})
_KIND_OF_NAME: Final = {"cc": "CC", "ca": "CA", "cu": "CU", "metropole": "METRO", "métropole": "METRO"}


def apply_epci(draft: Draft, layout: str, rows: Rows) -> None:
    """The composition of the EPCI with their own taxation, by the DGCL ("epci-dgcl") or INSEE ("epci-insee").

    A commune that the file does not name is in none. Raises OfficialFileError.
    """
    members: dict[str, str] = {}
    named: dict[str, Epci] = {}
    for row in rows:
        siren, code = (row["siren"], row["insee"]) if layout == "epci-dgcl" else (row["epci"], row["codgeo"])
        if code.startswith(OUTSIDE):
            continue
        if siren.upper() in _NONE:
            continue
        siren = padded(siren, 9)
        members[padded(code, 5)] = siren
        named[siren] = _epci(draft, siren, layout, row)
    placed, followed, unknown = by_current(draft, members)
    if unknown:
        raise OfficialFileError(f"EPCI : communes inconnues : {_listed(unknown)}. Mettez d'abord à jour les communes.")
    _tell_followed(draft, "EPCI", followed)
    before = _composition(draft)
    draft.communes = {code: msgspec.structs.replace(one, epci=placed.get(code)) for code, one in draft.communes.items()}
    after = _composition(draft)
    draft.epci = {
        siren: named[siren]._replace(area_km2=_area(draft, siren, before, after)) for siren in after if siren in named
    }
    alone = sorted(code for code, one in draft.communes.items() if one.epci is None)
    draft.notices.append(f"{len(alone)} communes sans EPCI, chacune son propre territoire : {_listed(alone)}")


def apply_zones(draft: Draft, layout: str, rows: Rows) -> None:
    """Zones d'emploi, by INSEE's composition. Raises OfficialFileError for a commune that it leaves out."""
    column, label = ("ze2020", "libze2020") if layout == "zones-insee" else ("codze2020", "libze2020")
    values, names = _values(rows, column, label)
    placed, followed, _ = by_current(draft, values)
    missing = sorted(set(draft.communes) - set(placed))
    if missing:
        raise OfficialFileError(f"zones d'emploi : {len(missing)} communes sans zone : {_listed(missing)}")
    _tell_followed(draft, "zones d'emploi", followed)
    draft.communes = {
        code: msgspec.structs.replace(one, zone_emploi=placed[code]) for code, one in draft.communes.items()
    }
    draft.zones = {zone: names[zone] for zone in set(placed.values())}


def apply_bassins(draft: Draft, rows: Rows) -> None:
    """Bassins d'emploi of France Travail. A commune that the file leaves out has none, and it is said."""
    values, names = _values(rows, "codbe", "libbe")
    placed, followed, _ = by_current(draft, values)
    _tell_followed(draft, "bassins", followed)
    missing = sorted(set(draft.communes) - set(placed))
    if missing:
        draft.notices.append(f"{len(missing)} communes sans bassin d'emploi : {_listed(missing)}")
    draft.bassin_of = {code: placed[code] for code in draft.communes if code in placed}
    draft.bassins = {bassin: names[bassin] for bassin in set(placed.values())}


def by_current(draft: Draft, values: Mapping[str, str]) -> tuple[dict[str, str], list[str], list[str]]:
    """(current commune -> value, former codes that were followed, codes that are unknown).

    A commune's own code decides; else its former codes, if they agree; else the commune that it was cut out of.
    """
    current = draft.current()
    by_heir: dict[str, set[str]] = defaultdict(set)
    followed: list[str] = []
    unknown: list[str] = []
    for code, value in values.items():
        if code in draft.communes:
            continue
        heirs = [heir for heir in current(code) if heir in draft.communes]
        for heir in heirs:
            by_heir[heir].add(value)
        if not heirs:
            unknown.append(code)
        elif any(heir not in values for heir in heirs):
            followed.append(code)
    placed = {}
    holders = _holders(draft)
    for code in draft.communes:
        found = {values[code]} if code in values else by_heir.get(code) or {values[h] for h in holders.get(code, ())}
        if len(found) == 1:
            placed[code] = next(iter(found))
    unknown = [code for code in unknown if not code.startswith(OUTSIDE)]
    return placed, sorted(followed), sorted(unknown)


def _holders(draft: Draft) -> dict[str, list[str]]:
    """Communes out of which a commune was cut, the last first."""
    found: dict[str, list[str]] = {}
    for passage in draft.passages:
        for code in passage.after:
            if code != passage.before and passage.before in passage.after and passage.before in draft.communes:
                found[code] = [passage.before]
    return found


def _values(rows: Rows, column: str, label: str) -> tuple[dict[str, str], dict[str, str]]:
    """(commune -> unit, unit -> its most frequent name); leading zeros are put back in both."""
    values: dict[str, str] = {}
    names: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row[column]:
            unit = padded(row[column], 4)
            values[padded(row["codgeo"], 5)] = unit
            names[unit][row[label]] += 1
    return values, {unit: min(found, key=lambda name: (-found[name], name)) for unit, found in names.items()}


def _epci(draft: Draft, siren: str, layout: str, row: Mapping[str, str]) -> Epci:
    known = draft.epci.get(siren)
    if layout == "epci-dgcl":
        name, kind = row["raison_sociale"], row["nature_juridique"]
    else:
        name = row["libepci"]
        kind = known.kind if known else _KIND_OF_NAME.get(name.split(" ")[0].lower(), "")
    if kind not in KIND_LABELS or kind == "COMMUNE":
        raise OfficialFileError(f"EPCI {siren} ({name}) : nature juridique inconnue « {kind} »")
    return Epci(name, kind, "")


def _composition(draft: Draft) -> dict[str, frozenset[str]]:
    inside = grouped(draft.communes.values(), lambda one: one.epci)
    return {siren: frozenset(one.code for one in communes) for siren, communes in inside.items()}


def _area(draft: Draft, siren: str, before: Mapping[str, frozenset[str]], after: Mapping[str, frozenset[str]]) -> str:
    """The area of an EPCI with the same communes as before; unknown for another, since polygons are not read here."""
    known = draft.epci.get(siren)
    return known.area_km2 if known is not None and before.get(siren) == after[siren] else ""


def _tell_followed(draft: Draft, what: str, followed: list[str]) -> None:
    if followed:
        draft.notices.append(f"{what} : {len(followed)} anciens codes suivis : {_listed(followed)}")


def _listed(codes: Iterable[str]) -> str:
    found = sorted(codes)
    return ", ".join(found[:10]) + (f" et {len(found) - 10} autres" if len(found) > 10 else "")
