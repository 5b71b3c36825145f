"""Logs and metrics. Logs are JSON lines without personal data; every metric of the platform is declared here, once."""

import logging
import sys
from collections.abc import Mapping
from typing import Any, Final

import structlog
from prometheus_client import Counter, Gauge, Histogram

# Keys whose values could identify a person or open a door; masked wherever they appear in a log line.
MASKED_KEYS: Final = frozenset(
    {
        "authorization",
        "body",
        "cookie",
        "display_name",
        "email",
        "first_name",
        "key",
        "last_name",
        "login",
        "name",
        "password",
        "phone",
        "secret",
        "token",
    }
)

HTTP_REQUESTS: Final = Counter(
    "ancrage_http_requests_total", "Requests answered", ["service", "method", "route", "status"]
)
HTTP_SECONDS: Final = Histogram(
    "ancrage_http_request_seconds",
    "Seconds to answer a request",
    ["service", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
OUTBOX_PENDING: Final = Gauge("ancrage_outbox_pending_rows", "Outbox rows not yet acknowledged by Kafka", ["service"])
OUTBOX_OLDEST_SECONDS: Final = Gauge(
    "ancrage_outbox_oldest_seconds", "Age of the oldest outbox row not yet acknowledged by Kafka", ["service"]
)
OUTBOX_PUBLISHED: Final = Counter(
    "ancrage_outbox_published_total", "Events acknowledged by Kafka", ["service", "topic"]
)
OUTBOX_REPUBLISHED: Final = Counter(
    "ancrage_outbox_republished_total", "Events published again with the same sequence", ["service"]
)
INGEST_LINES: Final = Counter("ancrage_ingest_lines_total", "Lines of files whose fate is written", ["kind", "fate"])
SNAPSHOTS_WAITING: Final = Gauge(
    "ancrage_ingest_snapshots_waiting", "Full lists whose withdrawals wait for a person to confirm or reject"
)
RECORDS: Final = Counter("ancrage_records_total", "Records consumed", ["consumer", "topic", "end"])
CONSUMED_AT: Final = Gauge(
    "ancrage_consumed_at_seconds", "Event time of the last record applied, unix seconds", ["consumer"]
)
SCORING_SUSPECT: Final = Gauge(
    "ancrage_scoring_suspect_records", "Records that no counter could read and that no rebuild has cleared since"
)
ENGINE_PROPOSALS: Final = Counter("ancrage_engine_proposals_total", "Proposals made by the matching engine")
ENGINE_CONFLICTS: Final = Counter(
    "ancrage_engine_conflicts_total", "Proposals that something else came before", ["what"]
)
ENGINE_TICK_SECONDS: Final = Histogram(
    "ancrage_engine_tick_seconds",
    "Seconds from reading changes to committed proposals",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
ENGINE_PRICE_LIST: Final = Gauge(
    "ancrage_engine_price_list", "Number of the list of prices that the engine ranks with; 0 without prices"
)
PRICE_LIST: Final = Gauge(
    "ancrage_price_list", "Number of the newest list of prices, under what became of it; 0 elsewhere", ["verdict"]
)
PRICE_SHADOW: Final = Gauge(
    "ancrage_price_shadow_ratio", "Value of the last days played again, over their optimum in hindsight", ["way"]
)
NOTIFY_DELIVERIES_CREATED: Final = Counter("ancrage_notify_deliveries_created_total", "Webhook deliveries kept")
NOTIFY_TRIES: Final = Counter("ancrage_notify_tries_total", "Tries of webhook deliveries", ["end"])
NOTIFY_TRY_SECONDS: Final = Histogram(
    "ancrage_notify_try_seconds",
    "Seconds that a receiver took to answer",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
)
NOTIFY_IN_FLIGHT: Final = Gauge("ancrage_notify_in_flight", "Webhook deliveries in flight")
NOTIFY_LIVE_EVENTS: Final = Counter("ancrage_notify_live_events_total", "Live events kept")
NOTIFY_STREAMS: Final = Gauge("ancrage_notify_streams", "Live streams open")
FEED_REQUESTS: Final = Counter("ancrage_feed_requests_total", "Calls to a pulled feed's API", ["feed", "end"])
FEED_OFFERS: Final = Counter(
    "ancrage_feed_offers_total", "Offers of a pulled feed by what became of them", ["feed", "end"]
)
FEED_SUCCESS_AT: Final = Gauge(
    "ancrage_feed_success_at_seconds", "Start of the newest walk that read a feed's stock, unix seconds", ["feed"]
)
FEED_ALERT: Final = Gauge("ancrage_feed_alert", "1 while a pulled feed needs a person, by what for", ["feed", "alert"])
FEED_WALK_SECONDS: Final = Gauge("ancrage_feed_walk_seconds", "Seconds that the last ended walk took", ["feed"])


def _mask(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: _masked(key, value) for key, value in event.items()}


def _masked(key: Any, value: Any) -> Any:
    if key in MASKED_KEYS:
        return "***"
    if isinstance(value, Mapping):
        return {inner: _masked(inner, one) for inner, one in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(None, one) for one in value]
    return value


def configure_logging(process: str, *, level: str = "INFO", form: str = "json") -> None:
    """Structured logs on standard error for this process; the standard library's loggers come out the same way."""
    common: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _mask,
    ]
    final: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if form == "console" else structlog.processors.JSONRenderer(sort_keys=True)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                final,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("aiokafka", "kafka", "httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*common, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module."""
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound
