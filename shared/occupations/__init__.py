"""Occupations of the ROME, v3 and 4.0 (France Travail's nomenclature).

>>> occupations().label("F1703")
'Maçonnerie'
"""

from shared.occupations.catalogue import MAJOR_DOMAINS, Occupation, Occupations, Related, UnknownOccupationError
from shared.occupations.pack import ATTRIBUTION, occupations

__all__ = [
    "ATTRIBUTION",
    "MAJOR_DOMAINS",
    "Occupation",
    "Occupations",
    "Related",
    "UnknownOccupationError",
    "occupations",
]
