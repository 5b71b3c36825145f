"""Whatever bytes are sent as a file: an answer, every record accounted for, and the database as the report says."""

import csv
import io
from typing import Any, Final, Literal

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from services.ingest.core.ndjson import NdjsonReader
from shared.identity import Role
from tests.integration.ingest.files.conftest import MakeSender, Sender, offer

BOUNDED = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
QUOTINGS: Final[list[Literal[0, 1]]] = [csv.QUOTE_MINIMAL, csv.QUOTE_ALL]
references = st.sampled_from(["A", "B", "C-1", "vac_1", "é", "", "x" * 101])
values = st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=8))
cells = st.one_of(
    st.sampled_from(
        ["15014", "F1703", "CDI", "2", "1 200,50", "01/12/2026", "31/02/2026", '"', '"a"', "a\nb", ";", "\0", "é"]
    ),
    st.text(max_size=6),
)


@st.composite
def ndjson_lines(draw: st.DrawFn) -> bytes:
    """A line that is right, wrong in its values, cut, or no JSON at all."""
    line = offer(
        draw(references), **draw(st.dictionaries(st.sampled_from(["openings", "source", "rome", "x"]), values))
    )
    raw = line.encode("utf-8", "surrogatepass")
    kind = draw(st.sampled_from(["whole", "whole", "cut", "bytes", "blank", "latin"]))
    if kind == "cut":
        return raw[: draw(st.integers(0, len(raw)))]
    if kind == "bytes":
        return draw(st.binary(max_size=40))
    return {"blank": b"  ", "latin": raw.replace(b"CDI", "é".encode("latin-1"))}.get(kind, raw)


@st.composite
def csv_files(draw: st.DrawFn) -> bytes:
    """A file in some charset, its rows quoted or not, cut anywhere, with stray bytes."""
    delimiter = draw(st.sampled_from([";", ",", "\t"]))
    rows = draw(st.lists(st.lists(cells, min_size=1, max_size=6), max_size=6))
    good = [[draw(references), "15014", "F1703", "CDI", "2"] for _ in range(draw(st.integers(0, 4)))]
    out = io.StringIO()
    quoting = draw(st.sampled_from(QUOTINGS))
    written = csv.writer(
        out, delimiter=delimiter, quoting=quoting, lineterminator=draw(st.sampled_from(["\n", "\r\n"]))
    )
    written.writerows([["reference", "code insee", "rome", "contrat", "postes"], *rows, *good])
    charset = draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]))
    sent = out.getvalue().encode(charset, "replace")
    stray = draw(st.sampled_from([b"", b"\xff", b"\0", b'"', b"\n\n"]))
    at = draw(st.integers(0, len(sent)))
    return sent[:at] + stray + sent[at : draw(st.integers(at, len(sent)))]


@pytest.fixture
def feed(sender: MakeSender) -> Sender:
    return sender(Role.FEED)


def check(feed: Sender, report: dict[str, Any]) -> None:
    """Every record has one fate, and what is published is what the last fate of each reference says."""
    fates = feed.fates(report["run"], limit=500)
    numbers = [one["line"] for one in fates]
    assert numbers == sorted(set(numbers))
    assert len(fates) == report["lines"]
    for name in ("created", "updated", "unchanged", "superseded", "rejected"):
        assert sum(one["outcome"] == name for one in fates) == report[name]
    published = feed.published("offer")
    told = {one["reference"]: (one["id"], one["version"]) for one in fates if one["id"] is not None}
    assert {reference: published[reference] for reference in told} == told
    assert all(one["errors"] for one in fates if one["outcome"] == "rejected")


@BOUNDED
@seed(20261127)
@given(st.lists(ndjson_lines(), max_size=8), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_any_ndjson_is_answered_and_accounted_for(
    feed: Sender, lines: list[bytes], ending: bytes, closed: bool
) -> None:
    body = ending.join(lines) + (ending if closed and lines else b"")
    report = feed.send("/v1/offers:bulk", body)
    reader = NdjsonReader(20_000)
    assert report["lines"] == len([*reader.feed(body), *reader.end()])
    check(feed, report)


@BOUNDED
@seed(20261127)
@given(csv_files())
def test_any_csv_is_refused_whole_or_accounted_for(feed: Sender, api: TestClient, body: bytes) -> None:
    before = feed.published("offer")
    answer = api.post("/v1/offers:bulk", content=body, headers={**feed.key, "Content-Type": "text/csv"})
    if answer.status_code == 200:
        check(feed, answer.json())
    else:
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"]
        assert feed.published("offer") == before


@BOUNDED
@seed(20261127)
@given(st.binary(max_size=300), st.sampled_from(["application/x-ndjson", "text/csv", "text/csv; charset=latin-1"]))
def test_any_bytes_are_answered(feed: Sender, api: TestClient, body: bytes, content_type: str) -> None:
    for query in ("", "?dry_run=true"):
        answer = api.post(
            f"/v1/offers:snapshot{query}", content=body, headers={**feed.key, "Content-Type": content_type}
        )
        assert answer.status_code in {200, 422}, answer.text
