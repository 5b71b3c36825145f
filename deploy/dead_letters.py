"""The consumers that `ancrage dlq replay` hands records to: those whose effects are rows."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.streams.consumer import SqlConsumer
from shared.streams.dead_letter_replay import Consumers, Retaker


def sql_consumers() -> Consumers:
    """By name; each is opened where it is needed."""

    @contextmanager
    def notify() -> Iterator[SqlConsumer]:
        from services.notify.consumer import build
        from services.notify.settings import NotifySettings
        from shared.sql.engine import service_engine

        settings = NotifySettings()
        engine = service_engine(settings, "notify", pool=1)
        try:
            yield build(settings, engine)
        finally:
            engine.dispose()

    @contextmanager
    def matching() -> Iterator[SqlConsumer]:
        from services.matching.settings import MatchingSettings
        from services.matching.wiring import opened_engine

        with opened_engine(MatchingSettings()) as consumer:
            yield consumer

    @contextmanager
    def scoring() -> Iterator[SqlConsumer]:
        from services.scoring.adapters.historian import build
        from services.scoring.settings import ScoringSettings
        from shared.sql.engine import service_engine

        settings = ScoringSettings()
        engine = service_engine(settings, "scoring", pool=1)
        try:
            yield build(settings, engine)
        finally:
            engine.dispose()

    return {
        "notify.consumer": Retaker(notify),
        "matching.engine": Retaker(matching, mirrors=True),
        "scoring.historian": Retaker(scoring),
    }
