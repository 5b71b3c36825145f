"""Why a home is held back: its rarest quality among what is open in its territory, in words without a figure of worth."""

import pytest

from services.matching.core.holding import FEW, Holding, held_sentence, rarity
from services.matching.core.model import Home
from tests.unit.matching.samples import TERRITORY, a_home


def others(count: int, **changed: object) -> list[Home]:
    return [a_home(f"vac_other_{number}", **changed) for number in range(count)]


@pytest.mark.parametrize(
    ("home", "around", "reason", "alike"),
    [
        (a_home(accessible=True), others(9), Holding.ACCESSIBLE, 1),
        (a_home(accessible=True), others(9, accessible=True), Holding.WANTED, 10),
        (a_home(typology="T5"), others(9), Holding.LARGE, 1),
        (a_home(typology="T1"), others(2, typology="T1"), Holding.SMALL, 3),
        (a_home(), others(1), Holding.HERE, 2),
        (a_home(), others(FEW), Holding.WANTED, FEW + 1),
        (a_home(), [a_home()], Holding.HERE, 1),
    ],
)
def test_the_rarest_quality_of_a_home_is_its_reason(
    home: Home, around: list[Home], reason: Holding, alike: int
) -> None:
    found = rarity(home, around)
    assert (found.reason, found.alike, found.territory) == (reason, alike, TERRITORY)
    assert found.facts == {"alike": alike, "typology": home.typology, "territory": TERRITORY}


@pytest.mark.parametrize("reason", list(Holding))
def test_every_reason_is_a_sentence_about_the_home_and_never_a_price(reason: Holding) -> None:
    for alike in (1, 2):
        for said in held_sentence(reason, alike, "T4", "Bassin d'Aurillac"):
            assert said.endswith(".")
            assert "Bassin d'Aurillac" in said
            assert not [word for word in ("prix", "price", "valeur", "value", "score", "€") if word in said.lower()]
    assert held_sentence("rare_large", 2, "T4", "X").fr == "Rareté du logement : 2 T4 libres (X)."
