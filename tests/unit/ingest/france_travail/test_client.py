"""Calls: tokens renewed early and once, pace, Retry-After, errors tried again, the circuit. Time is simulated."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import httpx
import pytest
import stamina
from pydantic import SecretStr

from services.ingest.adapters.france_travail.client import Client, Patience
from services.ingest.adapters.france_travail.errors import (
    CredentialsRefused,
    FeedError,
    Outage,
    SearchRefused,
    Unavailable,
)
from services.ingest.adapters.france_travail.pace import Pace
from services.ingest.adapters.france_travail.tokens import Credentials, Tokens
from services.ingest.core.circuit import Circuit, State

Answer = Callable[[httpx.Request], httpx.Response] | Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]
SECRET = "the-secret-of-the-application"
PAGE = httpx.Response(206, json={"resultats": [{"id": "1"}]}, headers={"Content-Range": "offres 0-0/7"})


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class Api:
    """Answers calls in order, then as the last; counts tokens given."""

    def __init__(self, *answers: httpx.Response | Exception, life: int = 1499) -> None:
        self.answers = list(answers)
        self.life = life
        self.granted = 0
        self.used: list[str] = []
        self.asked: list[httpx.Request] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/access_token"):
            await asyncio.sleep(0)
            self.granted += 1
            return httpx.Response(200, json={"access_token": f"t{self.granted}", "expires_in": self.life})
        self.asked.append(request)
        self.used.append(request.headers["Authorization"])
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def run(
    api: Answer, work: Callable[[Client], Awaitable[Any]], time: Time, *, rate: float = 1000.0, **patience: Any
) -> Any:
    async def main() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(api), base_url="https://api.example/v2") as http:
            credentials = Credentials("https://id.example/access_token", "PAR_x", SecretStr(SECRET), "a b")
            client = Client(
                http,
                Tokens(http, credentials, monotonic=time.monotonic),
                Pace(rate, monotonic=time.monotonic, sleep=time.sleep),
                patience=Patience(**{"first_wait_seconds": 0.0, "longest_wait_seconds": 0.0, **patience}),
                circuit=Circuit(failures_to_open=3, first_seconds=10),
                answer_seconds=5,
                monotonic=time.monotonic,
                sleep=time.sleep,
            )
            return await work(client)

    with stamina.set_testing(True, attempts=patience.get("attempts", 4)):
        return asyncio.run(main())


def search(client: Client) -> Awaitable[Any]:
    return client.search({"origineOffre": "1"}, 0, 149)


def test_a_page_gives_its_offers_and_what_the_whole_search_announces() -> None:
    api = Api(PAGE)
    page = run(api, search, Time())
    assert (page.offers, page.total) == ([{"id": "1"}], 7)
    assert dict(api.asked[0].url.params) == {"origineOffre": "1", "range": "0-149"}


@pytest.mark.parametrize("header", [{"Content-Range": "*/0"}, {}])
def test_no_content_is_an_empty_search(header: dict[str, str]) -> None:
    page = run(Api(httpx.Response(204, headers=header)), search, Time())
    assert (page.offers, page.total) == ([], 0)


@pytest.mark.parametrize("status", [204, 404, 410])
def test_an_offer_whose_address_has_nothing_is_gone(status: int) -> None:
    assert run(Api(httpx.Response(status)), lambda client: client.offer("1"), Time()) is None


def test_an_error_of_the_server_a_cut_body_and_a_timeout_are_tried_again() -> None:
    api = Api(
        httpx.Response(500, json={"message": "Erreur technique"}),
        httpx.Response(206, content=b'{"resultats": [{"id"', headers={"Content-Range": "offres 0-0/7"}),
        httpx.ReadTimeout("slow"),
        PAGE,
    )
    assert run(api, search, Time(), attempts=4).total == 7
    assert len(api.used) == 4


def test_a_page_without_content_range_is_not_taken_for_a_whole_search() -> None:
    with pytest.raises(Unavailable):
        run(Api(httpx.Response(200, json={"resultats": []})), search, Time(), attempts=1)


def test_a_refused_search_is_not_tried_again_and_keeps_the_words_of_the_api() -> None:
    api = Api(httpx.Response(400, json={"message": "La position de début doit être inférieure ou égale à 3000."}))
    with pytest.raises(SearchRefused, match="inférieure ou égale à 3000"):
        run(api, search, Time())
    assert len(api.used) == 1


def test_after_429_nobody_calls_until_the_time_is_over() -> None:
    time = Time()
    api = Api(httpx.Response(429, headers={"Retry-After": "7"}), PAGE)
    run(api, search, time)
    assert time.now >= 107


@pytest.mark.parametrize("header", ["soon", "", "nan", "-3", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_an_absurd_retry_after_does_not_stop_the_walk(header: str) -> None:
    api = Api(httpx.Response(429, headers={"Retry-After": header}), PAGE)
    assert run(api, search, Time()).total == 7


def test_calls_keep_their_pace() -> None:
    time = Time()

    async def many(client: Client) -> None:
        await asyncio.gather(*(search(client) for _ in range(9)))

    run(Api(PAGE), many, time, rate=2)
    assert time.now - 100 >= 4.0


def test_concurrent_callers_get_one_token() -> None:
    api = Api(PAGE)

    async def many(client: Client) -> None:
        await asyncio.gather(*(search(client) for _ in range(10)))

    run(api, many, Time())
    assert api.granted == 1


def test_a_token_is_renewed_before_it_ends() -> None:
    api, time = Api(PAGE, life=400), Time()

    async def twice(client: Client) -> None:
        await search(client)
        time.now += 345  # 400 - 60 is 340
        await search(client)

    run(api, twice, time)
    assert api.used == ["Bearer t1", "Bearer t2"]


def test_a_revoked_token_is_replaced_once_and_the_call_made_again() -> None:
    api = Api(httpx.Response(401), PAGE)
    assert run(api, search, Time()).total == 7
    assert api.used == ["Bearer t1", "Bearer t2"]


def test_a_new_token_that_is_refused_too_is_for_a_person() -> None:
    with pytest.raises(CredentialsRefused):
        run(Api(httpx.Response(401)), search, Time())


@pytest.mark.parametrize("status", [400, 401, 403])
def test_credentials_that_are_refused_are_for_a_person_and_never_repeated(status: int) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json={"error": "invalid_client", "error_description": f"{SECRET}"})

    with pytest.raises(CredentialsRefused) as raised:
        run(refuse, search, Time())
    assert "invalid_client" in str(raised.value)
    assert SECRET not in str(raised.value)


def test_the_circuit_opens_waits_and_lets_one_call_try() -> None:
    time = Time()
    api = Api(*[httpx.Response(503)] * 4, PAGE)
    assert run(api, search, time, attempts=6, outage_seconds=1000.0).total == 7
    assert time.now >= 100 + 10 + 20  # opened after three, again after the trial


def test_an_outage_ends_the_walk_for_now() -> None:
    time = Time()
    with pytest.raises(Outage):
        run(Api(httpx.ConnectError("refused")), search, time, attempts=100, outage_seconds=60.0)
    assert time.now < 400


def test_every_end_of_a_call_is_a_feed_error() -> None:
    assert issubclass(Outage, Unavailable)
    assert all(issubclass(kind, FeedError) for kind in (Unavailable, SearchRefused, CredentialsRefused))


def test_a_circuit_closes_with_the_first_answer() -> None:
    circuit = Circuit(failures_to_open=2, first_seconds=5)
    circuit = circuit.failed(0.0).failed(1.0)
    assert (circuit.state(5.9), circuit.state(6.0)) == (State.OPEN, State.HALF_OPEN)
    admitted, trying = circuit.admit(6.0)
    assert admitted
    assert not trying.admit(6.0)[0], "a second call while the first one tries"
    assert trying.failed(6.0).wait_seconds(6.0) == 10.0
    assert trying.succeeded().state(6.0) is State.CLOSED
