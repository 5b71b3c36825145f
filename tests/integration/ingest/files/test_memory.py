"""Reading and writing a file keeps a chunk in memory, not the file."""

import tracemalloc
from collections.abc import Iterator

from fastapi.testclient import TestClient

from services.ingest.adapters.kinds import OFFERS
from services.ingest.adapters.runs import Plan
from services.ingest.bulk.chunks import Sent
from services.ingest.bulk.formats import Reader
from services.ingest.bulk.receiving import Receipt
from services.ingest.core.ndjson import NdjsonReader
from services.ingest.schemas import OfferLine
from shared.identity import Actor, Role
from shared.ids import new_id
from tests.integration.ingest.files.conftest import content, offer

LINES = (1_500, 6_000)


def blocks(count: int) -> Iterator[bytes]:
    """A file of that many lines; one in ten is wrong."""
    for start in range(0, count, 100):
        yield content(offer(f"O-{start + n}", openings=-1 if n % 10 == 0 else 1) for n in range(100))


def peak_bytes(api: TestClient, count: int) -> int:
    """Most memory that receiving a file of that many lines ever takes."""
    context = api.app.state.context  # type: ignore[attr-defined]
    actor = Actor("ank_test", new_id("org"), "Organisation", Role.FEED)
    plan = Plan(OFFERS.topic, True, "ndjson", False, None, "fr")
    reader: Reader = NdjsonReader(20_000)
    tracemalloc.start()
    try:
        receipt = Receipt(context, Sent(OFFERS, OfferLine, actor, plan, None), reader)
        for block in blocks(count):
            receipt.feed(block)
        receipt.finish()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_file_four_times_as_long_takes_no_more_memory(api: TestClient) -> None:
    peak_bytes(api, 300)  # what is read once and kept: geography, compiled statements
    short, long = (peak_bytes(api, count) for count in LINES)
    assert long / short < 1.5, (short, long)
