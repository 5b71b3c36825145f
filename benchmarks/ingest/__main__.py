"""`python -m benchmarks.ingest`: everything in one run, contenders in turn, medians and ratios of medians.

The machine's speed drifts: only figures of one run may be compared. `--json FILE` keeps them all.
"""

import argparse
import json
import os
import platform as machine
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from sqlmodel import Session

from benchmarks.ingest.http_load import post_file, put_all
from benchmarks.ingest.peers import producers
from benchmarks.ingest.processor_time import seconds_by_process, spent
from benchmarks.ingest.topic_end import arrivals
from benchmarks.ingest.vacancies import bodies, lines
from deploy.local.child import tail
from deploy.local.supervisor import CHECKOUT, Platform
from shared.clock import isoformat, utc_now
from shared.identity import Role
from shared.identity.bearers import create_bearer, organisation_named
from shared.processes import BY_NAME
from shared.settings import Settings
from shared.sql.engine import service_engine
from tests.servers import free_port_base

PEER_PORT_OFFSET = 95
OURS, BARE = "ancrage", "bare FastAPI + aiokafka"
Round = dict[str, list[float]]


class Run:
    """The platform of one run, its peer, and what has been measured."""

    def __init__(self, settings: Settings, running: Platform, key: str) -> None:
        self.settings = settings
        self.running = running
        self.key = key
        self.ports = {OURS: settings.port("ingest.api"), BARE: settings.port_base + PEER_PORT_OFFSET}
        self.pids: dict[str, int] = {}
        self.rates: dict[str, Round] = {}
        self.cost: dict[str, dict[str, float]] = {}

    def put(self, name: str, clients: int, number: int, seed: int) -> None:
        """Single PUTs, all new."""
        sent = bodies(seed, number)
        for contender in (OURS, BARE):
            seconds = self._costed(
                f"{name}, {contender}",
                number,
                partial(put_all, self.ports[contender], self.key, f"S{seed}-{clients}", sent, clients),
            )
            self._keep(name, contender, number / seconds)

    def bulk(self, name: str, number: int, seed: int) -> None:
        """A file, from the first byte to the moment when its last record can be read on the topic."""
        sent = lines(seed, number)
        made = producers.records_of(sent)
        kafka = self.settings.kafka_bootstrap
        contenders: dict[str, Callable[[], object]] = {
            OURS: lambda: self._file(OURS, sent),
            BARE: lambda: self._file(BARE, sent),
            "kafka-python loop": lambda: producers.kafka_python(kafka, made),
            "confluent-kafka loop": lambda: producers.confluent(kafka, made),
        }
        for contender, send in contenders.items():
            with arrivals(kafka) as counter:

                def whole(send: Callable[[], object] = send, counter: Any = counter) -> float:
                    started = time.perf_counter()
                    send()
                    return float(counter.wait_for(number)) - started

                seconds = self._costed(f"{name}, {contender}", number, whole)
            self._keep(name, contender, number / seconds)

    def _file(self, contender: str, sent: list[bytes]) -> None:
        report = json.loads(post_file(self.ports[contender], self.key, "/v1/vacancies:bulk", sent))
        if report["rejected"] or report["created"] != len(sent):
            raise RuntimeError(f"{contender}: {report}")

    def _costed(self, name: str, units: int, work: Callable[[], float]) -> float:
        before = seconds_by_process(self.pids)
        seconds = work()
        self.cost[name] = spent(before, seconds_by_process(self.pids), units)
        return seconds

    def _keep(self, name: str, contender: str, rate: float) -> None:
        self.rates.setdefault(name, {}).setdefault(contender, []).append(rate)


def landlord_key(settings: Settings) -> str:
    """A key of a landlord made for this run."""
    engine = service_engine(settings, "console", database="identity", pool=1)
    try:
        with Session(engine) as session:
            owner = organisation_named(session, "Bailleur de mesure")
            made = create_bearer(session, settings, organisation_id=owner.id, role=Role.LANDLORD, label="benchmark")
            session.commit()
            return made.text
    finally:
        engine.dispose()


def wait_for_peer(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Returns once the peer answers. Raises RuntimeError with the end of its log."""
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the peer does not answer: {tail(log)}")


def table(rates: dict[str, Round]) -> str:
    """What was measured, for people."""
    out = [f"{'':28} {'contender':26} {'median/s':>10} {'of ours':>9}   rounds"]
    for name, contenders in rates.items():
        ours = median(contenders[OURS])
        for contender, values in contenders.items():
            share = f"{ours / median(values):>8.2f}x" if contender != OURS else f"{'':>9}"
            shown = " ".join(f"{value:.0f}" for value in values)
            out.append(f"{name:28} {contender:26} {median(values):>10.0f} {share}   {shown}")
    return "\n".join(out)


def main(arguments: list[str]) -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lines", type=int, default=100_000, help="lines of a bulk file")
    parser.add_argument("--puts", type=int, default=1_500, help="single PUTs by one client; eight send twice as many")
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/ingest.json"))
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="ancrage-benchmark-") as home:
        settings = Settings(home=Path(home), cache=Settings().cache_folder, port_base=free_port_base())
        names = ("ingest.api", "ingest.relay")
        with Platform(settings, processes=[BY_NAME[name] for name in names], servers=("kafka", "postgres")) as running:
            run = Run(settings, running, landlord_key(settings))
            log = Path(home) / "peer.log"
            with log.open("wb") as output:
                peer = subprocess.Popen(
                    [
                        sys.executable,
                        "-m",
                        "benchmarks.ingest.peers.bare_api",
                        settings.kafka_bootstrap,
                        str(run.ports[BARE]),
                    ],
                    cwd=CHECKOUT,
                    stdout=output,
                    stderr=output,
                )
            try:
                wait_for_peer(run.ports[BARE], peer, log)
                run.pids = {**running.pids(), "bare api": peer.pid}
                for number in range(wanted.rounds + 1):
                    load = os.getloadavg()[0]
                    print(f"round {number} of {wanted.rounds} (load {load:.1f})", file=sys.stderr, flush=True)
                    short = number == 0  # the first warms everything and is forgotten
                    puts, size = (200, 5_000) if short else (wanted.puts, wanted.lines)
                    run.put("PUT, 1 client", 1, puts, seed=number)
                    run.put("PUT, 8 clients", 8, puts * 2, seed=100 + number)
                    run.bulk("bulk NDJSON to the topic", size, seed=200 + number)
                    if short:
                        run.rates.clear()
            finally:
                peer.terminate()
                peer.wait(10)
    print(table(run.rates))
    print("\nµs of processor a vacancy, last round:")
    for name, cost in run.cost.items():
        print(f"  {name:45} " + "  ".join(f"{process} {micros}" for process, micros in cost.items()))
    wanted.json.parent.mkdir(parents=True, exist_ok=True)
    wanted.json.write_text(
        json.dumps(
            {
                "at": isoformat(utc_now()),
                "machine": {"cpus": os.cpu_count(), "python": machine.python_version(), "load": os.getloadavg()},
                "lines": wanted.lines,
                "puts": wanted.puts,
                "rates_per_second": run.rates,
                "cpu_us_per_vacancy": run.cost,
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
