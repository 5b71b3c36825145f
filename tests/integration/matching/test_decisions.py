"""From a household, a home and a post to a proposal, and what people decide about it."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from services.matching.engine import SWEPT_A_TICK
from shared.identity import Role
from tests.integration.matching.conftest import TERRITORY, Ingest, MakeKey, Stream, household, placements

Key = dict[str, str]
Events = Callable[[], list[Any]]


def decide(api: TestClient, key: Key, placement: str, **body: Any) -> dict[str, Any]:
    answer = api.post(f"/v1/placements/{placement}/decisions", json=body, headers=key)
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


def proposed(api: TestClient, key: Key, stream: Stream) -> tuple[dict[str, Any], str, str, dict[str, Any]]:
    """A household with its proposal: (household, home, post, placement)."""
    home, post = stream.home(), stream.post()
    made = household(api, key)
    stream.work()
    (placement,) = placements(api, key)
    return made, home, post, placement


def test_a_household_a_home_and_a_post_become_a_proposal_with_its_reasons(
    api: TestClient, caseworker: Key, stream: Stream, events: Events
) -> None:
    made, home, post, placement = proposed(api, caseworker, stream)
    assert placement["household"] == made["id"]
    assert (placement["vacancy"], placement["offer"]) == (home, post)
    assert placement["step"] == "proposed"
    assert placement["territory"] == TERRITORY
    assert placement["decisions"] == ["approve", "refuse"]
    assert any("(33 % sans elle)" in sentence for sentence in placement["reasons"])
    assert {"occupation", "commute", "effort"} <= placement["terms"].keys()
    (event,) = events()
    assert event.data.version == 1
    assert event.data.after.id == placement["id"]
    assert made["id"] not in str(event)


def test_what_arrives_in_any_order_is_proposed(api: TestClient, caseworker: Key, stream: Stream) -> None:
    household(api, caseworker)
    stream.work()
    stream.home()
    stream.work()
    assert placements(api, caseworker) == []
    stream.post()
    stream.work()
    assert len(placements(api, caseworker)) == 1


def test_approval_asks_ingest_and_sends_the_proposal(
    api: TestClient, caseworker: Key, stream: Stream, ingest: Ingest, events: Events
) -> None:
    _, home, post, placement = proposed(api, caseworker, stream)
    view = decide(api, caseworker, placement["id"], decision="approve")
    assert view["step"] == "approved"
    assert ingest.asked == [home, post]
    assert [event.data.after.step.value for event in events()] == ["proposed", "verifying", "approved"]
    assert [one["command"] for one in view["history"]] == ["propose", "approve", "verify"]


def test_a_home_that_ingest_no_longer_has_is_released_and_never_approved(
    api: TestClient, caseworker: Key, stream: Stream, ingest: Ingest
) -> None:
    _, home, _, placement = proposed(api, caseworker, stream)
    ingest.gone.add(home)
    view = decide(api, caseworker, placement["id"], decision="approve")
    assert (view["step"], view["outcome"]) == ("released", "home_gone")


def test_silence_of_ingest_is_not_a_yes_and_is_asked_again(
    api: TestClient, caseworker: Key, stream: Stream, ingest: Ingest, database: Engine
) -> None:
    _, _, _, placement = proposed(api, caseworker, stream)
    ingest.silent = True
    answer = api.post(f"/v1/placements/{placement['id']}/decisions", json={"decision": "approve"}, headers=caseworker)
    assert (answer.status_code, answer.json()["step"]) == (202, "verifying")
    stream.work()
    assert placements(api, caseworker)[0]["step"] == "verifying"
    ingest.silent = False
    with database.begin() as connection:
        connection.execute(text("UPDATE placement SET verify_at = now() - interval '1 second'"))
    stream.work()
    assert placements(api, caseworker)[0]["step"] == "approved"


def test_a_refusal_frees_everything_and_the_same_home_is_not_proposed_again(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine
) -> None:
    made, home, post, placement = proposed(api, caseworker, stream)
    view = decide(api, caseworker, placement["id"], decision="refuse", reason="rent_too_high")
    assert (view["step"], view["outcome"], view["refusal"]) == ("refused", "refused_home", "rent_too_high")
    with database.connect() as connection:
        assert connection.execute(text("SELECT leads FROM offer WHERE id = :id"), {"id": post}).scalar_one() == 0
        live = connection.execute(text("SELECT count(*) FROM reservation WHERE released_at IS NULL")).scalar_one()
    assert live == 0
    stream.work()
    assert [one["vacancy"] for one in placements(api, caseworker)] == [home]
    other = stream.home(rent_eur_per_month=380.0)
    stream.work()
    assert [one["vacancy"] for one in placements(api, caseworker)] == [home, other]
    assert placements(api, caseworker)[1]["household"] == made["id"]


def test_a_refused_job_is_not_proposed_again_but_its_home_is(api: TestClient, caseworker: Key, stream: Stream) -> None:
    _, home, post, placement = proposed(api, caseworker, stream)
    decide(api, caseworker, placement["id"], decision="refuse", reason="job_not_suitable")
    stream.work()
    assert len(placements(api, caseworker)) == 1
    second = stream.post()
    stream.work()
    (_, again) = placements(api, caseworker)
    assert (again["vacancy"], again["offer"]) == (home, second)
    assert second != post


def test_an_unknown_reason_is_refused_with_the_nearest_one(api: TestClient, caseworker: Key, stream: Stream) -> None:
    _, _, _, placement = proposed(api, caseworker, stream)
    url = f"/v1/placements/{placement['id']}/decisions"
    answer = api.post(url, json={"decision": "refuse", "reason": "rent_to_high"}, headers=caseworker)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "reason"
    assert "rent_too_high" in answer.json()["errors"][0]["remedy"]
    assert api.post(url, json={"decision": "refuse"}, headers=caseworker).status_code == 422
    assert api.post(url, json={"decision": "maybe"}, headers=caseworker).status_code == 422
    assert placements(api, caseworker)[0]["step"] == "proposed"


def test_two_decisions_on_one_proposal_leave_the_first(api: TestClient, caseworker: Key, stream: Stream) -> None:
    _, _, _, placement = proposed(api, caseworker, stream)
    decide(api, caseworker, placement["id"], decision="refuse", reason="home_state")
    answer = api.post(f"/v1/placements/{placement['id']}/decisions", json={"decision": "approve"}, headers=caseworker)
    assert answer.status_code == 409


def test_the_same_idempotency_key_decides_once(
    api: TestClient, caseworker: Key, stream: Stream, events: Events
) -> None:
    _, _, _, placement = proposed(api, caseworker, stream)
    url, headers = f"/v1/placements/{placement['id']}/decisions", {**caseworker, "Idempotency-Key": "decision-1"}
    first = api.post(url, json={"decision": "approve"}, headers=headers)
    before = len(events())
    second = api.post(url, json={"decision": "approve"}, headers=headers)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert len(events()) == before
    other = api.post(url, json={"decision": "refuse", "reason": "home_state"}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-conflict")


def test_a_proposal_left_unanswered_is_released_and_cools_down(
    api: TestClient, caseworker: Key, stream: Stream
) -> None:
    _, home, _, _ = proposed(api, caseworker, stream)
    stream.clock.advance(timedelta(days=8))
    stream.work()
    (placement,) = placements(api, caseworker)
    assert (placement["step"], placement["outcome"]) == ("released", "expired")
    stream.clock.advance(timedelta(days=15))
    stream.work()
    (_, again) = placements(api, caseworker)
    assert (again["step"], again["vacancy"]) == ("proposed", home)


def test_an_approval_after_its_deadline_is_refused_even_before_the_sweep(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine
) -> None:
    _, _, _, placement = proposed(api, caseworker, stream)
    with database.begin() as connection:
        connection.execute(text("UPDATE placement SET due_at = now() - interval '1 second'"))
    answer = api.post(f"/v1/placements/{placement['id']}/decisions", json={"decision": "approve"}, headers=caseworker)
    assert answer.status_code == 409
    assert "délai" in answer.json()["detail"]


def test_a_placement_goes_all_the_way_and_the_home_is_held_only_with_the_landlord(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine, events: Events
) -> None:
    _, _, _, placement = proposed(api, caseworker, stream)
    decide(api, caseworker, placement["id"], decision="approve")
    assert decide(api, caseworker, placement["id"], decision="accept")["step"] == "accepted"
    url = f"/v1/placements/{placement['id']}/decisions"
    refused = api.post(url, json={"decision": "advance"}, headers=caseworker)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (409, "landlord_agreed")
    view = decide(api, caseworker, placement["id"], decision="advance", landlord_agreed=True)
    assert view["step"] == "commission"
    with database.connect() as connection:
        assert connection.execute(text("SELECT hold_until FROM reservation")).scalar_one() is not None
    steps = [decide(api, caseworker, placement["id"], decision="advance")["step"] for _ in range(4)]
    assert steps == ["lease", "installed", "follow_up", "completed"]
    told = [event.data for event in events()]
    days = {change.after.step: change.after.days_to_key for change in told}
    assert days["lease"] is None
    assert days["installed"] is not None
    assert days["installed"] == days["follow_up"] == days["completed"] >= 0
    assert all(change.before == former.after for former, change in pairwise(told))
    with database.connect() as connection:
        assert connection.execute(text("SELECT released_at FROM reservation")).scalar_one() is not None


def test_a_household_whose_course_is_completed_is_not_proposed_another_home_until_its_file_is_reopened(
    api: TestClient, caseworker: Key, stream: Stream
) -> None:
    made, _, _, placement = proposed(api, caseworker, stream)
    decide(api, caseworker, placement["id"], decision="approve")
    decide(api, caseworker, placement["id"], decision="accept")
    for _ in range(5):
        assert api.get(f"/v1/households/{made['id']}", headers=caseworker).json()["status"] == "live"
        decide(api, caseworker, placement["id"], decision="advance", landlord_agreed=True)
    other = stream.home(rent_eur_per_month=405.0)
    stream.post()
    stream.work()
    assert [one["step"] for one in placements(api, caseworker)] == ["completed"]
    file = api.get(f"/v1/households/{made['id']}", headers=caseworker).json()
    assert (file["status"], file["placement"]) == ("closed", None)
    reopened = api.patch(f"/v1/households/{made['id']}", json={"status": "live"}, headers=caseworker)
    assert reopened.status_code == 200, reopened.text
    stream.work()
    assert {one["step"]: one["vacancy"] for one in placements(api, caseworker)}["proposed"] == other


def test_a_withdrawn_home_releases_until_signature_and_an_alternative_is_proposed(
    api: TestClient, caseworker: Key, stream: Stream
) -> None:
    _, home, _, placement = proposed(api, caseworker, stream)
    decide(api, caseworker, placement["id"], decision="approve")
    other = stream.home(rent_eur_per_month=405.0)
    stream.withdraw("vacancies", home)
    stream.work()
    first, second = placements(api, caseworker)
    assert (first["step"], first["outcome"]) == ("released", "home_gone")
    assert (second["step"], second["vacancy"]) == ("proposed", other)


def test_a_withdrawn_offer_releases_and_the_home_comes_back_with_another_lead(
    api: TestClient, caseworker: Key, stream: Stream
) -> None:
    _, home, post, _ = proposed(api, caseworker, stream)
    other = stream.post(openings=1)
    stream.withdraw("offers", post)
    stream.work()
    first, second = placements(api, caseworker)
    assert (first["step"], first["outcome"]) == ("released", "lead_gone")
    assert (second["vacancy"], second["offer"]) == (home, other)


def test_after_signature_the_landlord_takes_the_home_off_the_list_and_nothing_is_released(
    api: TestClient, caseworker: Key, stream: Stream
) -> None:
    _, home, _, placement = proposed(api, caseworker, stream)
    for body in ({"decision": "approve"}, {"decision": "accept"}):
        decide(api, caseworker, placement["id"], **body)
    for _ in range(2):
        decide(api, caseworker, placement["id"], decision="advance", landlord_agreed=True)
    stream.withdraw("vacancies", home)
    stream.work()
    assert [one["step"] for one in placements(api, caseworker)] == ["lease"]


def test_a_caseworker_chooses_outside_the_ranking_within_the_hard_constraints(
    api: TestClient, caseworker: Key, stream: Stream
) -> None:
    stream.post()
    first, small = stream.home(), stream.home(surface_m2=20.0)
    made = household(api, caseworker)
    body = {"household": made["id"], "vacancy": small}
    refused = api.post("/v1/placements", json=body, headers=caseworker)
    assert refused.status_code == 409
    assert "surface trop petite" in refused.json()["detail"]
    chosen = api.post("/v1/placements", json={**body, "vacancy": first}, headers=caseworker)
    assert chosen.status_code == 201, chosen.text
    stream.work()
    assert [one["id"] for one in placements(api, caseworker)] == [chosen.json()["id"]]
    assert api.post("/v1/placements", json={**body, "vacancy": first}, headers=caseworker).status_code == 409


def test_nobody_outside_sees_a_proposal_before_it_is_sent_nor_ever_its_household(
    api: TestClient, caseworker: Key, stream: Stream, make_key: MakeKey, migrated: Any
) -> None:
    landlord = make_key(Role.LANDLORD, "Bailleur fictif")
    own = api.get("/v1/placements", headers=landlord)
    assert own.json()["items"] == []
    with_organisation = organisation_of(migrated, "Bailleur fictif")
    stream.post()
    stream.home(landlord=with_organisation)
    made = household(api, caseworker)
    stream.work()
    territory = make_key(Role.TERRITORY, territories=frozenset({"15"}))
    assert placements(api, landlord) == []
    assert placements(api, territory) == []
    (placement,) = placements(api, caseworker)
    decide(api, caseworker, placement["id"], decision="approve")
    for key in (landlord, territory):
        (seen,) = placements(api, key)
        assert seen["id"] == placement["id"]
        assert made["id"] not in str(seen)
        assert not {"household", "terms", "reasons", "history", "refusal"} & seen.keys()
        assert api.get(f"/v1/placements/{placement['id']}", headers=key).status_code == 200
    assert "programme" not in placements(api, landlord)[0]
    operator = make_key(Role.OPERATOR)
    assert "household" not in placements(api, operator)[0]


def organisation_of(settings: Any, name: str) -> str:
    from sqlmodel import Session

    from shared.identity.bearers import organisation_named
    from shared.sql.engine import service_engine

    engine = service_engine(settings, "console", database="identity", pool=1)
    with Session(engine) as session:
        identifier = organisation_named(session, name).id
    engine.dispose()
    return identifier


def test_a_start_looks_at_the_households_that_wait_in_lawful_order_not_in_that_of_their_ids(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine
) -> None:
    for _ in range(SWEPT_A_TICK):
        household(api, caseworker)
    first = household(api, caseworker, priorities=["dalo"])  # last by id, and beyond the first tick of a sweep
    stream.home()
    stream.post()
    with database.begin() as connection:
        connection.execute(text("DELETE FROM engine_change"))  # all of it was there before the engine began
    stream.work()
    (placement,) = placements(api, caseworker)
    assert placement["household"] == first["id"]
