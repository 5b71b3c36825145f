"""The demonstration keeps living: vacancies and offers come and go, a caseworker decides. Simulated and seeded."""

import random
import threading
import time
from collections.abc import Callable
from datetime import date
from typing import Any, Final

import httpx

from deploy.demo.accounts import ASSOCIATION, FEED, Accounts
from deploy.demo.api import Api
from deploy.demo.load import Plan
from deploy.demo.synthesis import SEED, Arrivals
from shared.geography import geography
from shared.settings import Settings
from shared.withdrawals import OfferWithdrawal, VacancyWithdrawal

# Actions a minute, about: a région's flow made visible, not a measured rate.
WEIGHTS: Final = {"vacancy": 4, "offer": 8, "withdraw_vacancy": 3, "withdraw_offer": 6, "decide": 1}
PAUSE_SECONDS: Final = 1.5
KEPT: Final = 500
LEFT_TO_DECIDE: Final = 15  # proposals that wait for whoever looks at the console

Say = Callable[[str], None]


class Life:
    """Acts through the APIs until stopped, every 1.5 s on average."""

    def __init__(self, settings: Settings, accounts: Accounts, planned: Plan, day: date, say: Say) -> None:
        self._settings = settings
        self._accounts = accounts
        self._planned = planned
        self._day = day
        self._say = say
        self._random = random.Random(SEED)  # noqa: S311 - a simulation
        self._arrivals = Arrivals(planned.stock)
        self._number = 0
        self._open: dict[str, list[tuple[str, str]]] = {"vacancies": [], "offers": []}  # (key, reference)

    def run(self, stopping: threading.Event) -> None:
        """One action after another; one that is refused or gets no answer is said, and the next is tried."""
        actions = list(WEIGHTS)
        weights = list(WEIGHTS.values())
        while not stopping.wait(self._random.expovariate(1 / PAUSE_SECONDS)):
            action = self._random.choices(actions, weights)[0]
            try:
                getattr(self, f"_{action}")()
            except httpx.HTTPError as error:
                self._say(f"pas de réponse ({type(error).__name__}), on continue")

    def _vacancy(self) -> None:
        line = self._arrivals.vacancy(self._next(), self._day)
        commune = geography().commune(line["commune"])
        if commune is not None:
            key = self._accounts.keys[self._planned.landlords[commune.departement]]
            if self._put("vacancies", key, line):
                self._say(f"logement {line['typology']} à {commune.name}, {line['rent_eur_per_month']} €/mois")

    def _offer(self) -> None:
        line = self._arrivals.offer(self._next(), self._day)
        self._put("offers", self._accounts.keys[FEED], line)

    def _withdraw_vacancy(self) -> None:
        self._withdraw("vacancies", VacancyWithdrawal.LET_ELSEWHERE)

    def _withdraw_offer(self) -> None:
        self._withdraw("offers", OfferWithdrawal.FILLED)

    def _decide(self) -> None:
        with Api(self._settings, self._accounts.keys[ASSOCIATION]) as caseworker:
            answer = caseworker.send("GET", "matching", "/v1/placements", params={"step": "proposed", "limit": "50"})
            items: list[dict[str, Any]] = answer.json().get("items", []) if answer.is_success else []
            if len(items) <= LEFT_TO_DECIDE:
                return
            chosen = self._random.choice(items)
            body = {"decision": "approve"}
            if self._random.random() < 0.4:
                body = {"decision": "refuse", "reason": "rent_too_high"}
            decided = caseworker.send("POST", "matching", f"/v1/placements/{chosen['id']}/decisions", json=body)
            self._say(f"décision « {body['decision']} » : {'prise' if decided.is_success else decided.status_code}")

    def _put(self, what: str, key: str, line: dict[str, Any]) -> bool:
        body = {name: value for name, value in line.items() if name != "reference"}
        with Api(self._settings, key) as api:
            answer = api.send("PUT", "ingest", f"/v1/{what}/{line['reference']}", json=body)
        if answer.is_error:
            self._say(f"{what} {line['reference']} : refusé ({answer.status_code})")
            return False
        self._open[what] = [*self._open[what][-KEPT:], (key, line["reference"])]
        return True

    def _withdraw(self, what: str, reason: VacancyWithdrawal | OfferWithdrawal) -> None:
        if self._open[what]:
            key, reference = self._open[what].pop(self._random.randrange(len(self._open[what])))
            with Api(self._settings, key) as api:
                answer = api.send("DELETE", "ingest", f"/v1/{what}/{reference}", params={"reason": reason})
            if answer.is_error:
                self._say(f"{what} {reference} : retrait refusé ({answer.status_code})")

    def _next(self) -> int:
        # Numbers go on from one demonstration to the next on a kept home.
        self._number += 1
        return int(time.monotonic()) * 1000 + self._number
