"""Requests made from the OpenAPI of scoring, right and wrong: never an internal error, every refusal is a problem, and every
answer of a route has an example of its shape."""

from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from schemathesis.core.result import Ok

from services.scoring.adapters.historian import handle
from shared.clock import utc_now
from shared.events import new_event
from shared.settings import Settings
from shared.sql.engine import service_engine
from shared.streams.consumer import Record
from shared.streams.dead_letters import Source
from shared.topics import TERRITORY_SCORES
from tests.described_requests import asks
from tests.integration.scoring.published import AURILLAC, KEY, score


def test_no_request_made_from_the_description_is_an_internal_error(api: TestClient) -> None:
    schema = schemathesis.openapi.from_dict(api.get("/openapi.json").json())
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    asked = {
        one.label: asks(api, one, lambda _: KEY)
        for one in operations
        if "territories" in one.path or "rankings" in one.path
    }
    assert len(asked) == 6
    assert all(200 in statuses for label, statuses in asked.items() if "{code}" not in label), asked


@pytest.mark.parametrize(
    "asked", ["?rome=F1703&typology=T3&max_rent=450&limit=1", f"/{AURILLAC}", f"/{AURILLAC}/history"]
)
def test_the_examples_have_the_fields_that_are_answered(api: TestClient, migrated: Settings, asked: str) -> None:
    document = api.get("/openapi.json").json()
    described = f"/v1/territories{asked}".partition("?")[0].replace(AURILLAC, "{code}")
    content = document["paths"][described]["get"]["responses"]["200"]["content"]["application/json"]
    _publish_a_change(migrated)
    answer = api.get(f"/v1/territories{asked}", headers=KEY).json()
    assert _shape(content["example"]) == _shape(answer)


def test_the_ranking_that_is_shown_as_an_example_is_answered_in_the_shape_shown(api: TestClient) -> None:
    operation = api.get("/openapi.json").json()
    schema = operation["components"]["schemas"]["RankingRequest"]
    answer = api.post("/v1/rankings", json=schema["example"], headers=KEY)
    shown = operation["paths"]["/v1/rankings"]["post"]["responses"]["200"]["content"]["application/json"]["example"]
    assert answer.status_code == 200
    assert _shape(shown) == _shape(answer.json())


def _publish_a_change(migrated: Settings) -> None:
    """One change in the history, so that there is one to show."""
    engine = service_engine(migrated, "scoring", pool=1)
    one = score(AURILLAC, 1, 61.5)
    event = new_event(TERRITORY_SCORES, AURILLAC, one, source="/scoring", at=utc_now())
    with engine.begin() as connection:
        handle(connection, [Record(Source(TERRITORY_SCORES, 0, 1), AURILLAC.encode(), b"", event)])
    engine.dispose()


def _shape(value: Any) -> Any:
    """Names of the fields of objects, however deep; of a list its first element. Counts by name and blocks are free."""
    if isinstance(value, dict):
        return {
            name: None if name in {"counters", "official", "blocks"} else _shape(inner)
            for name, inner in value.items()
            if not (isinstance(inner, list) and not inner)
        }
    if isinstance(value, list):
        return _shape(value[0]) if value else None
    return None
