"""Which known field an unknown one was meant to be."""

from typing import Annotated

import pytest
from pydantic import BaseModel, Field, ValidationError

from services.ingest.schemas import CommitmentBody, VacancyBody
from shared.web.near_fields import near_fields
from shared.web.validation import entries


class Opening(BaseModel):
    first_day: str
    last_day: str


class Plan(BaseModel):
    capacity_households: int
    rent_eur_per_month: float = 0
    rent_eur_per_year: float = 0
    openings: Annotated[list[Opening] | None, Field()] = None
    kept_at: str = Field("", alias="storedAt")


@pytest.mark.parametrize(
    ("location", "near"),
    [
        (["capacity"], "capacity_households"),
        (["capacityHouseholds"], "capacity_households"),
        (["capacity_houshold"], "capacity_households"),
        (["stored_at"], "storedAt"),
        (["openings", "1", "firstday"], "openings.1.first_day"),
        (["firstday"], None),  # known within an opening only
        (["rent"], "rent_eur_per_month / rent_eur_per_year"),
        (["colour"], None),
        ([""], None),
        ([], None),
    ],
    ids=str,
)
def test_the_field_that_was_meant_is_found_at_its_place(location: list[str], near: str | None) -> None:
    assert (" / ".join(near_fields(Plan, location)) or None) == near
    assert near_fields(Plan | None, location) == near_fields(Plan, location)


def test_a_body_that_is_no_model_has_no_known_field() -> None:
    assert near_fields(dict[str, int], ["capacity"]) == ()


@pytest.mark.parametrize(
    ("body", "given", "near"),
    [
        (CommitmentBody, "capacity", "capacity_households / capacity_persons"),
        (VacancyBody, "rent", "rent_eur_per_month"),
    ],
)
def test_the_bodies_of_ingest_name_the_field_that_was_meant(body: type[BaseModel], given: str, near: str) -> None:
    with pytest.raises(ValidationError) as refused:
        body.model_validate({given: 1})
    (unknown,) = [one for one in entries(refused.value.errors(), "fr", body) if one["field"] == given]
    assert (unknown["message"], unknown["remedy"]) == ("Champ inconnu.", near)
