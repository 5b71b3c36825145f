"""Reasons of a « non », as a household reads them."""

import pytest

from services.console.core.answer_reasons import KNOWN, choices
from services.console.core.answer_texts import TONGUES, Tongue
from services.matching.core.programme import About
from services.matching.programmes import current

GIVEN = [
    {"code": "rent_too_high", "label": "Loyer ou charges trop élevés"},
    {"code": "of_one_programme", "label": "Motif d'un programme"},
    {"code": "no_reason_given", "label": "Sans motif donné"},
]


def test_every_reason_of_every_programme_is_said_in_every_language() -> None:
    codes = {
        code
        for programme in current().values()
        for code, refusal in programme.refusals.items()
        if refusal.about is not About.LANDLORD
    }
    assert codes <= KNOWN
    said = [choices([{"code": code, "label": code} for code in sorted(codes)], tongue.code) for tongue in TONGUES]
    for of_one_reason in zip(*said, strict=True):
        assert len({choice.words for choice in of_one_reason}) == len(TONGUES)


@pytest.mark.parametrize("tongue", TONGUES, ids=lambda tongue: tongue.code)
def test_words_stand_in_the_pages_language_and_direction(tongue: Tongue) -> None:
    code, direction = tongue.code, tongue.direction
    first, unknown = choices(GIVEN, code)
    assert (first.tongue, first.direction) == (code, direction)
    assert (unknown.words, unknown.tongue, unknown.direction) == ("Motif d'un programme", "fr", "ltr")


def test_to_say_nothing_is_not_a_choice() -> None:
    assert "no_reason_given" not in {choice.code for choice in choices(GIVEN, "fr")}
