"""Loading the stock through ingest's HTTP: one landlord a département, one feed; then the households, through matching's."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any, Final

from deploy.demo.accounts import ASSOCIATION, FEED, TERRITORY, Accounts
from deploy.demo.api import Api
from deploy.demo.fictional import landlord_name
from deploy.demo.households import Hosts, households
from deploy.demo.stock import Stock, load
from deploy.demo.synthesis import offers, vacancies
from shared.geography import geography
from shared.settings import Settings

LINES_A_REQUEST: Final = 2_000
Tell = Callable[[str, int], None]  # what, how many more


@dataclass(frozen=True)
class Plan:
    """What a demonstration replays: the stock of a région or of France, without the territory kept for the check."""

    stock: Stock
    hosts: Hosts
    households: int

    @property
    def departements(self) -> list[str]:
        """Départements that have vacant dwellings in this stock, by code."""
        places = geography()
        found = {places.commune(row.commune) for row in self.stock.vacancies}
        return sorted({commune.departement for commune in found if commune is not None})

    @property
    def landlords(self) -> dict[str, str]:
        """Landlord's name by département."""
        return {code: landlord_name(code) for code in self.departements}


def plan(region: str | None, *, without_territory: str, households: int) -> Plan:
    """The plan for one région, or for France when `region` is None. Raises ValueError for an unknown région."""
    stock = load()
    if region is not None:
        stock = stock.in_region(region)
    left_out = set(geography().communes_of(without_territory))
    stock = replace(
        stock,
        offers=tuple(row for row in stock.offers if row.commune not in left_out),
        vacancies=tuple(row for row in stock.vacancies if row.commune not in left_out),
    )
    return Plan(stock, Hosts(stock), households)


def load_stock(settings: Settings, accounts: Accounts, planned: Plan, day: date, tell: Tell) -> dict[str, int]:
    """Publishes commitments, vacancies and offers. Returns counts: commitments, vacancies, offers.

    Vacancies and offers go side by side, as they would from different partners. Raises DemoFailed.
    """
    counts = {"commitments": 0, "vacancies": 0, "offers": 0}
    with Api(settings, accounts.keys[TERRITORY]) as territories:
        for code, body in planned.hosts.commitments():
            territories.call("PUT", "ingest", f"/v1/territories/{code}", json=body)
            counts["commitments"] += len(body["commitments"])
    failures: list[BaseException] = []

    def publish(what: str, streams: Iterable[tuple[str, Iterator[dict[str, Any]]]]) -> None:
        try:
            for key, lines in streams:
                with Api(settings, key) as api:
                    for done in _bulk(api, what, lines):
                        counts[what] += done
                        tell(what, done)
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
            failures.append(error)

    by_landlord = _by_departement(vacancies(planned.stock, day))
    landlords = [(accounts.keys[planned.landlords[code]], iter(lines)) for code, lines in by_landlord.items()]
    threads = [
        threading.Thread(target=publish, args=("vacancies", landlords)),
        threading.Thread(target=publish, args=("offers", [(accounts.keys[FEED], offers(planned.stock, day))])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return counts


def load_households(settings: Settings, accounts: Accounts, planned: Plan, tell: Tell) -> int:
    """Registers the invented households. Returns how many."""
    with ExitStack() as stack:
        caseworkers = [stack.enter_context(Api(settings, key)) for key in accounts.caseworkers]
        for number, body in enumerate(households(planned.hosts, planned.households)):
            caseworkers[number % len(caseworkers)].call("POST", "matching", "/v1/households", json=body)
            tell("households", 1)
    return planned.households


def counted(settings: Settings, accounts: Accounts) -> dict[str, int]:
    """What the score counts now, summed over the territories: open vacancies and located open offers."""
    totals = {"vacancies": 0, "offers": 0}
    with Api(settings, accounts.keys[ASSOCIATION]) as api:
        cursor: str | None = None
        while True:
            parameters = {"limit": "500", "order": "name", **({"cursor": cursor} if cursor else {})}
            page = api.call("GET", "scoring", "/v1/territories", params=parameters)
            for item in page["items"]:
                totals["vacancies"] += item["counters"]["open_vacancies"]
                totals["offers"] += item["counters"]["open_offers"]
            cursor = page["next"]
            if cursor is None:
                return totals


def _by_departement(lines: Iterator[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        commune = geography().commune(line["commune"])
        if commune is not None:
            found[commune.departement].append(line)
    return found


def _bulk(api: Api, what: str, lines: Iterator[dict[str, Any]]) -> Iterator[int]:
    """Sends lines in requests of 2,000; yields how many each request published."""
    while chunk := list(islice(lines, LINES_A_REQUEST)):
        report = api.call(
            "POST",
            "ingest",
            f"/v1/{what}:bulk",
            content="\n".join(json.dumps(line) for line in chunk).encode(),
            headers={"Content-Type": "application/x-ndjson"},
        )
        if report["rejected"]:
            raise ValueError(f"{what}: {report['rejected']} lignes rejetées, la première : {report['errors'][0]}")
        yield len(chunk)
