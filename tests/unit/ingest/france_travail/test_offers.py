"""Offers as they really come: what is missing stays unknown, what is wrong is quarantined with a reason."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.demo.stock import load
from deploy.simulators.france_travail.facts import facts_of
from deploy.simulators.france_travail.rendering import render
from deploy.simulators.france_travail.truth import content_of
from deploy.simulators.france_travail.universe import Universe
from services.ingest.core.france_travail.offers import Accepted, Notice, Quarantined, Reason, Referential, read_offer
from services.ingest.core.france_travail.places import Gazetteer, Located, commune_of, departement_of
from services.ingest.feeds.france_travail.wiring import referential
from services.ingest.schemas import OfferBody
from tests.unit.ingest.france_travail.conftest import NOW

SMALLEST = {"id": "213CNGF", "romeCode": "F1703"}
GAZETTEER = Gazetteer(
    {"15014": "15014", "48095": "48095", "48001": "48095", "75101": "75056"}.get,
    lambda code: {"15000": ["15014"], "48000": ["48095", "48001"], "15130": ["15014", "48095"]}.get(code, []),
)
PLAIN = Referential(GAZETTEER, {"F1703": "F1703", "K1304": "K1304"}.get)


def accepted(**fields: Any) -> Accepted:
    found = read_offer({**SMALLEST, **fields}, PLAIN)
    assert isinstance(found, Accepted)
    return found


def test_the_smallest_offer_is_published_with_nothing_guessed() -> None:
    found = accepted()
    assert set(found.content) == {"rome", "contract", "source"}
    assert found.content["contract"] == "other"
    assert found.located is Located.UNSAID
    assert set(found.notices) == {Notice.CONTRACT_UNKNOWN, Notice.CREATED_UNREADABLE}


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("text", Reason.NOT_AN_OBJECT),
        (None, Reason.NOT_AN_OBJECT),
        ({"romeCode": "F1703"}, Reason.ID_MISSING),
        ({"id": "  ", "romeCode": "F1703"}, Reason.ID_MISSING),
        ({"id": "../213", "romeCode": "F1703"}, Reason.ID_MALFORMED),
        ({"id": "1"}, Reason.ROME_MISSING),
        ({"id": "1", "romeCode": "Z9999"}, Reason.ROME_UNKNOWN),
        ({"id": "1", "romeCode": "K1305"}, Reason.ROME_UNKNOWN),
    ],
)
def test_what_cannot_be_published_is_quarantined_with_its_reason(raw: object, reason: Reason) -> None:
    found = read_offer(raw, PLAIN)
    assert isinstance(found, Quarantined)
    assert found.reason is reason
    assert found.reason.label_fr


@pytest.mark.parametrize(
    ("code", "nature", "contract"),
    [
        ("CDI", "Contrat travail", "CDI"),
        ("DIN", "Contrat travail", "CDI"),
        ("CDD", "Contrat travail", "CDD"),
        ("MIS", "Contrat travail", "MIS"),
        ("TTI", "Insertion par l'activ.éco.", "MIS"),
        ("SAI", "Contrat travail", "SAI"),
        ("DDI", "Insertion par l'activ.éco.", "DDI"),
        ("DDT", "Contrat travail", "other"),
        ("LIB", "Emploi non salarié", "other"),
        ("CDI", "Emploi non salarié", "other"),
        ("CDD", "Contrat apprentissage", "other"),
        ("CDI", "Cont. professionnalisation", "other"),
    ],
)
def test_contracts_are_mapped_by_code_and_nature(code: str, nature: str, contract: str) -> None:
    assert accepted(typeContrat=code, natureContrat=nature).content["contract"] == contract


@pytest.mark.parametrize(
    ("code", "label", "months"),
    [
        ("CDD", "Contrat à durée déterminée - 6 Mois", 6.0),
        ("MIS", "Mission intérimaire - 15 Jour(s)", 0.49),
        ("SAI", "Saisonnier - 3 semaines", 0.69),
        ("CDD", "CDD - 1 An", 12.0),
        ("CDI", "CDI - 6 Mois", None),
        ("CDD", "Contrat à durée déterminée", None),
        ("CDD", "CDD - 0 Mois", None),
        ("CDD", "CDD - 999 Mois", None),
    ],
)
def test_durations_come_from_the_label(code: str, label: str, months: float | None) -> None:
    assert accepted(typeContrat=code, typeContratLibelle=label).content.get("duration_months") == months


@pytest.mark.parametrize(
    ("permis", "required"),
    [
        ([{"libelle": "B - Véhicule léger", "exigence": "E"}], True),
        ([{"libelle": "B - Véhicule léger", "exigence": "S"}], False),
        ([{"libelle": "B", "exigence": "S"}, {"libelle": "C", "exigence": "E"}], True),
        ([], None),
        (None, None),
        ("B", None),
    ],
)
def test_a_licence_is_required_only_where_it_is_demanded_and_unknown_where_nothing_is_said(
    permis: Any, required: bool | None
) -> None:
    assert accepted(permis=permis).content.get("licence_required") is required


@pytest.mark.parametrize(("given", "openings"), [(3, 3), (1, 1), (0, None), (-2, None), ("2", None), (True, None)])
def test_openings_are_unknown_rather_than_zero_or_guessed(given: Any, openings: int | None) -> None:
    found = accepted(nombrePostes=given)
    assert found.content.get("openings") == openings
    assert (Notice.OPENINGS_UNREADABLE in found.notices) is (openings is None)
    assert Notice.OPENINGS_UNREADABLE not in accepted().notices


@pytest.mark.parametrize(
    ("place", "commune", "located"),
    [
        ({"commune": "15014"}, "15014", Located.AS_GIVEN),
        ({"commune": "48001"}, "48095", Located.FOLLOWED),
        ({"commune": "75101", "codePostal": "75001"}, "75056", Located.FOLLOWED),
        ({"commune": "99999", "codePostal": "15000"}, "15014", Located.BY_POSTAL_CODE),
        ({"codePostal": "48000"}, "48095", Located.BY_POSTAL_CODE),
        ({"codePostal": "15130"}, None, Located.AMBIGUOUS),
        ({"commune": "99999"}, None, Located.UNKNOWN),
        ({"commune": 15014}, None, Located.UNSAID),
        ({"libelle": "15 - Cantal"}, None, Located.UNSAID),
    ],
)
def test_a_commune_is_followed_or_found_by_a_unique_postal_code_else_unknown(
    place: dict[str, Any], commune: str | None, located: Located
) -> None:
    assert commune_of(place, GAZETTEER) == (commune, located)


@pytest.mark.parametrize(
    ("place", "departement"),
    [
        ({"commune": "2A004"}, "2A"),
        ({"commune": "97411"}, "974"),
        ({"libelle": "15 - AURILLAC"}, "15"),
        ({"libelle": "974 - ST DENIS"}, "974"),
        ({"libelle": "France"}, None),
        ({}, None),
    ],
)
def test_the_departement_is_where_the_offer_says(place: dict[str, Any], departement: str | None) -> None:
    assert departement_of(place) == departement


def test_source_last_update_licence_and_link_travel_with_the_offer() -> None:
    url = "https://candidat.francetravail.fr/offres/recherche/detail/213CNGF"
    source = accepted(
        dateCreation="2026-11-01T08:00:00.000Z",
        dateActualisation="2026-11-03T10:00:00+01:00",
        origineOffre={"origine": "1", "urlOrigine": url},
    ).content["source"]
    assert source["name"] == "France Travail"
    assert source["updated_at"] == "2026-11-03T09:00:00.000Z"
    assert "https://francetravail.io/" in source["licence"]
    assert source["url"] == url
    unsafe = accepted(origineOffre={"urlOrigine": "javascript:alert(1)"}).content["source"]
    assert "url" not in unsafe


@pytest.mark.parametrize(
    ("partners", "origin"),
    [
        (
            [{"nom": "METEOJOB", "url": "https://www.meteojob.com/jobs/56420784?utm_source=pole-emploi"}],
            {"partner": "METEOJOB", "url": "https://www.meteojob.com/jobs/56420784"},
        ),
        ([{"url": "http://WWW.METEOJOB.COM/jobs/56420784"}], {"url": "https://www.meteojob.com/jobs/56420784"}),
        ([{"nom": "METEOJOB", "url": "https://www.meteojob.com/jobs"}], None),
        ([{"nom": "AUTRE", "url": "https://autre.example/suivi/12345678"}], None),
        ([{"nom": "X", "url": "https://[oops"}, None, "text"], None),
        (None, None),
    ],
)
def test_an_origin_is_stated_only_where_the_link_names_this_one_offer(
    partners: Any, origin: dict[str, str] | None
) -> None:
    found = accepted(origineOffre={"origine": "2", "partenaires": partners})
    assert found.content.get("origin") == origin
    OfferBody.model_validate(found.content)


def test_no_text_employer_or_contact_of_an_offer_is_kept() -> None:
    private = {
        "intitule": "SECRET-1",
        "description": "SECRET-2",
        "entreprise": {"nom": "SECRET-3"},
        "contact": {"nom": "SECRET-4", "courriel": "secret-5@example.org"},
        "agence": {"telephone": "SECRET-6"},
    }
    assert "secret" not in repr(accepted(**private)).lower()


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
_names = st.sampled_from(
    [
        "lieuTravail",
        "typeContrat",
        "typeContratLibelle",
        "natureContrat",
        "permis",
        "salaire",
        "nombrePostes",
        "alternance",
        "dateCreation",
        "dateActualisation",
        "origineOffre",
        "dureeTravailLibelle",
        "dureeTravailLibelleConverti",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(_names, _json, max_size=8))
def test_whatever_comes_an_accepted_offer_is_one_that_the_api_itself_would_take(fields: dict[str, Any]) -> None:
    found = read_offer({**SMALLEST, **fields}, PLAIN)
    assert isinstance(found, Accepted)
    body = OfferBody.model_validate(found.content)
    assert body.rome == "F1703"


def test_the_simulated_offers_are_read_as_what_they_are() -> None:
    rows = [row for row in load().in_departement("15").offers if row.commune][:60]
    rows += [row for row in load().offers if row.commune in ("75101", "97411", "97502") or row.commune is None][:60]
    universe = Universe(rows, seed=7, as_of=NOW - timedelta(minutes=5))
    universe.change(NOW, 40)
    for number in universe.numbers():
        facts = facts_of(universe, number)
        found = read_offer(render(facts), referential())
        expected = content_of(facts)
        if expected is None:
            assert isinstance(found, Quarantined)
        else:
            assert isinstance(found, Accepted)
            assert (found.reference, found.content) == (facts.reference, expected)
            OfferBody.model_validate(found.content)
