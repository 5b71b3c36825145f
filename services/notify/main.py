"""Wiring of notify: `python -m services.notify.main api|consumer|dispatcher`."""

import sys

from services.notify.settings import NotifySettings
from shared.web.serve import main, run_worker, serve_api


def run_api(settings: NotifySettings) -> None:
    """The HTTP API with the live stream."""
    from services.notify.api import build

    serve_api(build(settings), settings, "notify.api")


def run_consumer(settings: NotifySettings) -> None:
    """Events to deliveries and live events."""
    from services.notify.consumer import build
    from shared.sql.engine import service_engine

    run_worker(build(settings, service_engine(settings, "notify", pool=4)), settings, "notify.consumer")


def run_dispatcher(settings: NotifySettings) -> None:
    """Deliveries to receivers."""
    from services.notify.dispatcher import build
    from shared.sql.engine import service_engine

    run_worker(build(settings, service_engine(settings, "notify", pool=6)), settings, "notify.dispatcher")


if __name__ == "__main__":
    _settings = NotifySettings()
    main(
        "notify",
        {
            "api": lambda: run_api(_settings),
            "consumer": lambda: run_consumer(_settings),
            "dispatcher": lambda: run_dispatcher(_settings),
        },
        _settings,
        sys.argv[1:],
    )
