"""`python -m benchmarks.streams`: the national replay through the product and its peers, in one call.

Contenders are those of the peers' harness (its README has them); the product is always among them.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.streams import contest, harness
from benchmarks.streams.broker import VERSION, Broker
from services.scoring.settings import ScoringSettings
from shared.settings import Settings

MAIN = "c4,c6,c7,a,b"


def arguments() -> argparse.Namespace:
    """The command line; names that the harness reads are its own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.streams", description=__doc__)
    parser.add_argument("--contenders", default=MAIN, help=f"peers, such as c6,f; default {MAIN}; none: no peer")
    parser.add_argument("--copies", default="1x1", help="packers x workers of the product, such as 1x1,2x2")
    parser.add_argument("--repeat", type=int, default=2, help="runs of each contender")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the replay")
    parser.add_argument("--port-base", type=int, default=28500, help="ports of the broker and of the product")
    parser.add_argument("--peers-python", help="interpreter with Bytewax and Quix Streams, for d, e and f")
    parser.add_argument("--data", type=Path, help="folder of the source data")
    parser.add_argument("--json", type=Path, help="keeps every run")
    parser.add_argument("--lock", help="file to lock during each timed run")
    parser.add_argument("--patience", type=float, default=0, help="seconds to wait for a quiet machine before a run")
    parser.add_argument("--timeout", type=float, default=300, help="seconds after which a contender is stopped")
    return parser.parse_args()


def main() -> None:
    """Runs everything in turn and prints the table and the ratios."""
    options = arguments()
    contest.inherited()
    cache = Settings().cache_folder
    try:
        run, workload = harness.load()
    except harness.HarnessAbsent as error:
        sys.exit(str(error))
    known = harness.contenders(run, cache, options.peers_python)
    entries = [] if options.contenders == "none" else [known[name] for name in run.chosen(options.contenders, known)]
    data = options.data or harness.folder().parents[1] / "data"
    runs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="contest-") as folder, Broker(options.port_base + 92, cache) as broker:
        settings = ScoringSettings(
            home=Path(folder) / "home", cache=cache, port_base=options.port_base, kafka=broker.bootstrap
        )
        settings.home.mkdir()
        for copies in options.copies.split(","):
            packers, workers = map(int, copies.split("x"))
            entries.append(contest.product(run, settings, packers, workers))
        bench = contest.contest_class(run, workload)(broker, Path(folder), data, options, settings)
        # Not counted: a broker is slow until its own code is compiled.
        print(json.dumps({"warm_up": bench.throughput(entries[0])}), flush=True)
        for _ in range(options.repeat):
            for contender in entries:
                runs.append(bench.throughput(contender))
                print(json.dumps(runs[-1]), flush=True)
    summary = [run.summary([one for one in runs if one["contender"] == entry.name]) for entry in entries if runs]
    print(f"Kafka {VERSION}, {len(bench.events) * options.scale:,.0f} events, medians of {options.repeat}")
    print(run.table(summary))
    for line in ratios(summary):
        print(line)
    if options.json:
        options.json.write_text(json.dumps({"summary": summary, "runs": runs}, indent=1) + "\n")


def ratios(summary: list[dict[str, Any]]) -> list[str]:
    """The product against each peer: events a second (more is better), processor time and memory (less is better)."""
    right = [row for row in summary if row["verdict"] == "ok"]
    lines = []
    for ours in (row for row in right if row["contender"].startswith(contest.PRODUCT)):
        for peer in (row for row in right if not row["contender"].startswith(contest.PRODUCT)):
            speed = ours["events_per_s"] / peer["events_per_s"]
            cost = ours["cpu_us_per_event"] / peer["cpu_us_per_event"]
            memory = ours["peak_rss_mb"] / peer["peak_rss_mb"]
            lines.append(
                f"{ours['contender']} / {peer['contender']}: events/s {speed:.2f}, CPU {cost:.2f}, memory {memory:.2f}"
            )
    return lines


if __name__ == "__main__":
    main()
