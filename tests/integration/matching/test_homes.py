"""Homes over HTTP: those that wait and why, asking for a proposal now, who could live there, rules and contingents."""

from datetime import timedelta

from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from services.matching.adapters import held_homes
from services.matching.adapters.due import due
from services.matching.core.holding import Holding, Rarity
from shared.clock import utc_now
from shared.events import Reservation
from shared.identity import Role
from tests.integration.matching.conftest import TERRITORY, MakeKey, Stream, household, placements

Key = dict[str, str]
RARE = Rarity(Holding.ACCESSIBLE, 1, "T3", TERRITORY)


def hold(stream: Stream, database: Engine, vacancy: str, *, days: int = 7) -> None:
    now = stream.clock.now()
    with Session(database) as session:
        held_homes.hold(session, [held_homes.Waits(vacancy, RARE, now + timedelta(days=days))], now)
        session.commit()


def not_to_hold(stream: Stream, database: Engine) -> frozenset[str]:
    return due(database, now=stream.clock.now(), at=utc_now()).not_to_hold


def test_a_home_that_waits_is_listed_with_its_reason_and_its_end(
    api: TestClient, stream: Stream, database: Engine, caseworker: Key, make_key: MakeKey
) -> None:
    home = stream.home()
    hold(stream, database, home)
    (shown,) = api.get("/v1/vacancies/held", headers=caseworker).json()["items"]
    assert shown["vacancy"] == home
    assert shown["sentence"].startswith("Rareté du logement : 1 logement accessible libre seulement (")
    assert shown["since"] < shown["until"]
    assert api.get("/v1/vacancies/held", headers=make_key(Role.LANDLORD)).json()["items"] == []
    stream.withdraw("vacancies", home)
    assert api.get("/v1/vacancies/held", headers=caseworker).json()["items"] == []


def test_who_asks_for_a_proposal_now_ends_the_wait_and_the_engine_may_not_hold_it_again(
    api: TestClient, stream: Stream, database: Engine, caseworker: Key, make_key: MakeKey
) -> None:
    home = stream.home()
    hold(stream, database, home)
    assert api.post(f"/v1/vacancies/{home}:propose", headers=make_key(Role.LANDLORD)).status_code == 404
    assert api.post("/v1/vacancies/vac_none:propose", headers=caseworker).status_code == 404
    answer = api.post(f"/v1/vacancies/{home}:propose", headers=caseworker)
    assert answer.status_code == 202, answer.text
    assert api.get("/v1/vacancies/held", headers=caseworker).json()["items"] == []
    hold(stream, database, home)
    assert api.get("/v1/vacancies/held", headers=caseworker).json()["items"] == []
    assert not_to_hold(stream, database) == {home}
    with Session(database) as session, session.begin():
        held_homes.let_go(session, [home])
    assert not_to_hold(stream, database) == frozenset()


def test_a_home_held_to_its_last_moment_is_not_held_any_longer(stream: Stream, database: Engine) -> None:
    home = stream.home()
    hold(stream, database, home, days=0)
    assert not_to_hold(stream, database) == {home}


def test_prospects_say_who_could_live_there_and_what_stops_the_others(
    api: TestClient, stream: Stream, caseworker: Key, make_key: MakeKey
) -> None:
    home = stream.home()
    assert api.get(f"/v1/vacancies/{home}/prospects", headers=caseworker).json()["standing"]["code"] == (
        "nobody_wants_the_territory"
    )
    stream.post()
    fits = household(api, caseworker, programme="generique", label="K-1")
    household(api, caseworker, programme="generique", size=9, income_eur_per_month=6000)
    household(api, make_key(Role.CASEWORKER), programme="generique", accessible_needed=True)
    found = api.get(f"/v1/vacancies/{home}/prospects", headers=caseworker).json()
    assert (found["looked_at"], found["could"], found["complete"]) == (3, 2, True)
    assert found["households"] == [{"id": fits["id"], "label": "K-1"}]
    assert found["one_short"] == [
        {"code": "surface_too_small", "label": "surface trop petite pour le ménage", "households": 1}
    ]
    assert found["standing"]["code"] == "coming"


