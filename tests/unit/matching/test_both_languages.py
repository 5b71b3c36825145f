"""What matching says to people it says in French and in English, from the same facts."""

from collections.abc import Callable

import pytest

from services.matching.core.commute import SOURCE
from services.matching.core.criteria import CRITERIA
from services.matching.core.fairness import Dimension
from services.matching.core.holding import Holding, held_sentence
from services.matching.core.placement import Outcome
from services.matching.core.programme import STEP_LABELS
from services.matching.core.prospects import Standing
from services.matching.core.reasons import Reason, ToConfirm
from services.matching.core.shortlist_words import too_few_sentence
from shared.words import Words

LABELS: list[Callable[[str], str]] = [
    *(one.label for family in (Reason, ToConfirm, Standing, Dimension, Outcome) for one in family),
    *(words.said for words in (*STEP_LABELS.values(), SOURCE, *(one.label for one in CRITERIA))),
]
SENTENCES: list[Words | None] = [
    *(held_sentence(why, alike, "T4", "X") for why in Holding for alike in (1, 3)),
    *(too_few_sentence(count, 3) for count in (0, 1, 2)),
]


@pytest.mark.parametrize("said", [*LABELS, *(words.said for words in SENTENCES if words is not None)])
def test_each_is_said_in_both_languages(said: Callable[[str], str]) -> None:
    french, english = said("fr"), said("en")
    assert french
    assert english
    assert french != english
