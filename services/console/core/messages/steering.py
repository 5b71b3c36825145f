"""Words of the steering page."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "funnel.title": ("Pilotage", "Steering"),
    "funnel.lead": (
        "Combien de parcours ont atteint chaque étape, et combien s'y trouvent maintenant.",
        "How many courses reached each step, and how many stand there now.",
    ),
    "funnel.picture": ("Entonnoir des parcours", "Funnel of courses"),
    "funnel.empty": (
        "Aucun parcours pour ces filtres. L'entonnoir se remplit dès la première proposition.",
        "No course for these filters. The funnel fills from the first proposal on.",
    ),
    "funnel.step": ("Étape", "Step"),
    "funnel.reached": ("Ont atteint l'étape", "Reached the step"),
    "funnel.now": ("S'y trouvent", "Stand there"),
    "funnel.share": ("Part de l'étape précédente", "Share of the step before"),
    "funnel.legend_reached": ("ont atteint l'étape", "reached the step"),
    "funnel.legend_now": ("s'y trouvent maintenant", "stand there now"),
    "funnel.outcomes": ("Comment ils se sont terminés", "How they ended"),
    "funnel.placements": ("Parcours", "Courses"),
    "funnel.households": ("Ménages", "Households"),
    "funnel.unknown_territory": (
        "Territoire inconnu : le filtre n'est pas appliqué.",
        "Unknown territory: the filter is not applied.",
    ),
}
