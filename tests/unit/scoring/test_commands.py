"""`ancrage verify` and `ancrage scoring` as a script meets them."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
import typer
from typer.testing import CliRunner

from deploy.commands import scoring
from services.scoring.adapters.topic_identity import TopicsUnusable
from services.scoring.adapters.verification import Verification
from services.scoring.core.comparison import Difference
from services.scoring.core.recompute import Unreadable

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """The commands set up logging for a process; a test must not leave it on a stream that is closed."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def app() -> typer.Typer:
    found = typer.Typer()
    scoring.register(found)
    return found


@pytest.mark.parametrize("arguments", [["verify", "--no-ingest"], ["scoring", "rebuild"]])
def test_without_a_broker_the_remedy_is_said_and_nothing_is_concluded(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    from aiokafka.errors import KafkaConnectionError

    async def refuse(*_: object, **__: object) -> None:
        raise KafkaConnectionError

    def refuse_identity(*_: object) -> None:
        raise TopicsUnusable("no topic offers; remedy: ancrage topics apply")

    monkeypatch.setenv("ANCRAGE_KAFKA", "127.0.0.1:1")
    monkeypatch.setattr("services.scoring.adapters.verification.verify", refuse)
    monkeypatch.setattr("services.scoring.adapters.topic_identity.read_identity", refuse_identity)
    result = RUNNER.invoke(app, arguments)
    assert result.exit_code == 2
    assert "ancrage" in result.stderr


@pytest.mark.parametrize(
    ("verification", "code", "verdict"),
    [
        (Verification(generation="d-1", events=3), 0, "exact"),
        (Verification(generation="d-1", differences=[Difference("state", "t", "c", 1, 2)]), 1, "different"),
        (Verification(reason="no counters yet"), 2, "inconclusive"),
        (Verification(unreadable=[Unreadable("offers", 0, 1, "broken")]), 2, "inconclusive"),
        (Verification(reason="x", differences=[Difference("output", "t", "c", 1, 2)]), 1, "different"),
    ],
)
def test_the_exit_code_is_the_verdict(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch, verification: Verification, code: int, verdict: str
) -> None:
    async def answer(*_: object, **__: object) -> Verification:
        return verification

    monkeypatch.setattr("services.scoring.adapters.verification.verify", answer)
    as_json = RUNNER.invoke(app, ["verify", "--no-ingest", "--json"])
    assert (as_json.exit_code, json.loads(as_json.stdout)["verdict"]) == (code, verdict)
    assert RUNNER.invoke(app, ["verify", "--no-ingest"]).exit_code == code


def test_the_reference_is_shown_whole_to_a_script(app: typer.Typer) -> None:
    shown = json.loads(RUNNER.invoke(app, ["scoring", "reference", "--json"]).stdout)
    assert shown["version"] == "0"
    assert all(len(values) == 101 for values in shown["quantiles"].values())
