"""`ancrage verify` and `ancrage scoring rebuild|reference`: exactness of the counters, and what scores are compared with."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from services.scoring.adapters.topic_identity import TopicIdentity
    from services.scoring.adapters.verification import Verification
    from services.scoring.settings import ScoringSettings

JsonFlag = Annotated[bool, typer.Option("--json", help="Sortie pour un programme.")]
SHOWN = 20
_VERDICTS = {0: "EXACT", 1: "DIFFÉRENT / different", 2: "NON CONCLUANT / inconclusive"}


def register(app: typer.Typer) -> None:
    """Adds `verify` and the group."""
    from deploy.commands import scoring_reference

    app.command(
        name="verify",
        help="Compare les compteurs en direct à un recomptage complet. 0 : exact, 1 : différent, 2 : non concluant.",
    )(verify)
    group = typer.Typer(help="Compteurs et scores des territoires.", no_args_is_help=True)
    group.command(help="Recompte tout et passe à une nouvelle génération ; les flux continuent ensuite.")(rebuild)
    scoring_reference.register(group)
    app.add_typer(group, name="scoring")


def verify(
    as_json: JsonFlag = False,
    with_ingest: Annotated[
        bool, typer.Option("--ingest/--no-ingest", help="Compare aussi à la base d'ingest, si elle répond.")
    ] = True,
) -> None:
    """Prints a table or JSON; the exit code says the verdict."""
    from services.scoring.adapters.ingest_truth import IngestTruth, IngestUnreachable
    from services.scoring.adapters.verification import verify as run

    settings = scoring_settings()
    truth: IngestTruth | None = None
    unreachable: str | None = None
    if with_ingest:
        try:
            truth = IngestTruth(settings)
            truth.probe()
        except (IngestUnreachable, RuntimeError) as error:
            truth, unreachable = None, str(error)

    def work(progress: Callable[[int, int], None]) -> "Verification":
        return asyncio.run(run(settings, progress=progress, truth=truth))

    result = with_broker(settings, lambda: _with_progress("recomptage / recount", work, quiet=as_json))
    if as_json:
        typer.echo(json.dumps(_as_json(result, unreachable), ensure_ascii=False))
    else:
        _tell(result, unreachable)
    raise typer.Exit(result.exit_code)


def rebuild(as_json: JsonFlag = False) -> None:
    """Makes a new generation. Exits 2 without a broker or topics."""
    from services.scoring.adapters.rebuild import RebuildRefused, Rebuilt
    from services.scoring.adapters.rebuild import rebuild as run

    settings = scoring_settings()

    def work(progress: Callable[[int, int], None]) -> Rebuilt:
        return asyncio.run(run(settings, _identity(settings), progress=progress))

    try:
        made = with_broker(settings, lambda: _with_progress("reconstruction / rebuild", work, quiet=as_json))
    except RebuildRefused as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    if as_json:
        answer = {
            "generation": str(made.generation),
            "events": made.events,
            "territories": made.territories,
            "unreadable": len(made.unreadable),
        }
        typer.echo(json.dumps(answer))
        return
    typer.echo(f"génération {made.generation} : {made.events} événements, {made.territories} territoires")
    for one in made.unreadable:
        typer.echo(f"illisible / unreadable: {one.topic}-{one.partition}-{one.offset}: {one.reason}", err=True)


def scoring_settings() -> "ScoringSettings":
    """Settings; logs go to standard error, so that standard output is the answer alone."""
    from services.scoring.settings import ScoringSettings
    from shared.telemetry import configure_logging

    settings = ScoringSettings()
    configure_logging("ancrage", level="WARNING", form="console")
    return settings


def _identity(settings: "ScoringSettings") -> "TopicIdentity":
    from services.scoring.adapters.topic_identity import read_identity

    return read_identity(settings)


def with_broker(settings: "ScoringSettings", work: Callable[[], Any]) -> Any:
    """Runs it; says in one line that no broker answers, or that a topic is missing. Exits 2."""
    from aiokafka.errors import KafkaError
    from kafka.errors import KafkaError as AdminError

    from services.scoring.adapters.topic_identity import TopicsUnusable

    try:
        return work()
    except (KafkaError, AdminError) as error:
        typer.echo(
            f"aucun broker Kafka ne répond à {settings.kafka_bootstrap} ({type(error).__name__}) : "
            "démarrez la plateforme (ancrage up) ou corrigez ANCRAGE_KAFKA",
            err=True,
        )
        raise typer.Exit(2) from error
    except TopicsUnusable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


def _with_progress(label: str, work: Callable[[Callable[[int, int], None]], Any], *, quiet: bool) -> Any:
    with _progress_bar(label, quiet=quiet) as progress:
        return work(progress)


@contextmanager
def _progress_bar(label: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda read, total: bar.update(task, completed=read, total=total)


def _as_json(result: "Verification", unreachable: str | None) -> dict[str, Any]:
    import msgspec

    answer: dict[str, Any] = msgspec.to_builtins(result)
    return {
        **answer,
        "verdict": ("exact", "different", "inconclusive")[result.exit_code],
        "ingest_unreachable": unreachable,
    }


def _tell(result: "Verification", unreachable: str | None) -> None:
    typer.echo(f"{_VERDICTS[result.exit_code]}   génération {result.generation}")
    typer.echo(
        f"{result.events} événements ({result.repeated} répétés), {result.counters} compteurs de {result.territories} "
        f"territoires ; {result.unapplied} entrées encore en route"
    )
    for name in ("open_vacancies", "open_offers", "open_openings"):
        typer.echo(f"  {name:16} {result.totals.get(name, 0)}")
    if result.ingest is not None:
        typer.echo("ingest : " + ", ".join(f"{name} {amount}" for name, amount in result.ingest.items()))
    elif unreachable is not None:
        typer.echo(f"ingest : non comparé ({unreachable})")
    if result.reason:
        typer.echo(result.reason, err=True)
    for one in result.differences[:SHOWN]:
        typer.echo(
            f"{one.where:7} {one.territory:10} {one.counter:28} attendu {one.expected}, trouvé {one.found}", err=True
        )
    if len(result.differences) > SHOWN:
        typer.echo(f"… et {len(result.differences) - SHOWN} autres", err=True)
    for lost in result.unreadable:
        typer.echo(f"illisible / unreadable: {lost.topic}-{lost.partition}-{lost.offset}: {lost.reason}", err=True)
