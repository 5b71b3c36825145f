"""Requests made from the OpenAPI of ingest, right and wrong: never an internal error, and every refusal is a problem."""

from typing import Any

import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.schemas import APIOperation

from shared.identity import Role
from tests.integration.ingest.conftest import MakeKey

EXAMPLES = 12
# Whose key opens a path; the others' answers are tested in tests/contract.
ROLES = (("vacanc", Role.LANDLORD), ("offers", Role.FEED), ("territories", Role.TERRITORY))


@schemathesis.serializer("application/x-ndjson", "text/csv", "application/merge-patch+json")
def _as_it_is(_: Any, value: Any) -> bytes:
    """The texts that the strategies make, as the bytes of a body."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def role_of(path: str) -> Role:
    return next((role for part, role in ROLES if part in path), Role.OPERATOR)


def asks(api: TestClient, operation: APIOperation[Any, Any, Any, Any], keys: dict[Role, dict[str, str]]) -> set[int]:
    """Sends requests made for one operation; returns the statuses that they were answered."""
    statuses: set[int] = set()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Case) -> None:
        sent = case.as_transport_kwargs(base_url="http://testserver")
        headers = {**dict(sent.pop("headers", None) or {}), **keys[role_of(case.path)]}
        sent = {
            "content" if name == "data" else name: value
            for name, value in sent.items()
            if name not in {"cookies", "method"} and value is not None
        }
        answer = api.request(case.method, headers=headers, **sent)
        statuses.add(answer.status_code)
        assert answer.status_code < 500, (operation.label, sent, answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"].startswith("application/problem+json"), (operation.label, answer.text)
            assert answer.json()["type"].startswith("/problems/")

    ask()
    return statuses


def test_no_request_that_the_openapi_describes_ends_in_an_internal_error(api: TestClient, make_key: MakeKey) -> None:
    schema = schemathesis.openapi.from_dict(api.get("/openapi.json").json())
    keys = {role: make_key(role, territories=frozenset({"15"})) for role in Role}
    operations = [found.ok() for found in schema.get_all_operations()]
    statuses = {operation.label: asks(api, operation, keys) for operation in operations}
    assert len(statuses) >= 20
    accepted = {label for label, seen in statuses.items() if min(seen) < 300}
    assert any("bulk" in label for label in accepted), sorted(accepted)
