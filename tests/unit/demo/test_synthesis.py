"""The simulated part of the demonstration: bodies in the shape of the HTTP contract, from stated distributions."""

import json
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.demo import distributions as d
from deploy.demo import stock
from deploy.demo.fictional import PSEUDONYMS, landlord_name, pseudonym
from deploy.demo.households import OCCUPATIONS, Hosts, households
from deploy.demo.stock import OfferRow, Stock, VacancyRow
from deploy.demo.synthesis import Arrivals, Line, offers, vacancies
from services.ingest.schemas import OfferLine, TerritoryBody, VacancyLine
from shared.geography import geography
from shared.occupations import occupations
from shared.programmes import Programme

DAY = date(2026, 11, 24)
CANTAL = stock.load().in_departement("15")
HOMES = list(vacancies(CANTAL, DAY))
POSTS = list(offers(CANTAL, DAY))
HOSTS = Hosts(stock.load().in_region("84"))
ROOT = Path(__file__).parents[3]


def share(lines: list[Line], name: str, value: object) -> float:
    return sum(1 for line in lines if line.get(name) == value) / len(lines)


def test_the_number_of_lines_by_commune_and_occupation_is_the_real_stock() -> None:
    assert Counter(line["commune"] for line in HOMES) == Counter(
        {row.commune: row.vacant for row in CANTAL.vacancies if row.vacant}
    )
    assert Counter((line["commune"], line["rome"]) for line in POSTS) == Counter(
        {(row.commune, row.rome): row.offers for row in CANTAL.offers}
    )


def test_every_line_is_accepted_by_the_schemas_of_ingest() -> None:
    for line in HOMES:
        VacancyLine.model_validate_json(json.dumps(line))
    for line in POSTS:
        OfferLine.model_validate_json(json.dumps(line))
    for code, body in HOSTS.commitments():
        assert code in geography().territories
        TerritoryBody.model_validate_json(json.dumps(body))


def test_references_come_once() -> None:
    assert len({line["reference"] for line in HOMES}) == len(HOMES)
    assert len({line["reference"] for line in POSTS}) == len(POSTS)


def test_the_same_seed_gives_the_same_lines_and_another_seed_others() -> None:
    assert list(vacancies(CANTAL, DAY)) == HOMES
    assert list(offers(CANTAL, DAY)) == POSTS
    assert list(vacancies(CANTAL, DAY, seed=1)) != HOMES


def test_lines_of_a_commune_do_not_depend_on_the_area_asked_for() -> None:
    in_the_region = {line["reference"]: line for line in vacancies(stock.load().in_region("84"), DAY)}
    assert [in_the_region[line["reference"]] for line in HOMES] == HOMES


def test_every_home_of_the_stock_is_free_and_every_offer_runs_on_the_day() -> None:
    for line in HOMES:
        assert DAY - timedelta(days=d.VACANT_SINCE_DAYS) <= date.fromisoformat(line["available_from"]) <= DAY
    for line in POSTS:
        assert line["published_at"][:10] <= DAY.isoformat() < line["expires_at"]
        assert "21/12/2021" in line["source"]["name"]
        assert "simulé" in line["source"]["name"]


def test_attributes_agree_with_each_other() -> None:
    for line in HOMES:
        assert not (line.get("floor") and line.get("lift") is False and line.get("accessible"))
        assert ("lift" in line) == ("floor" in line)
    for line in POSTS:
        assert ("duration_months" not in line) or line["contract"] != "CDI"
        if line.get("part_time") is False and "wage_eur_per_month" in line:
            assert line["wage_eur_per_month"] >= round(d.MINIMUM_WAGE_EUR_PER_MONTH)


def test_draws_follow_the_stated_shares() -> None:
    assert share(HOMES, "typology", "T3") == pytest.approx(0.36, abs=0.08)
    assert share(HOMES, "dpe", None) == pytest.approx(0.12, abs=0.06)
    assert share(POSTS, "openings", None) == pytest.approx(0.10, abs=0.03)
    assert share(POSTS, "wage_eur_per_month", None) == pytest.approx(d.WAGE_UNKNOWN, abs=0.04)
    drivers = list(offers(Stock((OfferRow("15014", "N4101", 400),), (), geography()), DAY))
    assert share(drivers, "licence_required", True) == pytest.approx(0.95 * 0.9, abs=0.06)


