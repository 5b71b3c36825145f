"""A vintage of the code officiel géographique: the communes of the day, and what became of those that were.

What INSEE's files do not tell of a new code (point, EPCI, zone, bassin) comes from the communes that it was made of; a
population is never invented.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import msgspec

from deploy.reference.draft import Draft, centre
from deploy.reference.movements import passages_of
from deploy.reference.official import OfficialFileError, figure, padded
from shared.geography.passages import Passage, Passages
from shared.geography.places import Commune

# Collectivities with their own status are not in the reference.
OUTSIDE: Final = ("975", "977", "978", "984", "986", "987", "988", "989")
Rows = Iterable[Mapping[str, str]]


class _Origin(NamedTuple):
    """The communes of the base pack whose ground a code has. `whole`: it has all of it."""

    communes: list[Commune]
    whole: bool


def apply_communes(draft: Draft, cog: Rows, movements: Rows, populations: Rows, points: Rows) -> None:
    """Takes over a vintage. `populations` and `points` may be empty: then the base's are kept where they still fit.

    Raises OfficialFileError for what the files do not tell and nothing else can.
    """
    listed = {
        padded(row["com"], 5): row for row in cog if row["typecom"] == "COM" and not row["com"].startswith(OUTSIDE)
    }
    try:
        passages = passages_of(movements)
    except ValueError as error:
        raise OfficialFileError(f"mouvements des communes : {error}") from error
    followed = Passages(passages, listed)
    people, places = _people(populations), _points(points)
    heirs = {code: followed.today(code).communes for code in draft.communes}
    taken = _origins(draft, heirs, set(listed), passages)
    unknown = sorted(code for code in listed if code not in taken and code not in draft.communes)
    if unknown:
        raise OfficialFileError(
            f"communes sans origine connue : {', '.join(unknown[:10])}. Donnez les mouvements du même millésime."
        )
    communes, bassins, unpeopled = {}, {}, []
    for code, row in listed.items():
        origin = taken[code]
        population = people.get(code)
        if population is None:
            population = sum(one.population for one in origin.communes) if origin.whole else None
        if population is None:
            unpeopled.append(code)
            continue
        seat = _seat(code, origin, draft)
        latitude, longitude = places.get(code) or _point(code, origin, draft)
        communes[code] = msgspec.structs.replace(
            seat,
            code=code,
            name=row["libelle"],
            departement=row["dep"],
            region=row["reg"],
            population=population,
            latitude=latitude,
            longitude=longitude,
        )
        if seat.code in draft.bassin_of:
            bassins[code] = draft.bassin_of[seat.code]
    if unpeopled:
        raise OfficialFileError(
            f"population inconnue pour {', '.join(unpeopled[:10])} (communes rétablies ou partagées) : "
            "ajoutez le fichier des populations (donnees_communes.csv)"
        )
    draft.communes, draft.bassin_of, draft.passages = communes, bassins, passages
    _follow_postal(draft, taken)
    _follow_seats(draft)


def apply_populations(draft: Draft, populations: Rows) -> None:
    """Municipal populations of the communes that the file names; the others keep theirs, and it is said."""
    people = _people(populations)
    missing = sorted(set(draft.communes) - set(people))
    draft.communes = {
        code: msgspec.structs.replace(one, population=people.get(code, one.population))
        for code, one in draft.communes.items()
    }
    if missing:
        draft.notices.append(f"{len(missing)} communes gardent leur population : {', '.join(missing[:10])}")


def _origins(
    draft: Draft, heirs: Mapping[str, tuple[str, ...]], listed: set[str], passages: Iterable[Passage]
) -> dict[str, _Origin]:
    """For each listed code, the base's communes that it comes from."""
    found: dict[str, _Origin] = {}
    for code, commune in draft.communes.items():
        means = heirs[code]
        for heir in means:
            known = found.get(heir, _Origin([], whole=True))
            found[heir] = _Origin([*known.communes, commune], known.whole and len(means) == 1)
    # A commune that was cut out of one that goes on under its own code: today that code stands for itself.
    cut = {(code, one.before) for one in passages for code in one.after if code not in found and code in listed}
    for code, holder in sorted(cut):
        if holder in draft.communes:
            known = found.get(code, _Origin([], whole=False))
            found[code] = _Origin([*known.communes, draft.communes[holder]], whole=False)
            if holder in found:
                found[holder] = found[holder]._replace(whole=False)
    return found


def _seat(code: str, origin: _Origin, draft: Draft) -> Commune:
    """The commune whose EPCI, zone and bassin a code takes: its own, or the most populous one that it was made of."""
    own = next((one for one in origin.communes if one.code == code), None)
    seat = own or max(origin.communes, key=lambda one: (one.population, one.code))
    places = {(one.epci, one.zone_emploi) for one in origin.communes}
    if own is None and len(places) > 1:
        draft.notices.append(
            f"{code} : EPCI et zone d'emploi de {seat.code} ({seat.name}), la plus peuplée de ses communes"
        )
    return seat


def _point(code: str, origin: _Origin, draft: Draft) -> tuple[float, float]:
    own = next((one for one in origin.communes if one.code == code), None)
    if own is not None:
        return own.latitude, own.longitude
    if not origin.whole:
        draft.notices.append(f"{code} : point de {origin.communes[0].name}, faute du sien (fichier des centroïdes)")
    return centre(origin.communes)


def _people(rows: Rows) -> dict[str, int]:
    found = {}
    for row in rows:
        try:
            population = figure(row["pmun"])
        except ValueError as error:
            raise OfficialFileError(f"population de {row['com']} : {error}") from error
        if population is not None:
            found[padded(row["com"], 5)] = population
    return found


def _points(rows: Rows) -> dict[str, tuple[float, float]]:
    found = {}
    for row in rows:
        try:
            point = (round(float(row["latitude"]), 4), round(float(row["longitude"]), 4))
        except ValueError as error:
            raise OfficialFileError(f"point de {row['code_officiel_commune']} : {error}") from error
        found[padded(row["code_officiel_commune"], 5)] = point
    return found


def _follow_postal(draft: Draft, taken: Mapping[str, _Origin]) -> None:
    """Postal codes lead to today's communes; one that was cut out is a candidate wherever its holder was."""
    cut: dict[str, list[str]] = {}
    for code, origin in taken.items():
        if not origin.whole:
            for holder in origin.communes:
                cut.setdefault(holder.code, []).append(code)
    current = draft.current()
    for postal, communes in draft.postal.items():
        served = {heir for code in communes for heir in (*current(code), *cut.get(code, ())) if heir in draft.communes}
        draft.postal[postal] = most_populous_first(draft, served)
    draft.postal = {postal: communes for postal, communes in draft.postal.items() if communes}


def _follow_seats(draft: Draft) -> None:
    """Chefs-lieux under their code of today."""
    current = draft.current()
    for areas in (draft.departements, draft.regions):
        for code, area in areas.items():
            if area.chef_lieu not in draft.communes and len(heirs := current(area.chef_lieu)) == 1:
                areas[code] = area._replace(chef_lieu=heirs[0])


def most_populous_first(draft: Draft, codes: Iterable[str]) -> tuple[str, ...]:
    """Commune codes in the order of a postal code's row."""
    return tuple(sorted(codes, key=lambda code: (-draft.communes[code].population, code)))
