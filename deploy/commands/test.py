"""`ancrage test`: the tests by tier, on real servers (setting, Docker or embedded), and what was skipped and why."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree

import typer

CHECKOUT = Path(__file__).resolve().parents[2]
# In the order of a run: what fails fast comes first.
TIERS = {
    "architecture": "tests/architecture",
    "unit": "tests/unit",
    "contract": "tests/contract",
    "integration": "tests/integration",
    "e2e": "tests/e2e",
    "chaos": "tests/chaos",
    "browser": "tests/browser",
    "compose": "tests/compose",
    "bench": "tests/bench",
}
DEFAULT_TIERS = ("architecture", "unit", "contract", "integration", "e2e")
# Tiers that start no server: on all cores. The others share one set of servers, and come after, one test at a time.
WITHOUT_SERVERS = frozenset({"architecture", "unit"})
ON_ALL_CORES = ("--numprocesses=logical", "--dist=worksteal")
NO_TESTS_COLLECTED = 5
_STOPS_AT_FIRST = frozenset({"-x", "--exitfirst"})


def pytest_runs(first: str | None, rest: list[str], checkout: Path = CHECKOUT) -> list[list[str]]:
    """Arguments of pytest, run after run: tiers without servers on all cores, then the others.

    `first` is a tier, `all`, or already pytest's (a path, an option); None: the default tiers. Raises ValueError, with a
    message for people, on what is none of these and on a tier without tests.
    """
    if first is None or first.startswith("-"):
        names: tuple[str, ...] = DEFAULT_TIERS
        rest = [first, *rest] if first else rest
    elif first == "all":
        names = tuple(TIERS)
    elif first in TIERS:
        names = (first,)
    elif (checkout / first.partition("::")[0]).exists():
        return [[first, *rest]]
    else:
        raise ValueError(f"« {first} » n'est ni un étage ({', '.join(TIERS)}, all) ni un chemin.")
    names = tuple(name for name in names if (checkout / TIERS[name]).is_dir())
    if not names:
        raise ValueError(f"« {first} » : pas de tests dans ce dossier de travail.")
    quick = [TIERS[name] for name in names if name in WITHOUT_SERVERS]
    others = [TIERS[name] for name in names if name not in WITHOUT_SERVERS]
    runs = [[*quick, *ON_ALL_CORES, *rest]] if quick else []
    return [*runs, [*others, *rest]] if others else runs


def failures(report: Path) -> Iterator[str]:
    """Each test that failed, with the first line of why. `report`: the JUnit XML that pytest wrote, if it came to that."""
    if not report.is_file():
        return
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - our own file
        for kind in ("failure", "error"):
            found = case.find(kind)
            if found is not None:
                reason = (found.get("message") or "").strip().partition("\n")[0]
                yield f"{case.get('classname')}::{case.get('name')}: {reason[:200]}"


def outcome(codes: list[int]) -> int:
    """The exit code of several runs: the first that is an error; a run may find no test if another does."""
    errors = [code for code in codes if code not in (0, NO_TESTS_COLLECTED)]
    if errors:
        return errors[0]
    return 0 if 0 in codes else NO_TESTS_COLLECTED


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(
        help="Lance les tests : unit, contract, architecture, integration, e2e (tous par défaut), chaos, browser, "
        "compose, bench, all ; le reste va à pytest.",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )
    def test(
        context: typer.Context,
        tier: Annotated[str | None, typer.Argument(help="Étage de tests, ou rien.")] = None,
        require_kafka: Annotated[
            bool, typer.Option("--require-kafka", help="Échoue si les tests sur un vrai Kafka n'ont pas eu lieu.")
        ] = False,
    ) -> None:
        try:
            runs = pytest_runs(tier, list(context.args))
        except ValueError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from None
        if require_kafka:
            runs[-1].append("--require-kafka")
        code, failed = _run(runs)
        if failed:  # last of all, after what servers and clients say as they end
            typer.echo("\n".join([f"{len(failed)} en échec / failed:", *failed]), err=True)
        if code == NO_TESTS_COLLECTED:
            typer.echo("Aucun test trouvé. / No test found.", err=True)
        raise typer.Exit(code)


def _run(runs: list[list[str]]) -> tuple[int, list[str]]:
    """Exit code and failures of some runs of pytest. Whether Kafka was there is asked of the last alone."""
    codes: list[int] = []
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, arguments in enumerate(runs):
            report = Path(folder) / f"{number}.xml"
            last = number == len(runs) - 1
            environment: Mapping[str, str] = os.environ if last else {**os.environ, "ANCRAGE_TEST_REQUIRE_KAFKA": "0"}
            command = [sys.executable, "-m", "pytest", f"--junit-xml={report}", *arguments]
            codes.append(subprocess.run(command, cwd=CHECKOUT, env=environment, check=False).returncode)
            failed += failures(report)
            if codes[-1] and _STOPS_AT_FIRST.intersection(arguments):
                break
    return outcome(codes), failed
