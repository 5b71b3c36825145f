"""What services see once a version is in use and they have started again."""

from pathlib import Path

import pytest

from deploy.reference.checks import read_tables
from deploy.reference.store import use, write
from services.ingest.schemas import OfferBody, VacancyBody
from services.scoring.adapters.counting_places import counted_codes
from services.scoring.adapters.places import scored_places
from shared.geography import attribution, geography
from shared.geography.social import social_housing
from shared.occupations import occupations
from shared.reference import SHIPPED, BrokenPackError, Pack
from tests.unit.reference.conftest import NOW, country, forget

VACANCY = {"typology": "T3", "surface_m2": 60, "rent_eur_per_month": 400, "available_from": "2026-12-01"}


def test_every_look_up_is_of_the_version_in_use(services: Pack) -> None:
    assert geography().version == services.manifest.geography_version
    assert set(geography().territories) == {"200000001", "200000002", "200000003", "15003"}
    assert geography().current_code("01009") == "01001"
    assert geography().bassin_of("15002") == "0101"
    assert geography().commune_at("01000 Brion").code == "01002"
    assert set(occupations().all) == {"A1101", "A1102"}
    assert social_housing().of("200000001").social_dwellings == 40
    assert social_housing().of("200000003").vacant is None
    assert {place.code for place in scored_places()} < counted_codes()


def test_a_restart_under_another_version_sees_that_one(services: Pack, folder: Path) -> None:
    small = geography().version
    use(folder, SHIPPED)
    assert geography().version == small
    forget()
    assert geography().version != small
    assert all("INSEE COG 2026" in said for said in attribution())


def test_a_process_under_a_broken_version_does_not_start(services: Pack, folder: Path) -> None:
    (folder / services.version / "geography/epci.csv.gz").unlink()
    forget()
    with pytest.raises(BrokenPackError, match="ancrage reference use"):
        geography()


def test_what_ingest_accepts_follows_the_version_in_use(services: Pack, folder: Path) -> None:
    body = VacancyBody.model_validate({**VACANCY, "commune": "01009"})
    assert body.content()["commune"] == "01001"
    assert [(one.given, one.used) for one in body.notices("fr")] == [("01009", "01001")]
    assert OfferBody.model_validate({"rome": "A1102", "contract": "CDI"}).notices("fr") == []


def test_a_rome_code_that_a_newer_version_dropped_is_accepted_with_a_notice(services: Pack, folder: Path) -> None:
    draft = country()
    draft.rome_v4["A1102"]["valid_until"] = "4.0 v470"
    tables = draft.tables()
    version = read_tables(tables, "4.0 v470").geography.version
    use(folder, write(folder, services, tables, services.manifest.sources, version, NOW).version)
    forget()
    body = OfferBody.model_validate({"rome": "A1102", "contract": "CDI"})
    assert [one.message for one in body.notices("fr")] == ["Le ROME 4.0 v470 n'a plus A1102."]
    assert [one.message for one in body.notices("en")] == ["The ROME 4.0 v470 no longer has A1102."]
    assert occupations().known("A1102")
