"""`ancrage test`: the tests by tier, on real servers (setting, Docker or embedded), and what was skipped and why."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

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
NO_TESTS_COLLECTED = 5


def pytest_arguments(first: str | None, rest: list[str], checkout: Path = CHECKOUT) -> list[str]:
    """Arguments of pytest. `first` is a tier, `all`, or already pytest's (a path, an option); None: the default tiers.

    Raises ValueError, with a message for people, on what is none of these and on a tier without tests.
    """
    if first is None or first.startswith("-"):
        names: tuple[str, ...] = DEFAULT_TIERS
        rest = [first, *rest] if first else rest
    elif first == "all":
        names = tuple(TIERS)
    elif first in TIERS:
        names = (first,)
    elif (checkout / first.partition("::")[0]).exists():
        return [first, *rest]
    else:
        raise ValueError(f"« {first} » n'est ni un étage ({', '.join(TIERS)}, all) ni un chemin.")
    folders = [TIERS[name] for name in names if (checkout / TIERS[name]).is_dir()]
    if not folders:
        raise ValueError(f"« {first} » : pas de tests dans ce dossier de travail.")
    return [*folders, *rest]


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(
        help="Lance les tests : unit, contract, architecture, integration, e2e (tous par défaut), chaos, browser, "
        "compose, all ; le reste va à pytest.",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )
    def test(
        context: typer.Context,
        tier: Annotated[str | None, typer.Argument(help="Étage de tests, ou rien.")] = None,
        require_kafka: Annotated[
            bool, typer.Option("--require-kafka", help="Échoue si les tests sur un vrai Kafka n'ont pas eu lieu.")
        ] = False,
    ) -> None:
        extra = [*context.args, *(["--require-kafka"] if require_kafka else [])]
        try:
            arguments = pytest_arguments(tier, extra)
        except ValueError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from None
        code = subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=CHECKOUT, check=False).returncode
        if code == NO_TESTS_COLLECTED:
            typer.echo("Aucun test trouvé. / No test found.", err=True)
        raise typer.Exit(code)
