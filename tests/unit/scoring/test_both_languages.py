"""What scoring says to people it says in French and in English."""

import pytest

from services.scoring.core import views
from services.scoring.core.indicators import INDICATORS, Block, Indicator
from services.scoring.core.rankings import Exclusion
from shared.words import Words
from tests.unit.scoring.test_views import place, score

SAID = [*(one.label for one in Exclusion), *(one.label for one in Block if one is not Block.SERVICES)]


@pytest.mark.parametrize("words", SAID)
def test_each_is_said_in_both_languages(words: Words) -> None:
    assert words.fr
    assert words.en
    assert words.fr != words.en


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda one: one.name)
def test_an_indicator_has_its_label_and_cautions_in_both_languages(indicator: Indicator) -> None:
    for words in (indicator.label, indicator.unit, *indicator.cautions):
        assert all(words)
    for words in (indicator.label, *indicator.cautions):
        assert words.fr != words.en


def test_a_territory_is_told_in_the_language_asked_for() -> None:
    for view, of in ((views.public_detail, "profile"), (views.detail, "contributions")):
        labels = {lang: view(place("a"), score("a", {}), lang)[of][0]["label"] for lang in ("fr", "en")}
        assert labels == {
            "fr": "Offres qui demandent le permis de conduire",
            "en": "Offers that ask for a driving licence",
        }
