"""Occupations of the ROME, v3 and 4.0 (France Travail's nomenclature).

>>> occupations().label("F1703")
'Maçonnerie'
"""

from shared.occupations.catalogue import MAJOR_DOMAINS, Occupation, Occupations, Related, UnknownOccupationError
from shared.occupations.pack import attribution, occupations

__all__ = [
    "MAJOR_DOMAINS",
    "Occupation",
    "Occupations",
    "Related",
    "UnknownOccupationError",
    "attribution",
    "occupations",
]
