"""`ancrage demo --check`: one vacancy from HTTP to counters, proposal, verified webhook and live stream, timed."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from deploy.demo.accounts import CHECK_ASSOCIATION, FEED, Accounts
from deploy.demo.api import Api, DemoFailed
from deploy.demo.receiver_process import Receiver
from deploy.demo.stream import StreamReader
from shared.geography import geography
from shared.ids import new_id
from shared.settings import Settings

# Mende. Its territory's stock is left out of the replay, so that the household below has this home or none.
COMMUNE: Final = "48095"
OCCUPATION: Final = "F1703"
PATIENCE_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.005


@dataclass(frozen=True)
class Checked:
    """Milliseconds from the sending of the vacancy until it was seen in each place."""

    counters_ms: float
    proposal_ms: float
    webhook_ms: float
    stream_ms: float


def run_check(settings: Settings, accounts: Accounts, receiver: Receiver, landlord: str) -> Checked:
    """Posts a household, an offer and a vacancy; waits for the four effects, decides, and takes all back.

    Raises DemoFailed naming the effect that did not come within 30 s.
    """
    territory = geography().territory_of(COMMUNE)
    streamed: list[tuple[float, dict[str, Any]]] = []
    stream = StreamReader(
        settings, accounts.keys[CHECK_ASSOCIATION], lambda _, data: streamed.append((time.perf_counter(), data))
    )
    stream.start()
    with (
        Api(settings, accounts.keys[landlord]) as landlords,
        Api(settings, accounts.keys[FEED]) as feed,
        Api(settings, accounts.keys[CHECK_ASSOCIATION]) as caseworker,
    ):
        endpoint = caseworker.call(
            "POST",
            "notify",
            "/v1/endpoints",
            json={"url": receiver.url, "types": ["placement.*", "territory.score"], "territories": [territory]},
        )
        receiver.trust(endpoint["secret"])
        if not stream.connected.wait(PATIENCE_SECONDS):
            raise DemoFailed("le flux en direct ne répond pas")
        reference = new_id("check")
        household = caseworker.call(
            "POST",
            "matching",
            "/v1/households",
            json={
                "size": 3,
                "rome": [OCCUPATION],
                "territories": [territory],
                "programme": "emile",
                "income_eur_per_month": 1850,
                "driving_licence": True,
            },
        )
        feed.call(
            "PUT",
            "ingest",
            f"/v1/offers/{reference}",
            json={"commune": COMMUNE, "rome": OCCUPATION, "contract": "CDI", "openings": 2},
        )

        def counted() -> int:
            shown = caseworker.call("GET", "scoring", f"/v1/territories/{territory}")
            return int(shown["counters"]["open_vacancies"])

        before = counted()
        started = time.perf_counter()
        vacancy = landlords.call(
            "PUT",
            "ingest",
            f"/v1/vacancies/{reference}",
            json={
                "commune": COMMUNE,
                "typology": "T3",
                "surface_m2": 62,
                "rent_eur_per_month": 410,
                "available_from": "2026-12-01",
            },
        )

        def proposal() -> str | None:
            items = caseworker.call("GET", "matching", "/v1/placements")["items"]
            return next((item["id"] for item in items if item["vacancy"] == vacancy["id"]), None)

        found: dict[str, tuple[float, Any]] = {}
        threads = [
            threading.Thread(target=_until, args=(found, name, look), daemon=True)
            for name, look in {"counters": lambda: counted() > before, "proposal": proposal}.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if "counters" not in found:
            raise DemoFailed(f"le logement {vacancy['id']} n'est pas compté dans {territory} après 30 s")
        if "proposal" not in found:
            raise DemoFailed(f"aucune proposition pour le logement {vacancy['id']} après 30 s")
        placement = found["proposal"][1]
        _until(found, "webhook", lambda: receiver.received_at(placement))
        _until(found, "stream", lambda: next((at for at, data in streamed if placement in data.values()), None))
        for name in ("webhook", "stream"):
            if name not in found:
                raise DemoFailed(f"{name} : la proposition {placement} n'est pas arrivée après 30 s")
        decided = caseworker.call(
            "POST", "matching", f"/v1/placements/{placement}/decisions", json={"decision": "approve"}
        )
        if decided["step"] not in {"verifying", "approved"}:
            raise DemoFailed(f"la proposition approuvée est à l'étape {decided['step']}")
        landlords.call("DELETE", "ingest", f"/v1/vacancies/{reference}")
        feed.call("DELETE", "ingest", f"/v1/offers/{reference}")
        _until(found, "withdrawn", lambda: counted() == before)
        if "withdrawn" not in found:
            raise DemoFailed(f"le retrait du logement {vacancy['id']} n'est pas compté après 30 s")
        caseworker.call("DELETE", "matching", f"/v1/households/{household['id']}")
    stream.close()

    def milliseconds(moment: float) -> float:
        return round((moment - started) * 1000, 1)

    return Checked(
        counters_ms=milliseconds(found["counters"][0]),
        proposal_ms=milliseconds(found["proposal"][0]),
        webhook_ms=milliseconds(found["webhook"][1]),
        stream_ms=milliseconds(found["stream"][1]),
    )


def _until(found: dict[str, tuple[float, Any]], name: str, look: Callable[[], Any]) -> None:
    """Looks until `look` is truthy, and notes when and what; notes nothing after 30 s."""
    give_up = time.perf_counter() + PATIENCE_SECONDS
    while time.perf_counter() < give_up:
        value = look()
        if value:
            found[name] = (time.perf_counter(), value)
            return
        time.sleep(POLL_SECONDS)
