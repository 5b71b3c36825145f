"""Log lines: JSON, and without what could identify a person or open a door."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from prometheus_client.metrics import MetricWrapperBase

from shared import telemetry
from shared.telemetry import MASKED_KEYS, configure_logging, logger

SECRET = "Camille.Exemple@example.org"  # fictional
METRICS = [value for value in vars(telemetry).values() if isinstance(value, MetricWrapperBase)]


Lines = Callable[[], list[dict[str, Any]]]
Configure = Callable[..., Lines]


@pytest.fixture
def configure(capsys: pytest.CaptureFixture[str]) -> Iterator[Configure]:
    """Configures logging as a process does; gives a function that returns the lines written since."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def lines() -> list[dict[str, Any]]:
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    def start(**options: str) -> Lines:
        configure_logging("ingest.api", **options)
        return lines

    yield start
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_a_line_is_json_with_process_level_logger_and_utc_time(configure: Configure) -> None:
    written = configure()
    logger("shared.test").info("relay.active", service="ingest")
    (line,) = written()
    assert (line["event"], line["service"], line["process"]) == ("relay.active", "ingest", "ingest.api")
    assert (line["level"], line["logger"]) == ("info", "shared.test")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("key", sorted(MASKED_KEYS))
def test_a_masked_key_never_leaves_at_any_depth(configure: Configure, key: str) -> None:
    written = configure()
    logger("t").info("x", **{key: SECRET})
    logger("t").info("x", inner={key: SECRET}, many=[{key: {"deep": SECRET}}], pair=({key: SECRET}, 1))
    lines = written()
    assert SECRET not in json.dumps(lines)
    assert lines[0][key] == lines[1]["inner"][key] == lines[1]["many"][0][key] == "***"
    assert lines[1]["pair"] == [{key: "***"}, 1]


def test_what_is_bound_to_the_context_is_masked_too(configure: Configure) -> None:
    written = configure()
    structlog.contextvars.bind_contextvars(token=SECRET)
    logger("t").warning("x")
    assert SECRET not in json.dumps(written())


def test_lines_of_libraries_come_out_the_same_way(configure: Configure) -> None:
    written = configure()
    logging.getLogger("uvicorn.error").warning("started on %s", "8001")
    (line,) = written()
    assert (line["event"], line["logger"], line["process"]) == ("started on 8001", "uvicorn.error", "ingest.api")


def test_libraries_that_log_requests_or_every_poll_are_silent_below_warning(configure: Configure) -> None:
    written = configure()
    for name in ("aiokafka", "kafka", "httpx", "uvicorn.access"):
        logging.getLogger(name).info("GET /v1/answers/%s", SECRET)
    assert written() == []


def test_an_exception_keeps_its_trace_and_not_the_values_around_it(configure: Configure) -> None:
    written = configure()
    household = {"email": SECRET}
    try:
        raise KeyError("missing")
    except KeyError:
        logger("t").exception("request.failed")
    (line,) = written()
    assert "KeyError: 'missing'" in line["exception"]
    assert household["email"] not in json.dumps(line)


def test_the_level_asked_for_holds(configure: Configure) -> None:
    written = configure(level="error")
    logger("u").warning("left out")
    logger("u").error("kept")
    assert [line["event"] for line in written()] == ["kept"]


def test_people_may_read_lines_that_are_no_json(configure: Configure, capsys: pytest.CaptureFixture[str]) -> None:
    configure(form="console")
    logger("v").info("relay.active", password=SECRET)
    shown = capsys.readouterr().err
    assert "relay.active" in shown
    assert SECRET not in shown
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(shown)


def test_every_metric_of_the_platform_is_named_after_it_and_said_in_words() -> None:
    families = [family for metric in METRICS for family in metric.collect()]
    assert len(families) == len(METRICS) > 10
    for family in families:
        assert family.name.startswith("ancrage_"), family.name
        assert family.documentation, family.name


def test_no_metric_has_a_person_as_a_label() -> None:
    labels = {label for metric in METRICS for label in metric._labelnames}
    assert labels
    assert labels & (MASKED_KEYS | {"user", "person", "household", "actor", "organisation", "path"}) == set()
