"""The one next action, the way through a programme, alerts, the funnel, and the household's page."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.console.core.alerts import alert_of, worth_telling
from services.console.core.answer_texts import TEXTS, TONGUES, day_in_words, facts, state_key, tongue_of
from services.console.core.funnel import WIDTH, bars
from services.console.core.languages import Language
from services.console.core.navigation import nouns_of
from services.console.core.placements import effort, next_action, programme_of, refusals, stages
from shared.identity import Role
from tests.console_fakes import HOUSEHOLD_VIEW, PROGRAMME, placement

NOW = datetime(2026, 11, 24, 16, 40, tzinfo=UTC)


def test_there_is_one_next_action_and_it_is_the_one_that_matching_allows() -> None:
    assert next_action(placement("proposed"), PROGRAMME).decision == "approve"  # type: ignore[union-attr]
    assert next_action(placement("approved"), PROGRAMME).decision == "accept"  # type: ignore[union-attr]
    assert next_action(placement("verifying"), PROGRAMME) is None
    assert next_action({"step": "approved"}, PROGRAMME) is None


def test_moving_on_names_the_step_and_asks_for_the_landlord_where_the_hold_begins() -> None:
    held = next_action(placement("accepted", decisions=["advance", "refuse"]), PROGRAMME)
    free = next_action(placement("commission", decisions=["advance", "refuse"]), PROGRAMME)
    assert held is not None
    assert free is not None
    assert (held.into, held.needs_landlord) == ("commission", True)
    assert (free.into, free.needs_landlord) == ("lease", False)


def test_the_way_shows_what_is_done_and_where_one_stands() -> None:
    found = {one.step: one.state for one in stages(placement("accepted"), PROGRAMME)}
    assert (found["approved"], found["accepted"], found["lease"]) == ("done", "here", "ahead")
    assert "verifying" not in found
    verifying = {one.step: one.state for one in stages(placement("verifying", verifying_for="accepted"), PROGRAMME)}
    assert verifying["accepted"] == "here"
    assert [one.step for one in stages(placement("refused"), PROGRAMME)] == ["refused"]


def test_reasons_of_refusal_are_grouped_in_the_readers_language() -> None:
    assert refusals(PROGRAMME, "en")[0] == ("home", [("rent_too_high", "Rent too high")])
    assert refusals(None, "fr") == []


def test_a_placement_follows_its_own_version_of_the_programme() -> None:
    newer = {**PROGRAMME, "version": 2}
    assert programme_of(placement(), [newer, PROGRAMME]) is PROGRAMME
    assert programme_of(placement(programme_version=9), [PROGRAMME, newer]) is newer
    assert programme_of({}, [PROGRAMME]) is None


def test_effort_is_unknown_where_resources_are() -> None:
    assert effort(placement(), HOUSEHOLD_VIEW) == pytest.approx(0.328)
    assert effort(placement(), {"income_eur_per_month": None}) is None
    assert effort(placement(), None) is None


def test_an_alert_is_a_sentence_with_the_reason_and_the_time_left() -> None:
    alert = alert_of(placement(), Language.FR, NOW, "K-204")
    assert "un T3 à Aurillac convient pour le ménage K-204" in alert.sentence
    assert "Maçonnerie, à 3,2 km du logement" in alert.sentence
    assert alert.deadline == "Échéance dans 2\u00a0jours, jeudi 26 nov. 2026."


def test_an_alert_never_names_a_household_that_is_not_shown() -> None:
    hidden = {key: value for key, value in placement("approved").items() if key != "household"}
    assert "un ménage" in alert_of(hidden, Language.FR, NOW, None).sentence


def test_passages_of_the_machine_interrupt_nobody() -> None:
    assert not worth_telling("verifying")
    assert worth_telling("proposed")


def test_the_funnel_is_drawn_to_scale() -> None:
    steps = [{"step": "proposed", "reached": 40, "now": 10}, {"step": "verifying", "reached": 30, "now": 0},
             {"step": "approved", "reached": 10, "now": 10}]  # fmt: skip
    first, second = bars(steps)
    assert (first.width, first.share) == (WIDTH, None)
    assert (second.width, second.now_width, second.share) == (WIDTH / 4, WIDTH / 4, 0.25)
    assert bars([{"step": "proposed", "reached": 0, "now": 0}])[0].width == 0.0


@pytest.mark.parametrize(
    ("role", "paths"),
    [
        (None, ["/territoires"]),
        (Role.CASEWORKER, ["/propositions", "/menages", "/commissions", "/territoires", "/pilotage", "/abonnements"]),
        (Role.LANDLORD, ["/propositions", "/logements", "/envois", "/territoires", "/abonnements"]),
        (Role.FEED, ["/envois", "/territoires", "/abonnements"]),
    ],
)
def test_each_role_finds_its_nouns_and_nothing_else(role: Role | None, paths: list[str]) -> None:
    assert [noun.path for noun in nouns_of(role)] == paths


def answer_page(**more: Any) -> dict[str, Any]:
    given = {
        "commune": "Aurillac", "rooms": 3, "surface_m2": 62.0, "rent_eur_per_month": 410.0, "available_from": "2026-12-01",
        "occupation": "Maçonnerie", "work_commune": "Aurillac", "answer_until": "2026-12-04",
    }  # fmt: skip
    return {"open": True, "answer": None, "reasons": [], "facts": {**given, **more}}


@pytest.mark.parametrize("code", [tongue.code for tongue in TONGUES])
def test_every_language_tells_the_home_the_job_the_money_and_the_date(code: str) -> None:
    card = facts(answer_page(), code)
    text = " ".join([*card["home"], *card["work"], *card["money"], card["until"]])
    for part in ("Aurillac", "62", "410", "Maçonnerie", "2026"):
        assert part in text
    assert "{" not in text


def test_without_a_job_lead_the_page_says_so() -> None:
    assert facts(answer_page(occupation=None, work_commune=None), "fr")["work"] == [TEXTS["fr"]["no_work"]]


def test_every_language_has_every_text() -> None:
    assert {frozenset(words) for words in TEXTS.values()} == {frozenset(TEXTS["fr"])}


def test_the_language_of_the_page_follows_the_address_then_the_phone() -> None:
    assert tongue_of("ar", "fr").direction == "rtl"
    assert tongue_of(None, "fa-AF,fa;q=0.9").code == "prs"
    assert tongue_of("xx", "de").code == "fr"
    assert day_in_words("2026-12-04", "uk") == "4 грудня 2026"


@pytest.mark.parametrize(
    ("page", "key"),
    [
        ({"open": True, "answer": None}, "waiting"),
        ({"open": True, "answer": "call"}, "said_call"),
        ({"open": False, "answer": "yes"}, "said_yes"),
        ({"open": False, "answer": None}, "closed"),
    ],
)
def test_the_page_says_where_the_answer_stands(page: dict[str, Any], key: str) -> None:
    assert state_key(page) == key
