"""Every benchmark runs to its end and what it measures is right: all counted, all placed, every gate of quality met."""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.bench.conftest import ROOT, Benchmark, Figures
from tests.servers import free_port_base

pytestmark = pytest.mark.timeout(3600)
OFFICIAL_FILES = ROOT.parent / "shared" / "data"


def ports() -> tuple[str, str]:
    """A port base of this run."""
    return "--port-base", str(free_port_base())


def test_the_policy_meets_every_gate_of_quality(benchmark: Benchmark, tmp_path: Path) -> None:
    done = benchmark("matching", "gates", "--jobs", "2", "--json", tmp_path / "gates.json")
    assert (tmp_path / "gates.json").is_file(), done.stderr[-3000:]
    gates = json.loads((tmp_path / "gates.json").read_text(encoding="utf-8"))["gates"]
    assert len(gates) >= 13
    assert [gate for gate in gates if gate["figure"] < gate["least"]] == []


@pytest.mark.parametrize("households", [2_000, 20_000])
def test_the_policy_proposes_nothing_invalid_within_its_memory(benchmark: Benchmark, households: int) -> None:
    done = benchmark("matching", "scale", "--households", str(households))
    assert "{" in done.stdout, done.stderr[-3000:]
    found = json.loads(done.stdout[done.stdout.index("{") :])
    assert found["invalid"] == 0
    assert found["rss_peak_mb"] <= 2048


@pytest.mark.skipif(importlib.util.find_spec("ortools") is None, reason="ortools, the peer, is not installed")
def test_the_re_solve_comes_to_the_exact_optimum(benchmark: Benchmark) -> None:
    done = benchmark("matching", "resolve")
    found = re.search(r"ratio ([0-9.]+) of ortools", done.stdout)
    assert found, done.stderr[-3000:]
    assert float(found[1]) >= 0.999


def test_the_engine_places_a_region_and_goes_on_with_every_kind_of_change(figures: Figures) -> None:
    found = figures("engine", "--events", "100", *ports())
    assert 0 < found["placed"] <= found["homes"]
    for kind in ("home", "post", "household"):
        assert 0 < found[kind]["p50_ms"] <= found[kind]["p99_ms"]
        assert found[kind]["floor_p99_ms"] > 0
        assert 0 < found[kind]["committing_p99_ms"] <= found[kind]["waiting_p99_ms"] <= found[kind]["p99_ms"]
        assert found[kind]["statements_mean"] > 1


def test_the_engine_decides_on_prices_that_the_slow_loop_learnt(figures: Figures) -> None:
    found = figures("engine", "--prices", "--events", "50", *ports())
    assert found["prices"]["verdict"] == "used"
    assert found["prices"]["households"] > found["households"]  # those who left are learnt from too
    assert 0 < found["placed"] <= found["homes"]


def test_the_stream_and_its_peer_come_to_the_same_state(figures: Figures) -> None:
    found = figures("streams", "--contenders", "c4", "--scale", "0.2", "--repeat", "1", *ports())
    verdicts = {row["contender"]: row["verdict"] for row in found["summary"]}
    assert len(verdicts) == 2
    assert set(verdicts.values()) == {"ok"}


def test_every_line_ingested_can_be_read_on_the_topic(figures: Figures) -> None:
    found = figures("ingest", "--rounds", "1", "--lines", "20000", "--puts", "300")
    for measured in found["rates_per_second"].values():
        assert "ancrage" in measured
        assert len(measured) > 1  # a peer in the same run
        assert all(rate > 0 for rates in measured.values() for rate in rates)


def test_every_webhook_is_delivered(figures: Figures) -> None:
    found = figures("delivery", "--quick", *ports())
    assert {run["deliveries"] for run in found["catch_up"].values()} == {4000}
    assert found["of_bare_httpx"] > 0


def test_every_publication_reaches_the_scores(figures: Figures) -> None:
    found = figures("latency", "--events", "100", *ports())
    for phase in found["phases"].values():
        assert phase["events"] == 100
        assert_a_distribution(phase["accepted_to_redis_ms"])
        assert_a_distribution(phase["accepted_to_territory_scores_ms"])


@pytest.mark.skipif(
    not (OFFICIAL_FILES / "parc_social_communes_2024.csv").is_file(), reason=f"{OFFICIAL_FILES} is absent"
)
def test_the_ranking_of_all_territories_answers(figures: Figures) -> None:
    found = figures("territories", "--data", OFFICIAL_FILES, "--requests", "100", *ports())
    assert found["occupation_places"] > 10_000
    assert found["quiet_ms"]


def assert_a_distribution(found: dict[str, Any]) -> None:
    """Percentiles in their order."""
    assert 0 < found["p50"] <= found["p99"] <= found["worst"]