def test_an_unknown_vacancy_and_a_place_unknown_are_not_invented() -> None:
    small = Stock(
        (OfferRow(None, "F1703", 2), OfferRow("97801", "F1703", 1)),
        (VacancyRow("15014", None, 8), VacancyRow("15016", 0, 40), VacancyRow("15014", 2, 90)),
        geography(),
    )
    assert [line["commune"] for line in vacancies(small, DAY)] == ["15014", "15014"]
    lines = list(offers(small, DAY))
    assert len(lines) == 3
    assert all("commune" not in line for line in lines)
    assert len({line["reference"] for line in lines}) == 3


@given(st.integers(0, 10_000))
def test_arrivals_are_valid_repeatable_and_where_the_stock_is(number: int) -> None:
    flow = Arrivals(CANTAL)
    home, post = flow.vacancy(number, DAY), flow.offer(number, DAY)
    VacancyLine.model_validate_json(json.dumps(home))
    OfferLine.model_validate_json(json.dumps(post))
    assert (home, post) == (flow.vacancy(number, DAY), flow.offer(number, DAY))
    assert home["commune"] in {row.commune for row in CANTAL.vacancies if row.vacant}
    assert date.fromisoformat(home["available_from"]) >= DAY


def test_a_flow_needs_a_stock() -> None:
    with pytest.raises(ValueError, match="a flow needs"):
        Arrivals(Stock((), (), geography()))


def test_households_are_repeatable_fictional_and_look_where_their_programme_is_open() -> None:
    found = list(households(HOSTS, 300))
    assert found == list(households(HOSTS, 300))
    assert found[:20] == list(households(HOSTS, 20))
    assert len({body["label"] for body in found}) == 300
    for body in found:
        assert re.fullmatch(r"[A-HJ-NP-Z]-\d{3}", body["label"])
        assert 1 <= body["adults"] <= min(2, body["size"])
        assert all(Programme(body["programme"]) in HOSTS.programmes[code] for code in body["territories"])
        assert len(set(body["territories"])) == len(body["territories"])
        assert all(occupations().known(code) for code in body["rome"])
        assert len(set(body["rome"])) == len(body["rome"])
    assert {body["programme"] for body in found} == {programme.value for programme in Programme}


def test_some_of_what_a_caseworker_may_not_know_is_unknown() -> None:
    found = list(households(HOSTS, 300))
    assert share(found, "income_eur_per_month", None) == pytest.approx(d.INCOME_UNKNOWN, abs=0.06)
    assert share(found, "driving_licence", None) == pytest.approx(0.08, abs=0.06)


def test_hosts_have_homes_and_lie_outside_ile_de_france() -> None:
    assert 20 < len(HOSTS.programmes) < len(HOSTS.vacant)
    assert all(HOSTS.vacant[code] >= d.LEAST_VACANT for code in HOSTS.programmes)
    assert not Hosts(stock.load().in_region("11")).programmes
    with pytest.raises(ValueError, match="no territory"):
        next(households(Hosts(stock.load().in_region("11")), 1))


def test_every_trade_of_the_households_exists() -> None:
    assert all(occupations().known(code) for code in OCCUPATIONS)


def test_names_say_that_they_are_fictional() -> None:
    assert landlord_name("15") == "Bailleur fictif Cantal Habitat (démo)"
    with pytest.raises(ValueError, match="n'est pas un code de département"):
        landlord_name("150")


def test_every_pseudonym_comes_once() -> None:
    assert len({pseudonym(number) for number in range(PSEUDONYMS)}) == PSEUDONYMS
    with pytest.raises(ValueError, match="pseudonyms"):
        pseudonym(PSEUDONYMS)


def test_a_choice_without_weight_is_never_drawn() -> None:
    choice = d.Choice({"never": 0, "always": 2, "neither": 0})
    source = d.source_of(1, "test")
    assert {choice.draw(source) for _ in range(200)} == {"always"}


def test_the_documentation_states_the_distributions_of_the_code() -> None:
    assert d.markdown_table() in (ROOT / "docs" / "demo-data.md").read_text(encoding="utf-8")
