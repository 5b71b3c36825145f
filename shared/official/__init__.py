"""Official figures beside the social stock: hiring, tensions, demand, vacancy, services and population, by territory.

>>> official_figures().of("241500230")["hiring_projects"] > 0
True
"""

from shared.official.basket import BASKET, SCHOOLS, STATIONS
from shared.official.figures import FIGURES, Figure, Hiring, OfficialFigures, Tension
from shared.official.pack import attribution, official_figures, vintages

__all__ = [
    "BASKET",
    "FIGURES",
    "SCHOOLS",
    "STATIONS",
    "Figure",
    "Hiring",
    "OfficialFigures",
    "Tension",
    "attribution",
    "official_figures",
    "vintages",
]
