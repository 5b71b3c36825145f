"""Occupations of the ROME, v3 and 4.0 (France Travail's nomenclature).

>>> occupations().label("F1703")
'Maçonnerie'
"""

from shared.occupations.catalogue import Occupation, Occupations, Related, UnknownOccupationError
from shared.occupations.pack import attribution, occupations

__all__ = [
    "Occupation",
    "Occupations",
    "Related",
    "UnknownOccupationError",
    "attribution",
    "occupations",
]
