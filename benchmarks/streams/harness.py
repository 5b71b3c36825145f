"""The peers' harness, taken as a library where a checkout has it: its workload, its runner and its peers."""

import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Final

CHECKOUT: Final = Path(__file__).parents[2]
PLACES: Final = tuple(parent / "shared" / "bench" / "streams" for parent in CHECKOUT.parents[:2])


class HarnessAbsent(RuntimeError):
    """This checkout has no peers beside it."""


def folder() -> Path:
    """The harness' folder. Raises HarnessAbsent."""
    for place in PLACES:
        if (place / "run.py").is_file():
            return place
    raise HarnessAbsent(f"no peers to compare with: {PLACES[0]} is not there")


def load() -> tuple[ModuleType, ModuleType]:
    """Its runner and its workload."""
    sys.path.insert(0, str(folder()))
    import run
    import workload

    return run, workload


def kafka_streams_classes(cache: Path) -> str:
    """Class path of the Kafka Streams peer, built by Maven once, in a copy: the harness itself is not written to."""
    copy = cache / "bench-kafka-streams"
    source = folder() / "peers" / "kafka-streams"
    shutil.copytree(source, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns("target"))
    if not (copy / "target" / "lib").is_dir():
        maven = shutil.which("mvn")
        if maven is None:
            raise HarnessAbsent("Kafka Streams is built by Maven, which is not on PATH; or leave c out of --contenders")
        subprocess.run([maven, "-q", "-B", "package"], cwd=copy, check=True)
    return f"{copy / 'target' / 'classes'}:{copy / 'target' / 'lib' / '*'}"


def contenders(run: ModuleType, cache: Path, peers_python: str | None) -> dict[str, Any]:
    """The harness' contenders, their programs where they are on this machine.

    `peers_python`: an interpreter that has the libraries of the peers that the product has not (Bytewax, Quix Streams).
    """
    known: dict[str, Any] = run.contenders()
    classes: str | None = None
    for contender in known.values():
        if "replay.Replay" in contender.command:
            classes = classes or kafka_streams_classes(cache)
            contender.command[contender.command.index("-cp") + 1] = classes
        elif peers_python is not None:
            contender.command[0] = peers_python
    return known
