"""Host territories as gates, and offers that several feeds publish: on a real PostgreSQL, the engine driven by records."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from shared.events import CommitmentStatus, OfferOrigin, OfferSource, OfferStatus, Period
from tests.integration.matching.conftest import Stream, household, placements, tables

SAINT_FLOUR = "200066660"
ORIGIN = OfferOrigin(url="https://jobs.example/12")


def test_persons_of_a_household_count_against_what_a_territory_takes(
    api: TestClient, caseworker: dict[str, str], stream: Stream
) -> None:
    stream.commit(capacity_persons=5)
    for _ in range(2):
        stream.home()
    stream.post(openings=5)
    for size in (3, 3, 2):
        household(api, caseworker, size=size)
    stream.work()
    found = placements(api, caseworker)
    assert len(found) == 2
    assert {one["home"]["territory"] for one in found} == {"241500230"}
    third = api.get("/v1/households", headers=caseworker).json()["items"][1]
    explained = api.get(f"/v1/households/{third['id']}/explanation", headers=caseworker).json()
    assert "territory_at_capacity" in {one["code"] for one in explained["by_reason"]}


def test_places_by_year_stay_used_when_a_placement_is_completed_and_are_free_the_next_year(
    api: TestClient, caseworker: dict[str, str], stream: Stream, database: Engine
) -> None:
    stream.commit(capacity_households=1, period=Period.YEAR)
    stream.home()
    stream.post(openings=5)
    household(api, caseworker)
    stream.work()
    (first,) = placements(api, caseworker)
    with database.begin() as connection:
        connection.execute(text("UPDATE placement SET step = 'completed'"))
        connection.execute(text("UPDATE reservation SET released_at = now()"))
        connection.execute(
            text("INSERT INTO engine_change (kind, key, source) VALUES ('placement', :id, 'sql')"), first
        )
    stream.home()
    household(api, caseworker)
    stream.work()
    assert len(placements(api, caseworker)) == 1
    stream.clock.advance(timedelta(days=400))
    stream.home()
    stream.work()
    assert len(placements(api, caseworker)) == 2


def test_a_pause_closes_and_its_end_opens_without_a_clock_in_matching(
    api: TestClient, caseworker: dict[str, str], stream: Stream
) -> None:
    stream.commit(status=CommitmentStatus.PAUSED, reason="holidays")
    stream.home()
    stream.post()
    household(api, caseworker)
    stream.work()
    assert placements(api, caseworker) == []
    stream.commit()
    stream.work()
    assert len(placements(api, caseworker)) == 1


def test_a_named_set_gates_each_of_its_territories(api: TestClient, caseworker: dict[str, str], stream: Stream) -> None:
    stream.commit(area=("241500230", SAINT_FLOUR), capacity_households=1, name="Sud Cantal")
    for commune in ("15014", "15187"):
        stream.home(commune=commune)
        stream.post(commune=commune)
    household(api, caseworker, territories=[SAINT_FLOUR])
    stream.work()
    household(api, caseworker)
    stream.work()
    (only,) = placements(api, caseworker)
    assert only["territory"] == SAINT_FLOUR


def test_a_duplicate_is_proposed_to_nobody(api: TestClient, caseworker: dict[str, str], stream: Stream) -> None:
    stream.home()
    second = stream.post(origin=ORIGIN, duplicate_of="off_elsewhere")
    made = household(api, caseworker)
    stream.work()
    assert placements(api, caseworker) == []
    assert api.get(f"/v1/households/{made['id']}/matches", headers=caseworker).json()["items"] == []
    stream.post(second, origin=ORIGIN)
    stream.work()
    assert [one["offer"] for one in placements(api, caseworker)] == [second]


def test_leads_on_the_same_offer_by_two_feeds_are_counted_together(
    api: TestClient, caseworker: dict[str, str], stream: Stream
) -> None:
    first = stream.post(origin=ORIGIN, openings=1)
    for _ in range(2):
        stream.home()
    household(api, caseworker)
    stream.work()
    assert len(placements(api, caseworker)) == 1
    stream.post(origin=ORIGIN, openings=1)  # the partner's own: it counts from now on
    stream.post(first, origin=ORIGIN, openings=1, duplicate_of="off_partner")
    household(api, caseworker)
    stream.work()
    (still,) = placements(api, caseworker)
    assert (still["offer"], still["step"]) == (first, "proposed")


def test_a_placement_follows_its_job_to_the_feed_that_still_publishes_it(
    api: TestClient, caseworker: dict[str, str], stream: Stream, events: Callable[[], list[Any]], database: Engine
) -> None:
    first, second = stream.post(origin=ORIGIN), stream.post(origin=ORIGIN, duplicate_of="off_other", openings=1)
    stream.home()
    household(api, caseworker)
    stream.work()
    stream.withdraw("offers", first)
    (moved,) = placements(api, caseworker)
    assert (moved["offer"], moved["step"], moved["version"]) == (second, "proposed", 2)
    assert moved["post"]["id"] == second
    shown = api.get(f"/v1/placements/{moved['id']}", headers=caseworker).json()
    assert [one["command"] for one in shown["history"]] == ["propose", "lead_moved"]
    assert [event.data.after.offer for event in events()] == [first, second]
    with database.connect() as connection:
        assert dict(connection.execute(text("SELECT id, leads FROM offer")).all()) == {second: 1}
    stream.withdraw("offers", second)
    (gone,) = placements(api, caseworker)
    assert (gone["step"], gone["outcome"]) == ("released", "lead_gone")


def test_a_placement_does_not_follow_its_job_to_a_publication_that_was_refused(
    api: TestClient, caseworker: dict[str, str], stream: Stream
) -> None:
    both = {stream.post(origin=ORIGIN), stream.post(origin=ORIGIN)}
    stream.home()
    household(api, caseworker)
    stream.work()
    (first,) = placements(api, caseworker)
    refusal = {"decision": "refuse", "reason": "employer_refused"}
    assert api.post(f"/v1/placements/{first['id']}/decisions", json=refusal, headers=caseworker).status_code == 200
    stream.work()
    second = placements(api, caseworker)[1]
    assert {first["offer"], second["offer"]} == both
    stream.withdraw("offers", second["offer"])
    gone = placements(api, caseworker)[1]
    assert (gone["step"], gone["outcome"]) == ("released", "lead_gone")


def test_an_offer_of_unknown_openings_is_one_lead(api: TestClient, caseworker: dict[str, str], stream: Stream) -> None:
    stream.post(openings=None)
    for _ in range(2):
        stream.home()
        household(api, caseworker)
    stream.work()
    (only,) = placements(api, caseworker)
    assert only["post"]["openings"] is None


def test_source_and_licence_travel_with_the_lead(api: TestClient, caseworker: dict[str, str], stream: Stream) -> None:
    source = OfferSource(
        "France Travail", "Licence de réutilisation", "2026-11-20T08:00:00Z", "https://candidat.example/offres/1"
    )
    stream.post(source=source)
    stream.home()
    made = household(api, caseworker)
    (match,) = api.get(f"/v1/households/{made['id']}/matches", headers=caseworker).json()["items"]
    stream.work()
    (placed,) = placements(api, caseworker)
    for post in (match["post"], placed["post"]):
        assert post["source"] == {
            "name": "France Travail",
            "licence": "Licence de réutilisation",
            "updated_at": "2026-11-20T08:00:00Z",
            "url": "https://candidat.example/offres/1",
        }


def test_nothing_of_a_withdrawn_offer_stays_in_the_mirror(api: TestClient, stream: Stream, database: Engine) -> None:
    gone = stream.post(source=OfferSource("Partenaire", "licence-x", None, "https://jobs.example/77"))
    expired = stream.post(source=OfferSource("Autre"))
    stream.post(expired, source=OfferSource("Autre"), status=OfferStatus.EXPIRED)
    stream.withdraw("offers", gone)
    found = {name: body for name, body in tables(database).items() if gone in body or "jobs.example/77" in body}
    # An id alone until it is looked at; of the past only its kind and when it was there, for a window.
    assert found.keys() <= {"engine_change", "engine_journal", "market_past"}
    assert "jobs.example/77" not in "".join(found.values())
