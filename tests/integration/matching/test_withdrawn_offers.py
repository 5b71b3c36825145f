"""What stays of an offer that its feed has withdrawn: the trade, the place and the contract that were talked about."""

from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from shared.events import OfferSource, VacancyStatus
from tests.integration.matching.conftest import AURILLAC, MACON, Stream, household, placements, tables

Key = dict[str, str]
SOURCE = OfferSource(
    "France Travail", url="https://example.invalid/offres/187XWQZ", updated_at="2026-11-20T10:00:00.000Z"
)


def test_a_placement_keeps_no_more_of_a_withdrawn_offer_than_what_was_talked_about(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine
) -> None:
    home = stream.home()
    post = stream.post(source=SOURCE, wage_eur_per_month=1987.0)
    household(api, caseworker)
    stream.work()
    (placement,) = placements(api, caseworker)
    assert placement["post"]["wage_eur_per_month"] == 1987.0
    stream.withdraw("offers", post)
    stream.work()
    (released,) = placements(api, caseworker)
    kept: dict[str, Any] = released["post"]
    assert (released["outcome"], released["vacancy"]) == ("lead_gone", home)
    assert (kept["id"], kept["rome"], kept["commune"], kept["contract"]) == (post, MACON, AURILLAC, "CDI")
    assert kept["withdrawn"] is True
    assert "wage_eur_per_month" not in kept
    assert released["reasons"]
    everywhere = tables(database)
    del everywhere["outbox"]
    for name, content in everywhere.items():
        assert "187XWQZ" not in content, name
        assert "1987" not in content, name


def test_what_prices_are_learnt_from_holds_when_it_was_there(stream: Stream, database: Engine) -> None:
    gone, expired, stays = stream.post(), stream.home(), stream.home()
    stream.withdraw("offers", gone)
    stream.home(expired, status=VacancyStatus.EXPIRED)
    with database.connect() as connection:
        past = connection.execute(text("SELECT kind, id, left_at >= seen_at AS ordered FROM market_past ORDER BY kind"))
        found = [(row.kind, row.id, row.ordered) for row in past]
    assert found == [("offer", gone, True), ("vacancy", expired, True)]
    assert stays not in str(found)