def test_who_accompanies_nobody_reads_nothing_of_fewer_than_five_households(
    api: TestClient, stream: Stream, caseworker: Key, make_key: MakeKey
) -> None:
    landlord = make_key(Role.LANDLORD)
    organisation = api.put("/v1/landlord-rules", json={}, headers=landlord).json()["landlord"]
    home = stream.home(landlord=organisation)
    stream.post(openings=9)
    for number in range(6):
        household(api, caseworker, programme="generique", label=f"K-{number}", income_eur_per_month=1250 - number)
    household(api, caseworker, programme="generique", size=9, income_eur_per_month=6000)
    found = api.get(f"/v1/vacancies/{home}/prospects", headers=landlord)
    assert found.json()["could"] == 6
    assert found.json()["by_reason"] == found.json()["one_short"] == []
    assert "hh_" not in found.text
    assert "K-" not in found.text
    stream.work()
    taken = api.get(f"/v1/vacancies/{home}/prospects", headers=landlord).json()
    assert taken["standing"]["code"] == "taken"
    assert (taken["could"], taken["already_proposed"]) == (5, None)


def test_a_landlords_rules_keep_his_homes_from_households_that_could_not_pay(
    api: TestClient, stream: Stream, caseworker: Key, make_key: MakeKey
) -> None:
    landlord = make_key(Role.LANDLORD)
    first = api.put("/v1/landlord-rules", json={"left_eur_per_day": 40}, headers=landlord)
    assert (first.status_code, first.json()["result"]) == (201, "created")
    again = api.put("/v1/landlord-rules", json={"left_eur_per_day": 40}, headers=landlord)
    assert (again.status_code, again.json()["result"]) == (200, "unchanged")
    wrong = api.put("/v1/landlord-rules", json={"effort_ceiling": 33}, headers=landlord)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "effort_ceiling")
    stream.home(landlord=first.json()["landlord"])
    stream.post()
    family = household(api, caseworker, programme="generique")
    stream.work()
    assert placements(api, caseworker) == []
    why = api.get(f"/v1/households/{family['id']}/explanation", headers=caseworker).json()
    assert [one["code"] for one in why["by_reason"]] == ["too_little_left"]
    changed = api.put("/v1/landlord-rules", json={"left_eur_per_day": 8}, headers=landlord).json()
    assert (changed["result"], changed["left_eur_per_day"], changed["effort_ceiling"]) == ("updated", 8, None)
    stream.work()
    (made,) = placements(api, caseworker)
    assert "left_eur_per_day" not in made["home"]
    assert api.get("/v1/landlord-rules", headers=make_key(Role.LANDLORD)).json()["items"] == []


def test_a_home_of_the_states_contingent_goes_to_a_dalo_household_only(
    api: TestClient, stream: Stream, caseworker: Key
) -> None:
    stream.home(reservation=Reservation.STATE)
    stream.post()
    first = household(api, caseworker, programme="generique", waiting_since="2020-01-01")
    stream.work()
    assert placements(api, caseworker) == []
    dalo = household(api, caseworker, programme="generique", priorities=["dalo"])
    stream.work()
    assert [one["household"] for one in placements(api, caseworker)] == [dalo["id"]]
    why = api.get(f"/v1/households/{first['id']}/explanation", headers=caseworker).json()
    assert "reserved_contingent" in [one["code"] for one in why["by_reason"]]


def test_moving_dates_and_contingents_of_a_household_are_kept_and_checked(api: TestClient, caseworker: Key) -> None:
    made = household(
        api, caseworker, contingents=["action_logement"], moves_from="2027-01-01", candidate_until="2027-06-30"
    )
    assert (made["contingents"], made["moves_from"], made["moves_by"]) == (["action_logement"], "2027-01-01", None)
    path = f"/v1/households/{made['id']}"
    wrong = api.patch(path, json={"moves_by": "2026-12-31"}, headers=caseworker)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "moves_by")
    changed = api.patch(path, json={"moves_by": "2027-03-01", "contingents": []}, headers=caseworker).json()
    assert (changed["moves_by"], changed["contingents"]) == ("2027-03-01", [])
    refused = api.post(
        "/v1/households", json={"size": 1, "programme": "emile", "contingents": ["landlord"]}, headers=caseworker
    )
    assert refused.status_code == 422
