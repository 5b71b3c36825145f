"""The same file again under the same Idempotency-Key: the same report, or the rest; another file is refused."""

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from services.ingest.bulk.chunks import ChunkWriter
from shared.identity import Role
from tests.integration.ingest.files.conftest import MakeSender, Sender, offer, vacancy

PATH = "/v1/offers:bulk"


class Breaks:
    """Lets some chunks be written, then loses the database before or after the next one commits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, after_chunks: int, *, committed: bool) -> None:
        write = ChunkWriter.write
        self.left = after_chunks

        def breaking(writer: ChunkWriter, *given: Any, **named: Any) -> None:
            if self.left == 0:
                if committed:
                    write(writer, *given, **named)
                raise OperationalError("", {}, Exception("server closed the connection"))
            self.left -= 1
            write(writer, *given, **named)

        monkeypatch.setattr(ChunkWriter, "write", breaking)


def lines_of(count: int) -> list[str]:
    lines = [offer(f"O-{n}") for n in range(count)]
    lines[count // 2] = "{}"
    return lines


def sends(feed: Sender, lines: list[str] | bytes, key: str = "k", path: str = PATH, status: int = 200) -> Any:
    return feed.send(path, lines, Idempotency_Key=key, status=status)


def test_a_finished_file_is_answered_by_the_same_report(sender: MakeSender) -> None:
    feed = sender(Role.FEED)
    first = sends(feed, lines_of(250))
    events = feed.outbox_events()
    assert sends(feed, lines_of(250)) == {**first, "resumed_after_lines": 250}
    assert feed.outbox_events() == events
    assert len(feed.get("/v1/runs")["items"]) == 1


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("chunks", [0, 1, 3])
def test_a_file_that_stopped_goes_on_where_it_stopped(
    sender: MakeSender, monkeypatch: pytest.MonkeyPatch, chunks: int, committed: bool
) -> None:
    feed = sender(Role.FEED)
    lines = lines_of(450)
    with monkeypatch.context() as patched:
        Breaks(patched, chunks, committed=committed)
        problem = sends(feed, lines, status=503)
    assert problem["type"] == "/problems/unavailable"
    (run,) = feed.get("/v1/runs")["items"]
    assert run["lines"] == 100 * (chunks + committed)
    assert run["run"] in problem["detail"]
    report = sends(feed, lines)
    assert report["run"] == run["run"]
    assert (report["lines"], report["created"], report["rejected"]) == (450, 449, 1)
    assert report["resumed_after_lines"] == run["lines"]
    assert {version for _, version in feed.published("offer").values()} == {1}
    assert [one["line"] for one in feed.fates(run["run"], limit=500)] == list(range(1, 451))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda lines: [offer("OTHER"), *lines[1:]], id="another first line"),
        pytest.param(lambda lines: lines[:-1], id="shorter"),
        pytest.param(lambda lines: [*lines, offer("MORE")], id="longer"),
        pytest.param(lambda lines: ["", *lines], id="shifted"),
        pytest.param(lambda _: [], id="empty"),
    ],
)
def test_another_content_under_the_key_of_a_finished_file_is_a_conflict(sender: MakeSender, other: Any) -> None:
    feed = sender(Role.FEED)
    lines = lines_of(250)
    first = sends(feed, lines)
    problem = sends(feed, other(lines), status=409)
    assert problem["type"] == "/problems/idempotency-conflict"
    assert sends(feed, lines) == {**first, "resumed_after_lines": 250}
    assert "OTHER" not in feed.published("offer")
    assert "MORE" not in feed.published("offer")


def test_another_content_under_the_key_of_a_stopped_file_is_a_conflict_and_does_not_stop_it(
    sender: MakeSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = sender(Role.FEED)
    lines = lines_of(450)
    with monkeypatch.context() as patched:
        Breaks(patched, 2, committed=True)
        sends(feed, lines, status=503)
    other = [*lines[:250], offer("OTHER"), *lines[251:]]
    assert sends(feed, other, status=409)["type"] == "/problems/idempotency-conflict"
    assert sends(feed, lines[:150], status=409)["type"] == "/problems/idempotency-conflict"
    assert sends(feed, lines)["created"] == 449


def test_a_key_stands_for_one_way_of_publishing(sender: MakeSender) -> None:
    feed = sender(Role.FEED)
    lines = lines_of(10)
    sends(feed, lines)
    assert sends(feed, lines, path="/v1/offers:snapshot", status=409)["type"] == "/problems/idempotency-conflict"
    assert sends(feed, lines, path=f"{PATH}?dry_run=true", status=409)["type"] == "/problems/idempotency-conflict"
    dated = f"{PATH}?observed_at=2026-11-01T00:00:00Z"
    assert sends(feed, lines, path=dated, status=409)["type"] == "/problems/idempotency-conflict"


def test_the_key_of_another_organisation_is_another_key(sender: MakeSender) -> None:
    one, two = sender(Role.FEED), sender(Role.FEED)
    assert sends(one, lines_of(3))["run"] != sends(two, lines_of(4))["run"]


def test_a_full_list_that_stopped_withdraws_nothing_until_it_is_whole(
    sender: MakeSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    landlord = sender(Role.LANDLORD)
    lines = [vacancy(f"V-{n}") for n in range(330)]
    landlord.send("/v1/vacancies:bulk", lines)
    full = lines[:320]
    with monkeypatch.context() as patched:
        Breaks(patched, 1, committed=True)
        sends(landlord, full, path="/v1/vacancies:bulk?mode=full", status=503)
    assert len(landlord.published()) == 330
    assert landlord.get("/v1/snapshots")["items"] == []
    report = sends(landlord, full, path="/v1/vacancies:bulk?mode=full")
    assert (report["withdrawn"], report["unchanged"]) == (10, 320)
    assert sends(landlord, full, path="/v1/vacancies:bulk?mode=full")["withdrawn"] == 10
    assert set(landlord.published()) == {f"V-{n}" for n in range(320)}


def test_a_csv_file_resumes_at_its_line(sender: MakeSender, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = sender(Role.FEED)
    rows = ["reference;code insee;rome;contrat;postes", *(f"C-{n};15014;F1703;CDI;2" for n in range(350))]
    sent = "\r\n".join(rows).encode() + b"\r\n"

    def send(status: int) -> Any:
        return feed.send(PATH, sent, status=status, Idempotency_Key="c", Content_Type="text/csv")

    with monkeypatch.context() as patched:
        Breaks(patched, 2, committed=False)
        send(503)
    report = send(200)
    assert (report["resumed_after_lines"], report["created"], report["lines"]) == (200, 350, 350)
