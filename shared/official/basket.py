"""Which equipment of INSEE's base permanente (BPE) is a service of everyday life here. A choice of ours, written down.

Each service is one or several codes of the BPE's nomenclature (type d'équipement): any of them will do. Codes of the
nomenclatures before and after 2023 are both there where INSEE changed them.
"""

from collections.abc import Mapping
from typing import Final

BASKET: Final[Mapping[str, frozenset[str]]] = {
    "food": frozenset({"B101", "B102", "B104", "B105", "B201", "B202"}),  # hypermarket to grocery
    "bakery": frozenset({"B203", "B207"}),
    "post": frozenset({"A206", "A207", "A208"}),
    "bank": frozenset({"A203"}),
    "hairdresser": frozenset({"A501"}),
    "garage": frozenset({"A301"}),
    "doctor": frozenset({"D201", "D265"}),
    "dentist": frozenset({"D221", "D277"}),
    "nurse": frozenset({"D232", "D281"}),
    "pharmacy": frozenset({"D301", "D307"}),
    "school": frozenset({"C101", "C102", "C104", "C105", "C107", "C108", "C109"}),
    "college": frozenset({"C201"}),
    "public_services": frozenset({"A128"}),  # France services
    "jobs_agency": frozenset({"A122"}),  # France Travail, réseau de proximité
}
SCHOOLS: Final = BASKET["school"]
STATIONS: Final = frozenset({"E107", "E108", "E109"})  # national, regional and local railway stations
