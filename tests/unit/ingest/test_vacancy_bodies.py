"""What a landlord may write about a dwelling, and what it is told when something does not fit."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.ingest.core.typologies import canonical
from services.ingest.schemas import VacancyBody
from shared.events import Reservation, Typology

BODY: dict[str, Any] = {
    "commune": "15014",
    "typology": "T3",
    "surface_m2": 62,
    "rent_eur_per_month": 410,
    "available_from": "2026-12-01",
}


def errors_of(body: dict[str, Any]) -> list[Any]:
    with pytest.raises(ValidationError) as raised:
        VacancyBody.model_validate(body)
    return list(raised.value.errors())


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("T1", "T1"), ("studio", "T1"), ("Tx studio", "T1"), ("T1bis", "T1"), ("F1 bis", "T1"), ("chambre", "T1"),
        ("f3", "T3"), ("type 3", "T3"), ("3 pièces", "T3"), ("t 2", "T2"), ("T4 duplex", "T4"), ("3", "T3"),
        ("T5+", "T5"), ("T5 et plus", "T5"), ("6 pièces et plus", "T6"), ("T7", "T6"),
    ],
)  # fmt: skip
def test_the_ways_of_writing_a_size_end_in_one(written: str, stored: str) -> None:
    assert VacancyBody.model_validate({**BODY, "typology": written}).content()["typology"] == stored


@pytest.mark.parametrize("written", ["", "T0", "T9", "T3T4", "T3+", "grand", "TT3", "T3,5"])
def test_what_means_no_size_is_refused_with_the_ways_of_writing_one(written: str) -> None:
    (error,) = errors_of({**BODY, "typology": written})
    assert error["loc"] == ("typology",)
    assert "studio" in error["ctx"]["accepted"]


@given(st.text(max_size=60))
def test_any_text_is_a_size_or_none(text: str) -> None:
    assert canonical(text) in {None, *Typology}


@given(st.sampled_from(Typology), st.integers(1, 20))
def test_rooms_agree_with_the_size_or_are_refused(typology: Typology, rooms: int) -> None:
    body = {**BODY, "typology": typology.value, "rooms": rooms}
    agrees = rooms == typology.rooms or (typology.rooms >= 5 and rooms >= typology.rooms)
    if agrees:
        assert VacancyBody.model_validate(body).rooms == rooms
    else:
        (error,) = errors_of(body)
        assert (error["type"], error["ctx"]["field"]) == ("rooms", "rooms")


def test_an_orientation_may_come_late_and_says_to_whom() -> None:
    assert VacancyBody.model_validate(BODY).reservation is None
    oriented = VacancyBody.model_validate({**BODY, "reservation": "action_logement", "oriented_on": "2026-11-20"})
    assert oriented.reservation is Reservation.ACTION_LOGEMENT
    (error,) = errors_of({**BODY, "oriented_on": "2026-11-20"})
    assert error["ctx"]["field"] == "reservation"


def test_the_commune_is_that_of_the_address() -> None:
    body = {name: value for name, value in BODY.items() if name != "commune"}
    content = VacancyBody.model_validate({**body, "address": "12 rue des Carmes, 15000 Aurillac"}).content()
    assert content["commune"] == "15014"
    (missing,) = errors_of(body)
    assert missing["ctx"]["field"] == "commune"
    (unknown,) = errors_of({**body, "address": "12 rue des Carmes, 15000 Auriac"})
    assert "15014 (Aurillac)" in unknown["ctx"]["remedy"]


def test_a_code_stands_beside_an_address_that_cannot_be_read_but_not_beside_one_elsewhere() -> None:
    assert VacancyBody.model_validate({**BODY, "address": "12 rue des Carmes"}).commune == "15014"
    (error,) = errors_of({**BODY, "address": "1 place du Foirail, 48000 Mende"})
    assert error["type"] == "address_elsewhere"
    assert "48095" in error["ctx"]["remedy"]


def test_an_arrondissement_stands_beside_an_address_of_its_commune() -> None:
    body = {**BODY, "commune": "69383", "address": "1 cours Lafayette, 69003 Lyon"}
    assert VacancyBody.model_validate(body).commune == "69383"
