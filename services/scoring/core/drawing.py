"""Drawing a reference from the figures of the day, and judging how far it would move the scores before anyone sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from services.scoring.core.indicators import COMPUTED, SMALL_SAMPLE
from services.scoring.core.reference import RANKED, Reference, quantiles_of
from services.scoring.core.scores import Scored

# Fewer known territories say nothing of a country: the former quantiles stay.
LEAST_PLACES: Final = 200
# Beyond any of these a drawn reference waits for an operator (labonneboite blocks on a moved mean in the same way).
MEAN_LIMIT: Final = 3.0  # points of score, mean over the territories that both references score
PLACES_LIMIT: Final = 0.10  # of all places on the list, moved by the territory at the 95th percentile of moves
CLASSES_LIMIT: Final = 0.20  # share of the territories whose class changes
SCORED_LIMIT: Final = 0.05  # share of the territories that gain or lose their score


@dataclass(frozen=True)
class Shift:
    """What another reference does to the scores of one moment. Shares are 0..1; `mean` is in points, signed."""

    mean: float
    places: float
    classes: float
    scored: float

    @property
    def too_far(self) -> tuple[str, ...]:
        """Which limits it passes; none for a reference that may be used at once."""
        limits = (
            ("mean", abs(self.mean), MEAN_LIMIT),
            ("places", self.places, PLACES_LIMIT),
            ("classes", self.classes, CLASSES_LIMIT),
            ("scored", self.scored, SCORED_LIMIT),
        )
        return tuple(name for name, value, limit in limits if value > limit)


def drawn(version: str, current: Reference, scored: Mapping[str, Scored]) -> Reference:
    """The reference of these territories' figures. An indicator known in too few places keeps what `current` has; class
    breaks stay until `with_breaks` sets them."""
    quantiles, simulated = dict(current.quantiles), set(current.simulated)
    for number, indicator in enumerate(COMPUTED):
        if indicator not in RANKED:
            continue
        known = [one.contributions[number] for one in scored.values()]
        values = np.array(
            [np.nan if one.value is None or SMALL_SAMPLE in one.flags else one.value for one in known], dtype=np.float64
        )
        if np.isfinite(values).sum() >= LEAST_PLACES:
            quantiles[indicator.name] = np.array(quantiles_of(values))
            simulated.discard(indicator.name)
    return replace(current, version=version, quantiles=quantiles, simulated=frozenset(simulated))


def with_breaks(reference: Reference, scored: Mapping[str, Scored]) -> Reference:
    """The same with classes of a fifth of the scored territories each; unchanged where too few are scored."""
    scores = np.array([one.score for one in scored.values() if one.score is not None])
    if scores.size < LEAST_PLACES:
        return reference
    breaks = tuple(round(float(limit), 2) for limit in np.quantile(scores, [0.2, 0.4, 0.6, 0.8]))
    return replace(reference, class_breaks=breaks)


def shift(before: Mapping[str, Scored], after: Mapping[str, Scored], breaks: Reference) -> Shift:
    """From the scores under one reference to those under another; `breaks` tells the classes of the second."""
    codes = sorted(before)
    both = [code for code in codes if before[code].score is not None and after[code].score is not None]
    lost = sum((before[code].score is None) != (after[code].score is None) for code in codes)
    scored = lost / len(codes) if codes else 0.0
    if not both:
        return Shift(0.0, 0.0, 0.0, scored)
    old, new = (np.array([scores[code].score for code in both], dtype=np.float64) for scores in (before, after))
    moves = np.abs(_places(new) - _places(old)) / len(both)
    classes = sum(
        breaks.score_class(float(score)) != before[code].score_class for code, score in zip(both, new, strict=True)
    )
    return Shift(
        mean=round(float((new - old).mean()), 4),
        places=round(float(np.quantile(moves, 0.95)), 4),
        classes=round(classes / len(both), 4),
        scored=round(scored, 4),
    )


def _places(scores: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Place of each score among all, equal ones sharing the middle."""
    low = np.searchsorted(np.sort(scores), scores, side="left")
    high = np.searchsorted(np.sort(scores), scores, side="right")
    places: np.ndarray[Any, np.dtype[np.float64]] = (low + high) / 2.0
    return places
