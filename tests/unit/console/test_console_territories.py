"""Who sees what of territories, filters, order, reasons and the map."""

import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from services.console.core.map_view import view_box
from services.console.core.messages import MESSAGES
from services.console.core.territories import (
    Filters,
    Territory,
    cautions,
    chosen,
    filters_of,
    map_class,
    professional_row,
    profile_word,
    public_row,
    reasons,
    standing,
)
from tests.console_fakes import CONTRIBUTIONS

ROOT = Path(__file__).resolve().parents[3]


def place(code: str = "1", **more: Any) -> Territory:
    given: dict[str, Any] = {
        "code": code,
        "name": f"CC {code}",
        "departement": "15",
        "departement_name": "Cantal",
        "departements": ("15",),
        "region": "84",
        "population": 1000,
        "score": 50.0,
        "score_class": 3,
        "coverage": 0.9,
        "open_vacancies": 12,
        "open_offers": 40,
        "open_openings": 60,
        "as_of": None,
    }
    return Territory(**{**given, **more})


@pytest.mark.parametrize("count", range(5))
def test_the_public_never_sees_a_count_under_five(count: int) -> None:
    row = public_row(place(open_vacancies=count, open_offers=count))
    assert (row.vacancies, row.offers) == (None, None)
    assert set(row.hidden) == {"vacancies", "offers"}


def test_the_public_sees_no_score_no_coverage_and_no_openings() -> None:
    row = asdict(public_row(place(score=71.3, open_openings=612)))
    assert 71.3 not in row.values()
    assert 612 not in row.values()
    assert row["coverage"] is None
    assert row["vacancies"] == 12


def test_professionals_see_the_figures() -> None:
    row = professional_row(place(open_vacancies=2))
    assert (row.score, row.vacancies, row.openings, row.hidden) == (50.0, 2, 60, ())


def test_the_public_order_within_a_class_tells_nothing_of_the_score() -> None:
    rows = [place("b", score=90.0, score_class=5), place("a", score=80.0, score_class=5), place("c", score_class=1)]
    filters = filters_of({}, lambda _: (), professional=False)
    assert [one.code for one in chosen(rows, filters)] == ["a", "b", "c"]
    assert filters_of({"tri": "-score"}, lambda _: (), professional=False).order == "class"


def test_what_is_unknown_comes_last_whatever_the_order() -> None:
    rows = [place("a", score=None, score_class=None), place("b", score=10.0), place("c", score=90.0)]
    down = chosen(rows, Filters(order="score", descending=True))
    up = chosen(rows, Filters(order="score"))
    assert [one.code for one in down] == ["c", "b", "a"]
    assert [one.code for one in up] == ["b", "c", "a"]


def test_a_class_told_on_too_little_data_is_not_told() -> None:
    vague = place(score_class=5, coverage=0.1)
    assert public_row(vague).score_class is None
    assert map_class(vague) == "c0"
    assert "territories.caution.unknown" in cautions(vague, ())


def test_the_map_hatches_little_data_and_greys_none() -> None:
    assert map_class(place(score_class=4, coverage=0.9)) == "c4"
    assert map_class(place(score_class=4, coverage=0.4)) == "h4"
    assert map_class(place(score_class=None)) == "c0"
    assert map_class(None) == "c0"


def test_filters_combine_and_unknown_is_a_class_of_its_own() -> None:
    rows = [
        place("a", name="CA du Bassin d'Aurillac"),
        place("b", departement="12", departements=("12", "15")),
        place("c", score_class=None),
        place("d", departements=("75",), region="11"),
    ]
    assert [one.code for one in chosen(rows, Filters(departement="15", order="name"))] == ["a", "b", "c"]
    assert [one.code for one in chosen(rows, Filters(classes=(0,), order="name"))] == ["c"]
    assert [one.code for one in chosen(rows, Filters(name="AURILL", order="name"))] == ["a"]
    assert [one.code for one in chosen(rows, Filters(region="11", order="name"))] == ["d"]


def test_an_address_that_makes_no_sense_filters_nothing() -> None:
    several = {"classe": ["9", "x", "5", "5"]}
    filters = filters_of({"tri": "-nope", "nom": "a" * 500}, lambda name: several.get(name, []), professional=True)
    assert filters.classes == (5,)
    assert (filters.order, filters.descending, len(filters.name)) == ("score", True, 80)


def test_reasons_are_sentences_with_where_they_stand() -> None:
    first, second = reasons(CONTRIBUTIONS, MESSAGES.__contains__)
    assert (first.key, dict(first.values), first.standing) == ("reason.live_supply", {"value": 12.4}, "best")
    assert (second.key, second.standing) == ("reason.unknown", "unknown")


def test_an_indicator_that_is_new_upstream_is_told_with_its_own_label() -> None:
    new = {"indicator": "crèches", "label": "Places de crèche", "block": "services", "value": 4.0, "rank": 0.5,
           "weight": 1.0, "unit": "places", "flags": []}  # fmt: skip
    (reason,) = reasons([new], MESSAGES.__contains__)
    assert reason.key == "reason.generic"
    assert reason.values["label"] == "Places de crèche"


@pytest.mark.parametrize(
    ("rank", "word"),
    [(0.99, "best"), (0.7, "good"), (0.5, "middle"), (0.2, "poor"), (0.0, "worst"), (None, "none")],
)
def test_a_higher_rank_never_reads_worse(rank: float | None, word: str) -> None:
    assert standing(rank) == word


def test_context_is_told_as_information_and_left_out_where_it_is_unknown() -> None:
    def told(value: float | None, weight: float, *flags: str) -> list[str]:
        one = {"indicator": "demography", "block": "territory", "value": value, "rank": None, "weight": weight}
        return [reason.standing for reason in reasons([{**one, "unit": "%", "flags": flags}], MESSAGES.__contains__)]

    assert told(-1.2, 0.0, "context") == ["context"]
    assert told(None, 0.0) == []
    assert told(None, 1.0) == ["unknown"]
    assert told(0.4, 1.0, "no_reference") == ["unranked"]
    assert told(0.4, 1.0, "small_sample") == ["none"]


def test_every_indicator_of_the_score_has_a_sentence_and_a_name_in_both_languages() -> None:
    declared = tomllib.loads((ROOT / "services" / "scoring" / "indicators.toml").read_text(encoding="utf-8"))
    names = {one["name"] for one in declared["indicator"] if one.get("role") != "profile"}
    assert {
        name for name in names if f"reason.{name}" not in MESSAGES or f"label.indicator.{name}" not in MESSAGES
    } == set()
    for word in ("context", "unranked"):
        assert f"reason.rank.{word}" in MESSAGES


def test_a_block_is_told_in_words() -> None:
    assert [profile_word(value) for value in (0.9, 0.5, 0.1, None)] == ["strong", "middle", "weak", "unknown"]


def test_flags_become_precautions_once() -> None:
    found = cautions(place(), [*CONTRIBUTIONS, *CONTRIBUTIONS])
    assert found.count("territories.caution.silent") == 1
    assert all(key in MESSAGES for key in found)


def test_the_map_narrows_to_departements_and_stays_whole_without() -> None:
    boxes = {"15": (100.0, 200.0, 50.0, 40.0), "12": (150.0, 200.0, 50.0, 100.0)}
    assert view_box("0 0 1000 1100", boxes, ["99"]) == "0 0 1000 1100"
    left, top, width, height = map(float, view_box("0 0 1000 1100", boxes, ["15", "12"]).split())
    assert left < 100
    assert top < 200
    assert (left + width > 200, top + height > 300) == (True, True)
