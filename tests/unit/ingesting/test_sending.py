"""Sending until it is through: resumed under one key, waiting as asked, giving up in time, stopping at once."""

import gzip
import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.ingesting import sending as module
from deploy.ingesting.sending import Interrupted, Refused, Sending, Stopped, connect, send, told
from deploy.ingesting.sources import CSV, NDJSON, Unreadable, open_source, spooled

REPORT: dict[str, Any] = {"run": "run_1", "rejected": 0}
Answer = Callable[[httpx.Request], httpx.Response]


class Api:
    """The ingest API as a test wants it: one answer after the other, the last for ever."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.bodies: list[bytes] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.bodies.append(request.read())
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self) -> httpx.Client:
        return httpx.Client(base_url="http://ingest", transport=httpx.MockTransport(self))


class Onlooker:
    def __init__(self) -> None:
        self.size = 0
        self.pauses: list[float] = []
        self.counted = 0

    def advance(self, size: int) -> None:
        self.size += size

    def lines(self, number: int) -> None:
        self.counted += number

    def again(self, reason: str, seconds: float) -> None:
        assert reason
        self.pauses.append(seconds)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "export.csv"
    path.write_bytes(b"ref;ville\n" + b"A;B\n" * 1000)
    return path


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(module, "LONGEST_PAUSE", 0.01)


def run(api: Api, sending: Sending, **options: Any) -> tuple[dict[str, Any], Onlooker]:
    watcher = Onlooker()
    with api.client() as client:
        return send(client, sending, watcher, **{"patience_seconds": 5.0, **options}), watcher


def test_a_file_goes_through_after_whatever_interrupted_it_under_one_key(file: Path) -> None:
    api = Api(
        httpx.ConnectError("no"),
        httpx.Response(503, headers={"Retry-After": "1"}),
        httpx.Response(429),
        httpx.ReadError("lost"),
        httpx.Response(200, json=REPORT),
    )
    report, watcher = run(api, Sending("vacancies", open_source(file), full=True))
    assert report == REPORT
    assert len({request.headers["idempotency-key"] for request in api.requests}) == 1
    assert set(api.bodies) == {file.read_bytes()}
    assert len(watcher.pauses) == 4
    assert {str(request.url) for request in api.requests} == {"http://ingest/v1/vacancies:bulk?mode=full"}
    assert {request.headers["content-type"] for request in api.requests} == {CSV}


def test_what_the_api_asks_to_wait_is_waited(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_PAUSE", 60.0)
    stop = threading.Event()
    api = Api(httpx.Response(503, headers={"Retry-After": "7"}))
    with pytest.raises(Interrupted):
        run(api, Sending("vacancies", open_source(file)), patience_seconds=5.0, stop=stop)
    assert len(api.requests) == 1  # 7 seconds are more than the patience


def test_a_refusal_is_final_and_says_why(file: Path) -> None:
    problem = {"title": "Des champs", "errors": [{"field": "header", "message": "Il manque loyer", "remedy": "loyer"}]}
    api = Api(httpx.Response(422, json=problem))
    with pytest.raises(Refused, match="Il manque loyer → loyer") as refused:
        run(api, Sending("vacancies", open_source(file)))
    assert (refused.value.status, len(api.requests)) == (422, 1)


def test_patience_ends(file: Path) -> None:
    with pytest.raises(Interrupted):
        run(Api(httpx.ConnectError("no")), Sending("offers", open_source(file)), patience_seconds=0.05)


def test_an_api_that_takes_some_of_the_file_each_time_is_not_given_up(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It asks to wait for longer than the patience in all, and is at work all the time.
    monkeypatch.setattr(module, "PROGRESS_SECONDS", -1.0)
    waits = [httpx.Response(503)] * 20
    report, watcher = run(
        Api(*waits, httpx.Response(200, json=REPORT)), Sending("offers", open_source(file)), patience_seconds=0.01
    )
    assert (report, len(watcher.pauses)) == (REPORT, 20)
    monkeypatch.setattr(module, "PROGRESS_SECONDS", 1000.0)
    with pytest.raises(Interrupted):
        run(Api(*waits, httpx.Response(200)), Sending("offers", open_source(file)), patience_seconds=0.01)


def test_stopping_ends_between_two_blocks(file: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        run(Api(httpx.Response(200, json=REPORT)), Sending("offers", open_source(file)), stop=stop)


def test_the_key_is_of_the_bytes_their_date_and_what_is_asked(file: Path) -> None:
    source = open_source(file)
    keys = {
        Sending("vacancies", source).idempotency_key(),
        Sending("vacancies", source, full=True).idempotency_key(),
        Sending("vacancies", source, dry_run=True).idempotency_key(),
        Sending("vacancies", source, observed_at=source.modified_at).idempotency_key(),
        Sending("offers", source).idempotency_key(),
    }
    assert len(keys) == 5
    assert Sending("vacancies", open_source(file)).idempotency_key() in keys
    file.touch()
    assert Sending("vacancies", open_source(file)).idempotency_key() not in keys
    assert Sending("vacancies", source, key="mine").idempotency_key() == "mine"


def test_offers_in_full_go_to_the_snapshot_route(file: Path) -> None:
    api = Api(httpx.Response(200, json=REPORT))
    run(api, Sending("offers", open_source(file), full=True, dry_run=True))
    assert str(api.requests[0].url) == "http://ingest/v1/offers:snapshot?dry_run=true"


def test_gzip_is_opened_on_the_way_and_progress_is_of_the_file_on_disk(tmp_path: Path) -> None:
    text = b'{"reference":"A"}\n' * 50_000
    path = tmp_path / "offers.ndjson.gz"
    path.write_bytes(gzip.compress(text))
    source = open_source(path)
    assert (source.content_type, source.compressed) == (NDJSON, True)
    api = Api(httpx.Response(200, json=REPORT))
    _, watcher = run(api, Sending("offers", source))
    assert api.bodies == [text]
    assert (watcher.size, watcher.counted) == (path.stat().st_size, 50_000)


def test_a_cut_gzip_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "offers.csv.gz"
    path.write_bytes(gzip.compress(b"a;b\n" * 500_000)[:-20])
    with pytest.raises(Unreadable, match=r"offers\.csv\.gz"):
        run(Api(httpx.Response(200, json=REPORT)), Sending("offers", open_source(path)))


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("a.csv", b'{"x"', CSV),
        ("a.JSONL", b"a;b", NDJSON),
        ("export", b'\xef\xbb\xbf {"reference"', NDJSON),
        ("export", b"reference;commune", CSV),
    ],
)
def test_the_form_is_told_by_the_name_or_by_the_first_sign(
    tmp_path: Path, name: str, content: bytes, form: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert open_source(path).content_type == form


def test_standard_input_is_kept_to_be_read_again() -> None:
    path = spooled(io.BytesIO(b"a;b\n1;2\n"))
    try:
        source = open_source(path, shown="entrée standard")
        assert [b"".join(source.blocks()) for _ in range(2)] == [b"a;b\n1;2\n"] * 2
    finally:
        path.unlink()


def test_the_key_of_the_api_is_sent_as_bearer() -> None:
    with connect("http://ingest", "ank_1.secret") as client:
        assert client.headers["authorization"] == "Bearer ank_1.secret"


def test_a_refusal_is_told_in_whole_sentences() -> None:
    problem = {
        "title": "Des champs sont à corriger.",
        "detail": "Rien n'est publié.",
        "errors": [{"field": "header", "message": "Il manque une colonne.", "remedy": "typologie"}],
    }
    assert told(problem) == (
        "Des champs sont à corriger. Rien n'est publié. header : Il manque une colonne. → typologie."
    )
