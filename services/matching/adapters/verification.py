"""Asking ingest whether a home and an offer are still published. Only a clear answer is an answer."""

from enum import StrEnum
from typing import Final

import httpx

from services.matching.core.placement import Outcome
from shared.identity.service_bearers import service_bearer
from shared.settings import Settings
from shared.telemetry import logger

log = logger(__name__)

GONE_CODES: Final = frozenset({404, 410})
GONE_STATUSES: Final = frozenset({"expired", "withdrawn"})


class Answer(StrEnum):
    """What ingest says. UNKNOWN covers silence, errors and anything that is not understood: never a yes."""

    PUBLISHED = "published"
    HOME_GONE = "home_gone"
    LEAD_GONE = "lead_gone"
    UNKNOWN = "unknown"

    @property
    def outcome(self) -> Outcome:
        """The end of a placement whose home or lead is gone."""
        return Outcome(self.value)


class Verifier:
    """Asks the ingest API by id. Safe to use from many threads."""

    def __init__(self, settings: Settings, *, seconds: float, transport: httpx.BaseTransport | None = None) -> None:
        self._settings = settings
        self._client = httpx.Client(base_url=settings.url("ingest"), timeout=seconds, transport=transport)

    def close(self) -> None:
        """Frees the connections."""
        self._client.close()

    def ask(self, vacancy: str, offer: str | None) -> Answer:
        """The first clear no, else UNKNOWN if anything was unclear, else PUBLISHED."""
        home = self._published("vacancies", vacancy)
        if home is False:
            return Answer.HOME_GONE
        lead = self._published("offers", offer) if offer is not None else True
        if lead is False:
            return Answer.LEAD_GONE
        return Answer.PUBLISHED if home and lead else Answer.UNKNOWN

    def _published(self, kind: str, identifier: str) -> bool | None:
        """True or False, None where ingest gave no clear answer."""
        try:
            response = self._client.get(
                f"/v1/{kind}/{identifier}",
                params={"commitment": "false"} if kind == "vacancies" else None,
                headers={"Authorization": f"Bearer {service_bearer(self._settings, 'matching')}"},
            )
            if response.status_code in GONE_CODES:
                return False
            if response.status_code != httpx.codes.OK:
                log.warning("verify.unclear", kind=kind, status=response.status_code)
                return None
            status = response.json()["status"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            log.warning("verify.no_answer", kind=kind, error=type(error).__name__)
            return None
        return status not in GONE_STATUSES if isinstance(status, str) else None
