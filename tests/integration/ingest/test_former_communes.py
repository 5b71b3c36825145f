"""Former commune codes over HTTP: recorded under the current commune, and the sender is told."""

from typing import Any

from fastapi.testclient import TestClient

from shared.identity import Role
from tests.integration.ingest.conftest import MakeKey
from tests.integration.ingest.test_http import BODY, OFFER


def _put(api: TestClient, headers: dict[str, str], what: str, body: dict[str, Any]) -> Any:
    answer = api.put(f"/v1/{what}/FORMER-1", json=body, headers=headers)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


def test_a_vacancy_with_a_former_code_is_kept_under_the_current_commune_with_a_notice(
    api: TestClient, make_key: MakeKey
) -> None:
    landlord = make_key(Role.LANDLORD)
    done = _put(api, landlord, "vacancies", {**BODY, "commune": "69152"})
    (notice,) = done["notices"]
    assert (notice["field"], notice["given"], notice["used"]) == ("commune", "69152", "69149")
    assert "01/01/2024" in notice["message"]
    assert api.get("/v1/vacancies/FORMER-1", headers=landlord).json()["commune"] == "69149"
    again = _put(api, {**landlord, "Accept-Language": "en"}, "vacancies", {**BODY, "commune": "69149"})
    assert (again["result"], again["notices"]) == ("unchanged", [])


def test_an_offer_with_a_former_code_is_not_lost_and_one_with_several_heirs_is_refused(
    api: TestClient, make_key: MakeKey
) -> None:
    feed = {**make_key(Role.FEED), "Accept-Language": "en"}
    done = _put(api, feed, "offers", {**OFFER, "commune": "20004"})
    assert done["notices"][0]["used"] == "2A004"
    assert "former commune code" in done["notices"][0]["message"]
    refused = api.put("/v1/offers/FORMER-2", json={**OFFER, "commune": "51385"}, headers=feed)
    assert refused.status_code == 422
    assert "51440" in refused.json()["errors"][0]["remedy"]
