"""Requests made from an API's OpenAPI, right and wrong: never an internal error, and every refusal is a problem."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.schemas import APIOperation

EXAMPLES: Final = 12


def asks(
    api: TestClient, operation: APIOperation[Any, Any, Any, Any], headers_of: Callable[[str], Mapping[str, str]]
) -> set[int]:
    """Sends requests made for one operation, with the headers of its path; returns the statuses that were answered."""
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
    def ask(case: Case[Any]) -> None:
        sent = case.as_transport_kwargs(base_url="http://testserver")
        headers = {**dict(sent.pop("headers", None) or {}), **headers_of(case.path)}
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
