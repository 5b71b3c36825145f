"""The geography as the counters take it: apart from the scores, whose NumPy a process that only counts does without."""

from services.scoring.core.counters import PSEUDO, Places
from shared.geography import geography


def counting_places() -> Places:
    """Where states are counted, under the default zoning."""
    atlas = geography()
    return Places(atlas.territory_of, lambda code: code in atlas.territories or code in atlas.departements)


def counted_codes() -> frozenset[str]:
    """Every code that may have counters: territories, départements (commitments) and the pseudo-territories."""
    atlas = geography()
    return frozenset(atlas.territories) | frozenset(atlas.departements) | frozenset(PSEUDO)
