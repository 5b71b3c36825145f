"""The scoring API as its process serves it, but for one key that it knows without an identity database.

python -m benchmarks.territories.api
"""

import logging

import structlog

from services.scoring.api import build
from services.scoring.settings import ScoringSettings
from shared.identity import Actor, Role
from shared.web.serve import serve_api

KEY = "benchmark"


class OneKey:
    """Opens as a caseworker."""

    def remembers(self, _: str) -> bool:
        return True

    def actor(self, text: str) -> Actor | None:
        return Actor("ank_1", "org_1", "Benchmark", Role.CASEWORKER) if text == KEY else None


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    _settings = ScoringSettings()
    _app = build(_settings)
    _app.state.bearers = OneKey()
    serve_api(_app, _settings, "scoring.api")
