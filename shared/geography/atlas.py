"""The atlas: which commune lies in which territory, zone d'emploi and département.

The default zoning is the EPCI; a commune without EPCI is its own territory.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property
from typing import TypeVar

from shared.geography.addresses import Addresses
from shared.geography.passages import CommuneOn, Passages, Standing
from shared.geography.places import Bassin, BassinTables, Commune, Departement, Region, Territory, Zone
from shared.geography.remedies import Remedies

T = TypeVar("T")

# Paris, Lyon and Marseille: many sources count by arrondissement, which is not a commune.
ARRONDISSEMENTS: Mapping[str, str] = {
    **{str(code): "75056" for code in range(75101, 75121)},
    **{str(code): "69123" for code in range(69381, 69390)},
    **{str(code): "13055" for code in range(13201, 13217)},
}


class UnknownCommuneError(LookupError):
    """A code that is no current commune; the message is a remedy in French, fit to be shown."""


class Geography:
    """Look-ups by code. Immutable once built; get it from `shared.geography.geography()`.

    `version` is a hash of the tables' content: it changes exactly when a look-up could.
    """

    zoning = "epci"

    def __init__(
        self,
        *,
        communes: Mapping[str, Commune],
        territories: Mapping[str, Territory],
        zones: Mapping[str, Zone],
        departements: Mapping[str, Departement],
        regions: Mapping[str, Region],
        passages: Passages,
        remedies: Remedies,
        read_bassins: Callable[[], BassinTables],
        version: str,
    ) -> None:
        self.communes = communes
        self.territories = territories
        self.zones = zones
        self.departements = departements
        self.regions = regions
        self.version = version
        self.passages = passages
        self._remedies = remedies
        self._read_bassins = read_bassins

    def commune(self, code: str) -> Commune | None:
        """The current commune that a code means: its own, an arrondissement's, or the one that a former code became.

        None for an unknown code and for one with several heirs. `current_code` differs from the code that was given
        where that is a former one.
        """
        known = self.communes.get(code)
        return known if known is not None else self.communes.get(self.current_code(code) or "")

    def current_code(self, code: str) -> str | None:
        """The current commune that a code means today, through arrondissements and former codes.

        None if it is unknown, or if several communes are its heirs (`commune_on` names them; nothing is guessed).
        """
        if code in self.communes:
            return code
        return ARRONDISSEMENTS.get(code) or self.passages.today(code).commune

    def commune_on(self, code: str, on: date | None = None, *, written_on: date | None = None) -> CommuneOn:
        """What a code means on a day (default: in today's reference), with the passage that tells why.

        `written_on` is a day when the code was written, for instance the date of an old file: it reveals that a commune
        has given back a part since, in which case all candidates are returned.
        """
        if code in ARRONDISSEMENTS:
            return CommuneOn(code, on, Standing.ARRONDISSEMENT, (ARRONDISSEMENTS[code],))
        if on is None and written_on is None:
            return self.passages.today(code)
        return self.passages.on(code, on, written_on=written_on)

    def commune_at(self, address: str) -> Commune:
        """The one commune that an address with its postal code names. Raises AddressUnresolvedError with candidates."""
        return self._addresses.commune_at(address)

    def communes_of_postal_code(self, postal_code: str) -> tuple[str, ...]:
        """The communes that have a postal code, most populous first; none for an unknown one."""
        return tuple(self._remedies.postal.get(postal_code, ()))

    def postal_codes_of(self, code: str) -> tuple[str, ...]:
        """Postal codes that serve a commune, in order; none for an unknown code."""
        return self._postal_codes_by_commune.get(code, ())

    @cached_property
    def _postal_codes_by_commune(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for postal, communes in sorted(self._remedies.postal.items()):
            for commune in communes:
                found.setdefault(commune, []).append(postal)
        return {commune: tuple(codes) for commune, codes in found.items()}

    @cached_property
    def _addresses(self) -> Addresses:
        return Addresses(self.communes, self._remedies.postal, self.passages)

    def territory_of(self, commune_code: str) -> str:
        """Code of the territory that holds a commune, a former one included as long as all its heirs lie in one.

        Raises UnknownCommuneError with a remedy.
        """
        commune = self.communes.get(commune_code)
        if commune is not None:
            return commune.epci or commune.code
        return self._shared(commune_code, lambda one: one.epci or one.code)

    def zone_of(self, commune_code: str) -> str:
        """Code of the zone d'emploi of a commune, on the same terms. Raises UnknownCommuneError with a remedy."""
        commune = self.communes.get(commune_code)
        return commune.zone_emploi if commune is not None else self._shared(commune_code, lambda one: one.zone_emploi)

    def _shared(self, code: str, unit: Callable[[Commune], T]) -> T:
        """The unit in which all the communes lie that a code means."""
        found = {unit(self.communes[one]) for one in self.commune_on(code).communes}
        if len(found) != 1:
            raise UnknownCommuneError(self.suggest(code))
        return found.pop()

    def territory(self, code: str) -> Territory | None:
        return self.territories.get(code)

    def zone(self, code: str) -> Zone | None:
        return self.zones.get(code)

    @property
    def bassins(self) -> Mapping[str, Bassin]:
        """Bassins d'emploi by code."""
        return self._bassin_tables[0]

    def bassin_of(self, commune_code: str) -> str | None:
        """Code of the bassin d'emploi of a commune, a former one included as long as all its heirs lie in one.

        None where the source does not say. Raises UnknownCommuneError with a remedy.
        """
        bassins = self._bassin_tables[1]
        known = self.communes.get(commune_code)
        return bassins.get(known.code) if known else self._shared(commune_code, lambda one: bassins.get(one.code))

    @cached_property
    def _bassin_tables(self) -> BassinTables:
        return self._read_bassins()

    def departement(self, code: str) -> Departement | None:
        return self.departements.get(code)

    def region(self, code: str) -> Region | None:
        return self.regions.get(code)

    def territories_in(self, departement: str) -> tuple[Territory, ...]:
        """Territories with at least one commune in a département, by code; none for an unknown département."""
        return self._territories_by_departement.get(departement, ())

    @cached_property
    def _territories_by_departement(self) -> dict[str, tuple[Territory, ...]]:
        found: dict[str, list[Territory]] = {}
        for territory in self.territories.values():
            for departement in territory.departements:
                found.setdefault(departement, []).append(territory)
        return {code: tuple(members) for code, members in found.items()}

    def communes_of(self, code: str) -> tuple[str, ...]:
        """Commune codes of an EPCI, a département or a commune that is its own territory, arrondissements included.

        Empty for an unknown code.
        """
        return self._communes_by_area.get(code, ())

    @cached_property
    def _communes_by_area(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        arrondissements: dict[str, list[str]] = {}
        for part, whole in ARRONDISSEMENTS.items():
            arrondissements.setdefault(whole, []).append(part)
        for commune in self.communes.values():
            for area in (commune.epci or commune.code, commune.departement):
                found.setdefault(area, []).extend((commune.code, *arrondissements.get(commune.code, ())))
        return {code: tuple(members) for code, members in found.items()}

    def codes_in(self, area: str) -> tuple[str, ...]:
        """Every code under which data may lie that belongs to an EPCI, a département or a commune: `communes_of`, and the
        former codes whose ground lies in it today. A former code as `area` is its commune of today.

        What was recorded before a merger keeps its code; a search by place has to find it. Empty for an unknown area.
        """
        found = self.communes_of(area)
        if not found:
            commune = self.communes.get(area) or (self.commune(area) if area not in ARRONDISSEMENTS else None)
            if commune is None:
                return (area,) if area in ARRONDISSEMENTS else ()
            own = (commune.code, *(part for part, whole in ARRONDISSEMENTS.items() if whole == commune.code))
            found = own if area in own else (area, *own)
        return tuple(dict.fromkeys((*found, *(code for one in found for code in self._former_codes.get(one, ())))))

    @cached_property
    def _former_codes(self) -> dict[str, list[str]]:
        """Commune -> former codes that lead to it alone."""
        found: dict[str, list[str]] = {}
        for code in {passage.before for passage in self.passages.all if passage.before not in self.communes}:
            heir = self.passages.today(code).commune
            if heir is not None:
                found.setdefault(heir, []).append(code)
        return {heir: sorted(codes) for heir, codes in found.items()}

    def suggest(self, code: str, lang: str = "fr") -> str:
        """One sentence for a person who gave a commune code that does not exist: what it is, what to give."""
        return self._remedies.for_commune(code, lang)

    def suggest_territory(self, code: str, lang: str = "fr") -> str:
        """The same for a territory code: says which territory a commune, a département or a name stands for."""
        commune = self.commune(code)
        if commune is not None:
            own = self.territories[commune.epci or commune.code]
            if lang == "en":
                return f"“{code}” is the commune {commune.name}: its territory is {own.code} ({own.name})."
            return f"« {code} » est la commune {commune.name} : son territoire est {own.code} ({own.name})."
        return self._remedies.for_territory(code, lang)
