"""Requests made from the OpenAPI of ingest, right and wrong: never an internal error, and every refusal is a problem."""

from typing import Any

import schemathesis
from fastapi.testclient import TestClient
from schemathesis.core.result import Err, Ok

from shared.identity import Role
from tests.described_requests import asks
from tests.integration.ingest.conftest import MakeKey

# Whose key opens a path; the others' answers are tested in tests/contract.
ROLES = (("vacanc", Role.LANDLORD), ("offers", Role.FEED), ("territories", Role.TERRITORY))


@schemathesis.serializer("application/x-ndjson", "text/csv", "application/merge-patch+json")
def _as_it_is(_: Any, value: Any) -> bytes:
    """The texts that the strategies make, as the bytes of a body."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def role_of(path: str) -> Role:
    return next((role for part, role in ROLES if part in path), Role.OPERATOR)


def test_no_request_that_the_openapi_describes_ends_in_an_internal_error(api: TestClient, make_key: MakeKey) -> None:
    schema = schemathesis.openapi.from_dict(api.get("/openapi.json").json())
    keys = {role: make_key(role, territories=frozenset({"15"})) for role in Role}
    found = list(schema.get_all_operations())
    operations = [one.ok() for one in found if isinstance(one, Ok)]
    assert len(operations) == len(found), [one.err() for one in found if isinstance(one, Err)]
    statuses = {operation.label: asks(api, operation, lambda path: keys[role_of(path)]) for operation in operations}
    assert len(statuses) >= 20
    accepted = {label for label, seen in statuses.items() if min(seen) < 300}
    assert any("bulk" in label for label in accepted), sorted(accepted)
