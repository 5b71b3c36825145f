"""What is shown to whom."""

import msgspec
import pytest

from services.scoring.core import views
from services.scoring.core.places import Place
from shared.events import Contribution, TerritoryScore, Typology


def place(code: str, departement: str = "15", zone: str = "z") -> Place:
    return Place(code, f"Territoire {code}", zone, departement, {"population": 1000.0})


def score(
    code: str, counters: dict[str, int], *, value: float | None = 50.0, blocks: dict[str, float | None] | None = None
) -> TerritoryScore:
    return TerritoryScore(
        code=code,
        generation="d-01A",
        position=1,
        score=value,
        score_class=None if value is None else 3,
        coverage=0.8,
        blocks={"housing": 0.5, "jobs": 0.5, "services": None, "territory": None} if blocks is None else blocks,
        contributions=(Contribution("licence_need", "jobs", 0.4, 0.3, 0.5, "part"),),
        counters=counters,
        as_of="2026-11-23T08:00:00.000Z",
        reference_version="0",
    )


def test_the_public_sees_no_score_and_no_count_under_five() -> None:
    shown = views.public_detail(place("a"), score("a", {"open_vacancies": 4, "open_offers": 5}))
    assert shown["counters"] == {"open_vacancies": None, "open_offers": 5, "open_openings": None}
    assert "score" not in shown
    assert shown["score_class"] == 3
    assert all("value" not in one and "rank" not in one for one in shown["profile"])
    assert shown["profile"][0]["level"] == 2
    assert shown["profile"][0]["cautions"]


def test_an_observed_zero_an_unknown_and_a_silent_feed_are_three_things_for_every_reader() -> None:
    base = score("a", {"known_vacancies": 9})
    contributions = (
        Contribution("live_supply", "housing", 0.0, 0.01, 3.0, "x"),
        Contribution("social_pressure", "housing", None, None, 1.5, "x"),
        Contribution("job_openings", "jobs", None, None, 1.0, "x", flags=("silent_feed",)),
    )
    told = msgspec.structs.replace(base, contributions=contributions)
    states = {"live_supply": "observed", "social_pressure": "unknown", "job_openings": "silent"}
    shown = views.detail(place("a"), told)
    assert {one["indicator"]: one["state"] for one in shown["contributions"]} == states
    assert {one["indicator"]: one["value"] for one in shown["contributions"]}["live_supply"] == 0.0
    public = views.public_detail(place("a"), told)
    assert {one["indicator"]: one["state"] for one in public["profile"]} == states
    for view in (shown, public):
        assert view["feeds"] == {"vacancies": "speaks", "offers": "silent", "commitments": "silent"}


@pytest.mark.parametrize(("open_homes", "level"), [(0, None), (4, None), (5, 3)])
def test_the_public_is_told_no_level_that_fewer_than_five_dwellings_would_make(
    open_homes: int, level: int | None
) -> None:
    contributions = (Contribution("live_supply", "housing", 9.0, 0.5, 3.0, "x"),)
    told = msgspec.structs.replace(score("a", {"open_vacancies": open_homes}), contributions=contributions)
    (one,) = views.public_detail(place("a"), told)["profile"]
    assert one["level"] == level
    assert ("under_five" in one["flags"]) is (level is None)


def test_the_former_name_of_official_vacancy_is_kept_for_its_readers() -> None:
    where = Place("a", "a", "z", "15", {"vacant_social_dwellings": 12.0})
    official = views.detail(where, score("a", {}))["official"]
    assert official["vacant_social_dwellings"] == official["vacant_dwellings_2024"] == 12.0


def test_a_caller_with_a_key_sees_figures_and_what_each_indicator_brings() -> None:
    shown = views.detail(
        place("a"), score("a", {"open_vacancies": 4, "committed": 1, "vacancies_T3": 4, "committed_T3": 1})
    )
    assert shown["counters"]["open_vacancies"] == 4
    assert shown["counters"]["open_offers"] == shown["counters"]["open_openings"] == 0
    assert shown["supply"] == 3
    assert shown["supply_by_typology"]["T3"] == 3
    assert shown["contributions"][0]["value"] == 0.4
    assert {"code", "name", "score", "coverage", "as_of", "reference_version"} <= shown.keys()


def test_more_committed_than_open_is_no_supply_and_never_a_debt() -> None:
    assert views.supply({"open_vacancies": 1, "committed": 4}) == 0
    assert views.supply({"vacancies_T2": 1, "committed_T2": 4}, Typology.T2) == 0


def test_levels_go_from_one_to_five() -> None:
    assert [views.level(value) for value in (None, 0.01, 0.2, 0.99, 1.0)] == [None, 1, 2, 5, 5]
