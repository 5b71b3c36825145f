"""Session fixtures: real Kafka, PostgreSQL and Redis, started when the first test asks; and what the run reports of them.

A test that (through any fixture) uses `kafka_bootstrap`, `postgres_url` or `redis_url` carries the marker `kafka`,
`postgres` or `redis` by itself.
"""

import gc
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as examples

from deploy.local.errors import JarsUnavailable, ServerMissing
from shared.settings import Settings
from tests.servers import Found, server

# Tests read the shipped reference data, whatever version the developer's own home uses: here is none.
os.environ["ANCRAGE_REFERENCE"] = str(Path(__file__).parent / "no-reference-version")

# The session's databases are shared and most tests run no relay: what waits grows older than a platform would accept.
os.environ.setdefault("ANCRAGE_OUTBOX_MAX_SECONDS", str(86_400))

# Property tests try the same examples in every run, and no clock judges them: whether a run passes depends on the code
# alone. What they have not tried yet is looked for by `--hypothesis-profile=search`, with other examples each time.
examples.register_profile(
    "ancrage", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
examples.register_profile("search", examples.get_profile("ancrage"), derandomize=False)
examples.load_profile("ancrage")

_MARKER_OF_FIXTURE = {"kafka_bootstrap": "kafka", "postgres_url": "postgres", "redis_url": "redis"}
_rungs: dict[str, str] = {}
_kafka_outcomes: dict[str, str] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-kafka",
        action="store_true",
        default=os.environ.get("ANCRAGE_TEST_REQUIRE_KAFKA") == "1",
        help="fail unless at least one test ran on a real Kafka and none of them was skipped",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Before pytest selects by marker."""
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in _MARKER_OF_FIXTURE:
                item.add_marker(_MARKER_OF_FIXTURE[fixture])


def pytest_collection_finish(session: pytest.Session) -> None:
    """In the tiers without servers, what was imported and collected stays to the end: Python need not look through it again
    and again. Elsewhere a test asks what a service itself keeps out of that search."""
    if hasattr(session.config, "workerinput"):
        gc.freeze()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if "kafka" in report.keywords and (report.when == "call" or report.skipped):
        _kafka_outcomes[report.nodeid] = report.outcome


def _kafka_verdict(config: pytest.Config) -> str | None:
    """Why --require-kafka is not met; None where it is, or was not asked."""
    if not config.getoption("--require-kafka") or config.getoption("collectonly"):
        return None
    skipped = sum(outcome == "skipped" for outcome in _kafka_outcomes.values())
    if skipped:
        return f"{skipped} tests on real Kafka were skipped"
    return None if _kafka_outcomes else "no test ran on a real Kafka"


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if exitstatus == pytest.ExitCode.OK and _kafka_verdict(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name, rung in _rungs.items():
        terminalreporter.write_line(f"{name}: {rung}")
    verdict = _kafka_verdict(config)
    if verdict:
        terminalreporter.write_line(f"--require-kafka: {verdict}", red=True)


def _serve(name: str) -> Iterator[str]:
    """The server's address. A machine that cannot have the server skips; one that fails to start it is an error."""
    context = server(name)
    try:
        found: Found = context.__enter__()
    except (JarsUnavailable, ServerMissing) as error:
        _rungs[name] = f"absent: {error}"
        pytest.skip(str(error))
    _rungs[name] = found.rung
    try:
        yield found.address
    finally:
        context.__exit__(None, None, None)


@pytest.fixture(scope="session")
def kafka_bootstrap() -> Iterator[str]:
    """host:port of a real broker."""
    yield from _serve("kafka")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of a real PostgreSQL as superuser, database `postgres`."""
    yield from _serve("postgres")


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """URL of a real Redis-protocol server, database 0."""
    yield from _serve("redis")


@pytest.fixture(scope="session")
def settings(
    kafka_bootstrap: str, postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Settings on the real servers, with a home and secret keys of this session. Nothing is set up in the servers."""
    return Settings(
        home=tmp_path_factory.mktemp("home"),
        kafka=kafka_bootstrap,
        database_url=postgres_url,
        redis_url=redis_url,
        secret_keys=secrets.token_hex(),
    )


@pytest.fixture(scope="session")
def migrated(settings: Settings) -> Settings:
    """The same settings, once `ancrage migrate` and `ancrage topics apply` have run on the servers."""
    from deploy.databases import migrate
    from deploy.topics import apply

    migrate(settings)
    _, remaining = apply(settings)
    assert not remaining, [one.text_fr for one in remaining]
    return settings
