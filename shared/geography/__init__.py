"""Communes, EPCI, zones d'emploi, départements and régions of France (métropole and DROM).

>>> geography().territory_of("15014")
'241500230'
"""

from shared.geography.addresses import AddressUnresolvedError
from shared.geography.atlas import ARRONDISSEMENTS, Geography, UnknownCommuneError
from shared.geography.distance import Located, distance_km
from shared.geography.intake import Translation, accepted_commune, translation
from shared.geography.pack import attribution, geography, geojson
from shared.geography.passages import CommuneOn, Passage, PassageKind, Standing
from shared.geography.places import KIND_LABELS, Bassin, Commune, Departement, Region, Territory, Zone

__all__ = [
    "ARRONDISSEMENTS",
    "KIND_LABELS",
    "AddressUnresolvedError",
    "Bassin",
    "Commune",
    "CommuneOn",
    "Departement",
    "Geography",
    "Located",
    "Passage",
    "PassageKind",
    "Region",
    "Standing",
    "Territory",
    "Translation",
    "UnknownCommuneError",
    "Zone",
    "accepted_commune",
    "attribution",
    "distance_km",
    "geography",
    "geojson",
    "translation",
]
