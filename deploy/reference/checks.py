"""What must hold of a pack before anybody may use it. How much may change at once is `deploy.reference.review`'s matter."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from shared.geography import Geography
from shared.geography.pack import TABLES as GEOGRAPHY_TABLES
from shared.geography.pack import bassins_of, geography_of, postal_codes_of, unpacked
from shared.geography.passages import Standing
from shared.geography.places import BassinTables, Commune
from shared.geography.social import SocialHousing, social_rows
from shared.occupations import Occupations
from shared.occupations.pack import TABLES as OCCUPATION_TABLES
from shared.occupations.pack import occupations_of
from shared.official import OfficialFigures
from shared.official.pack import TABLES as OFFICIAL_TABLES
from shared.official.pack import official_of

SHOWN: Final = 5
# South, north, west and east of the métropole and the five DROM, in degrees: a latitude and a longitude that were swapped
# lie in none of them.
_BOXES: Final = (
    (41.2, 51.3, -5.4, 9.8),
    (15.6, 16.7, -62.0, -60.8),
    (14.2, 15.0, -61.4, -60.6),
    (1.9, 6.0, -54.8, -51.4),
    (-21.6, -20.7, 55.1, 56.0),
    (-13.2, -12.4, 44.9, 45.5),
)


class Read(NamedTuple):
    """A pack's tables, read by the code that services read them with."""

    geography: Geography
    postal: Mapping[str, tuple[str, ...]]
    social: SocialHousing
    occupations: Occupations
    official: OfficialFigures


class PackRefusedError(ValueError):
    """Tables that no service may read; `problems` in French."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ; ".join(self.problems))


def read_tables(tables: Mapping[str, bytes], vintage: str) -> Read:
    """The tables as services see them. Raises PackRefusedError for tables that cannot even be read."""

    def content(name: str) -> bytes:
        return unpacked(name, tables[f"geography/{name}"])

    def postal() -> Mapping[str, tuple[str, ...]]:
        return postal_codes_of(content("postal_codes.csv.gz"))

    def bassins() -> BassinTables:
        return bassins_of(content("bassins.csv"), content("commune_bassins.csv.gz"))

    try:
        places = geography_of({name: content(name) for name in GEOGRAPHY_TABLES}, postal, bassins)
        rome = {name: tables[f"occupations/{name}"] for name in OCCUPATION_TABLES}
        social = SocialHousing(social_rows(content("social_dwellings.csv.gz")), places, "")
        figures = official_of({name: unpacked(name, tables[f"official/{name}"]) for name in OFFICIAL_TABLES}, places)
        found = Read(places, postal(), social, occupations_of(rome, vintage), figures)
        found.geography.bassins  # noqa: B018 (reads the table)
        figures.by_territory  # noqa: B018 (projects the figures)
    except (KeyError, ValueError, LookupError, OSError) as error:
        raise PackRefusedError([f"tables illisibles : {type(error).__name__} {error}"]) from error
    return found


def problems_of(read: Read) -> list[str]:
    """Everything that is wrong, in French; empty for a pack that may be used."""
    places, communes = read.geography, read.geography.communes.values()
    if not communes:
        return ["aucune commune"]
    return [
        *_each(communes, "sans département du référentiel", lambda one: one.departement not in places.departements),
        *_each(communes, "hors de la région de leur département", lambda one: _elsewhere(places, one)),
        *_each(communes, "sans zone d'emploi du référentiel", lambda one: one.zone_emploi not in places.zones),
        *_each(communes, "dans un EPCI qui n'existe pas", lambda one: _territory(one) not in places.territories),
        *_each(communes, "avec une population négative", lambda one: one.population < 0),
        *_each(communes, "hors de France par leur point", _outside),
        *_orphans("zones d'emploi", places.zones, {one.zone_emploi for one in communes}),
        *_orphans("départements", places.departements, {one.departement for one in communes}),
        *_orphans("régions", places.regions, {one.region for one in communes}),
        *_orphans("territoires", places.territories, {_territory(one) for one in communes}),
        *_orphans("bassins", places.bassins, {bassin for one in communes if (bassin := places.bassin_of(one.code))}),
        *_told("chefs-lieux qui ne sont pas des communes", _lost_seats(places)),
        *_told("anciens codes qui ne mènent à aucune commune actuelle", _lost_codes(places)),
        *_told("codes postaux sans commune actuelle", _lost_postal(read)),
        *_told("fiches ROME 4.0 sans fiche v3", _lost_sheets(read.occupations)),
    ]


def _each(communes: Iterable[Commune], what: str, wrong: Callable[[Commune], bool]) -> list[str]:
    return _told(f"communes {what}", [one.code for one in communes if wrong(one)])


def _orphans(what: str, units: Iterable[str], used: set[str]) -> list[str]:
    return _told(f"{what} sans commune", sorted(set(units) - used))


def _told(what: str, codes: list[str]) -> list[str]:
    more = "" if len(codes) <= SHOWN else ", …"
    return [f"{len(codes)} {what} : {', '.join(codes[:SHOWN])}{more}"] if codes else []


def _territory(commune: Commune) -> str:
    return commune.epci or commune.code


def _elsewhere(places: Geography, commune: Commune) -> bool:
    departement = places.departement(commune.departement)
    return departement is not None and departement.region != commune.region


def _outside(commune: Commune) -> bool:
    return not any(
        south <= commune.latitude <= north and west <= commune.longitude <= east for south, north, west, east in _BOXES
    )


def _lost_seats(places: Geography) -> list[str]:
    seats = {one.chef_lieu for one in places.departements.values()} | {one.chef_lieu for one in places.regions.values()}
    return sorted(seat for seat in seats if seat not in places.communes)


def _lost_codes(places: Geography) -> list[str]:
    codes = {passage.before for passage in places.passages.all if passage.before}
    return sorted(
        code
        for code in codes
        if (meant := places.commune_on(code)).standing is not Standing.OUTSIDE
        and not (meant.communes and all(heir in places.communes for heir in meant.communes))
    )


def _lost_postal(read: Read) -> list[str]:
    known = read.geography.communes
    return [postal for postal, codes in read.postal.items() if not codes or any(code not in known for code in codes)]


def _lost_sheets(occupations: Occupations) -> list[str]:
    return [
        code
        for code, one in occupations.all.items()
        if one.origin is not None and (one.origin not in occupations.all or occupations.all[one.origin].origin)
    ]
