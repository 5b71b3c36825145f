"""The HTTP side: token service, search, one offer, reference lists; and, under /simulateur, the levers of a test."""

import asyncio
import re
import resource
import secrets
import time
from collections import Counter
from datetime import datetime
from typing import Any, Final

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from deploy.simulators.france_travail import referential
from deploy.simulators.france_travail.facts import facts_of
from deploy.simulators.france_travail.faults import Dice, Faults
from deploy.simulators.france_travail.rendering import render
from deploy.simulators.france_travail.searching import Finder, Limits, Refused, read
from deploy.simulators.france_travail.truth import truth_lines
from deploy.simulators.france_travail.universe import Universe
from shared.clock import utc_now

BASE: Final = "/partenaire/offresdemploi/v2"
GRANT_PATH: Final = "/connexion/oauth2/access_token"
CLIENT_ID, CLIENT_SECRET = "PAR_ancrage_simulateur", "secret-du-simulateur"
SCOPES: Final = frozenset({"api_offresdemploiv2", "o2dsoffre"})
_ID: Final = re.compile(r"\d{3}[A-Z]{4}|\d{7}")
_TECHNICAL: Final = "Erreur technique. Veuillez contacter le support de francetravail.io."


class Simulator:
    """State of a running simulator; `app` serves it."""

    def __init__(
        self,
        universe: Universe,
        *,
        faults: Faults | None = None,
        limits: Limits | None = None,
        seed: int = 1,
        serves_partners_unasked: bool = False,
    ) -> None:
        self.universe = universe
        self.faults = faults or Faults()
        self.limits = limits or Limits()
        self.calls: Counter[str] = Counter()
        self._finder = Finder(universe, serves_partners_unasked=serves_partners_unasked)
        self._dice = Dice(seed)
        self._tokens: dict[str, float] = {}
        self._budget, self._budget_at = 0.0, time.monotonic()
        self.app = Starlette(
            routes=[
                Route(GRANT_PATH, self._token, methods=["POST"]),
                Route(f"{BASE}/offres/search", self._search),
                Route(f"{BASE}/offres/{{identifier}}", self._offer),
                Route(f"{BASE}/referentiel/{{name}}", self._referential),
                Route("/simulateur/reglages", self._set, methods=["POST"]),
                Route("/simulateur/evenements", self._happen, methods=["POST"]),
                Route("/simulateur/bilan", self._report),
                Route("/simulateur/verite", self._truth),
            ]
        )

    def now(self) -> datetime:
        return utc_now()

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        self.calls["token"] += 1
        if request.query_params.get("realm") != "/partenaire" or form.get("grant_type") != "client_credentials":
            return _json({"error": "invalid_request", "error_description": "realm, grant_type"}, 400)
        if form.get("client_id") != CLIENT_ID or form.get("client_secret") != CLIENT_SECRET:
            return _json({"error": "invalid_client", "error_description": "Client authentication failed"}, 400)
        if not set(str(form.get("scope", "")).split()) >= SCOPES:
            return _json({"error": "invalid_scope", "error_description": "Unknown/invalid scope(s)"}, 400)
        token = secrets.token_urlsafe(20)
        self._tokens[token] = time.monotonic() + self.faults.token_seconds
        return _json(
            {
                "scope": " ".join(sorted(SCOPES)),
                "expires_in": self.faults.token_seconds,
                "token_type": "Bearer",
                "access_token": token,
            }
        )

    async def _admit(self, request: Request) -> Response | None:
        """The answer that comes instead of the one asked for; None where nothing goes wrong."""
        faults, self.calls["calls"] = self.faults, self.calls["calls"] + 1
        number = self.calls["calls"]
        if faults.revoke_every and self.calls["calls"] % faults.revoke_every == 0:
            self._tokens.clear()
        if faults.changes_every and self.calls["calls"] % faults.changes_every == 0:
            self._change(1, 1, 1)
        if self._tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "), 0) <= time.monotonic():
            return self._counted(Response(status_code=401, headers={"WWW-Authenticate": "Bearer"}))
        if faults.throttle_next:
            self.faults = faults.with_given({"throttle_next": faults.throttle_next - 1})
        if faults.throttle_next or not self._within_rate():
            return self._counted(Response(status_code=429, headers={"Retry-After": "1", **self._rate_headers()}))
        if faults.fail_next:
            self.faults = faults.with_given({"fail_next": faults.fail_next - 1})
        if faults.down or faults.fail_next or self._dice.falls(faults.error_share):
            return self._counted(_json({"message": _TECHNICAL}, 500))
        if faults.slow_next:
            self.faults = faults.with_given({"slow_next": faults.slow_next - 1})
        slow = faults.slow_next or self._dice.falls(faults.slow_share)
        wait = faults.delay_seconds + (faults.slow_seconds if slow else 0)
        if wait:
            await asyncio.sleep(wait)
        while 0 < self.faults.silent_after < number:  # noqa: ASYNC110 - set from other threads
            await asyncio.sleep(0.05)
        return None

    def _within_rate(self) -> bool:
        rate = self.faults.requests_per_second
        if rate is None:
            return True
        now = time.monotonic()
        self._budget = min(rate, self._budget + (now - self._budget_at) * rate)
        self._budget_at = now
        if self._budget < 1:
            return False
        self._budget -= 1
        return True

    def _rate_headers(self) -> dict[str, str]:
        rate = self.faults.requests_per_second
        if rate is None:
            return {}
        return {
            "X-Ratelimit-Burst-Capacity-Clientidlimiter": f"{rate:g}",
            "X-Ratelimit-Replenish-Rate-Clientidlimiter": f"{rate:g}",
        }

    async def _search(self, request: Request) -> Response:
        instead = await self._admit(request)
        if instead is not None:
            return instead
        try:
            search = read(dict(request.query_params), self.limits, self.now())
        except Refused as refusal:
            return self._counted(_json({"message": refusal.message}, 400))
        total, numbers = self._finder.find(search)
        if not numbers:
            return self._counted(Response(status_code=204, headers={"Content-Range": f"*/{total}"}))
        last = search.first + len(numbers) - 1
        headers = {
            "Content-Range": f"offres {search.first}-{last}/{total}",
            "Accept-Range": str(self.limits.page),
            **self._rate_headers(),
        }
        body = orjson.dumps({"resultats": [self._rendered(number) for number in numbers], "filtresPossibles": []})
        if self._dice.falls(self.faults.cut_share):
            body = body[: len(body) // 2]
        status = 200 if last + 1 >= total else 206
        return self._counted(Response(body, status, headers, media_type="application/json"))

    async def _offer(self, request: Request) -> Response:
        instead = await self._admit(request)
        if instead is not None:
            return instead
        identifier = request.path_params["identifier"]
        if not _ID.fullmatch(identifier):
            message = "Le format de l'id de l'offre recherchée est incorrect."
            return self._counted(_json({"message": message}, 400))
        number = self.universe.number_of(identifier)
        if number is None or not (self.universe.exists(number) or self.faults.shows_ended):
            return self._counted(Response(status_code=self.faults.gone_status))
        return self._counted(_json(self._rendered(number)))

    def _rendered(self, number: int) -> dict[str, Any]:
        return render(facts_of(self.universe, number))

    async def _referential(self, request: Request) -> Response:
        instead = await self._admit(request)
        if instead is not None:
            return instead
        rows = referential.rows(request.path_params["name"])
        return self._counted(_json(rows) if rows is not None else Response(status_code=404))

    def _counted(self, response: Response) -> Response:
        self.calls[str(response.status_code)] += 1
        return response

    def _change(self, created: int, changed: int, withdrawn: int) -> None:
        at = self.now()
        self.universe.create(at, created)
        self.universe.change(at, changed)
        self.universe.withdraw(withdrawn)

    async def _set(self, request: Request) -> Response:
        """Faults by name; null is None."""
        try:
            self.faults = self.faults.with_given(orjson.loads(await request.body()))
        except (ValueError, TypeError) as error:
            return _json({"message": str(error)}, 400)
        return await self._report(request)

    async def _happen(self, request: Request) -> Response:
        """{"created": n, "changed": n, "withdrawn": n}"""
        asked = orjson.loads(await request.body())
        self._change(*(int(asked.get(name, 0)) for name in ("created", "changed", "withdrawn")))
        return await self._report(request)

    async def _truth(self, request: Request) -> Response:  # noqa: ARG002 - a route
        """A line an offer that can be published: its reference and the digest of its content. Nothing changes meanwhile."""
        return StreamingResponse(truth_lines(self.universe), media_type="text/plain")

    async def _report(self, request: Request) -> Response:  # noqa: ARG002 - a route
        return _json(
            {
                "calls": dict(self.calls),
                "offers": int(self.universe.alive.sum()),
                "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
