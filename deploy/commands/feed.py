"""`ancrage feed france-travail|status|confirm|quarantine|simulator`: offers that are pulled, a stand-in for their source.

Exit codes of `france-travail`: 0 the walk read everything; 1 it ended but part of the stock could not be read, or the API
announced nothing; 2 not configured, or no database; 3 held by the guard; 4 the API does not answer (the walk stays open);
5 the API refuses us; 6 another process is walking.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from services.ingest.adapters.feed_walks import WalkRow
    from services.ingest.feeds.france_travail.puller import Puller
    from services.ingest.feeds.france_travail.walk import Progress
    from services.ingest.feeds.france_travail.wiring import FeedParts

JsonFlag = Annotated[bool, typer.Option("--json", help="Sortie pour un programme.")]
REMEDY = "ANCRAGE_FRANCE_TRAVAIL_CLIENT_ID et ANCRAGE_FRANCE_TRAVAIL_CLIENT_SECRET (voir docs/france-travail.md)"


def register(app: typer.Typer) -> None:
    """Adds the group."""
    group = typer.Typer(help="Flux d'offres relevés par la plateforme : France Travail.", no_args_is_help=True)
    app.add_typer(group, name="feed")
    group.command(
        "france-travail",
        help="Relève tout le stock de France Travail : crée, modifie et retire. Reprend un relevé ouvert.",
    )(france_travail)
    group.command(help="Montre les derniers relevés, la fraîcheur et les alertes ; sort avec 1 s'il y a une alerte.")(
        status
    )
    group.command(help="Confirme le retrait des offres d'un relevé retenu par la garde.")(confirm)
    group.command(help="Liste les offres que l'on n'a pas pu lire, et pourquoi.")(quarantine)
    group.command(help="Démarre un simulateur de l'API de France Travail sur cette machine (outil d'essai).")(simulator)


def france_travail(
    once: Annotated[bool, typer.Option("--once/--loop", help="Un seul relevé, ou un relevé après l'autre.")] = True,
    as_json: JsonFlag = False,
) -> None:
    """Walks, with a progress bar, and says what became of the offers."""
    from services.ingest.adapters.france_travail.errors import CredentialsRefused, Unavailable
    from services.ingest.feeds.france_travail.puller import Busy

    with _puller() as (puller, parts):
        if not parts.configured:
            _fail(f"non configuré : définissez {REMEDY}", 2)
        if not once:
            puller.run()
            return
        try:
            with _bar(quiet=as_json) as show:
                walk = puller.walk_once(on_progress=show)
        except Busy:
            _fail("un autre processus relève ce flux en ce moment", 6)
        except CredentialsRefused as error:
            _fail(f"France Travail refuse l'accès ({error}) : vérifiez {REMEDY}", 5)
        except Unavailable as error:
            _fail(f"l'API ne répond pas ({error}) : le relevé reste ouvert, relancez pour le reprendre", 4)
        _report(walk, as_json)
        raise typer.Exit(_exit_code(walk))


def status(as_json: JsonFlag = False) -> None:
    """The newest walks and what needs a person."""
    from sqlmodel import Session

    from services.ingest.adapters import feed_walks
    from services.ingest.adapters.france_travail.client import FEED
    from services.ingest.feeds.france_travail.puller import ended
    from shared.clock import isoformat

    with _puller() as (puller, parts):
        found = puller.health()
        with Session(parts.engine) as session:
            walks = feed_walks.newest(session, FEED, limit=5)
            unread, _ = feed_walks.quarantined(session, FEED, limit=0)
        if as_json:
            answer = {
                "configured": parts.configured,
                "last_success": isoformat(found.last_success) if found.last_success else None,
                "alerts": [alert.value for alert in found.alerts],
                "quarantined": unread,
                "walks": [{"id": one.id, "started_at": isoformat(one.started_at), **ended(one)} for one in walks],
            }
            typer.echo(json.dumps(answer, ensure_ascii=False))
        else:
            typer.echo("configuré" if parts.configured else f"non configuré : définissez {REMEDY}")
            typer.echo(f"dernier relevé du stock : {isoformat(found.last_success) if found.last_success else 'aucun'}")
            for one in walks:
                typer.echo(f"  {one.id:>5}  {isoformat(one.started_at)}  {_LABELS[one.ending]:<10}  {_figures(one)}")
            typer.echo(f"en quarantaine : {unread}")
            for alert in found.alerts:
                typer.echo(f"ALERTE {alert.value} : {alert.label_fr}", err=True)
        raise typer.Exit(1 if found.alerts else 0)


def confirm() -> None:
    """Lets the held walk go on; `ingest.puller` takes it up within seconds, `ancrage feed france-travail` at once."""
    from services.ingest.feeds.france_travail.puller import confirm as run
    from shared.clock import utc_now

    with _puller() as (_, parts):
        walk = run(parts.engine, at=utc_now())
    if walk is None:
        _fail("aucun relevé n'attend de confirmation", 1)
    typer.echo(f"relevé {walk.id} : {walk.absent} offres absentes seront vérifiées une à une, puis retirées")


def quarantine(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Nombre d'offres montrées.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """Offers seen in the last walk that are not published; the next walk reads them again."""
    from sqlmodel import Session

    from services.ingest.adapters import feed_walks
    from services.ingest.adapters.france_travail.client import FEED
    from services.ingest.core.france_travail.offers import Reason
    from shared.clock import isoformat

    with _puller() as (_, parts), Session(parts.engine) as session:
        total, items = feed_walks.quarantined(session, FEED, limit=limit)
    if as_json:
        shown = [
            {**one, "first_seen_at": isoformat(one["first_seen_at"]), "seen_at": isoformat(one["seen_at"])}
            for one in items
        ]
        typer.echo(json.dumps({"total": total, "items": shown}, ensure_ascii=False))
        return
    typer.echo(f"{total} offres en quarantaine")
    for one in items:
        typer.echo(f"{one['reference']:<10}  {Reason(one['reason']).label_fr} : {one['field']} {one['value'] or ''}")


def simulator(
    port: Annotated[int, typer.Option(min=1024, max=65_535, help="Port, sur cette machine seulement.")] = 8095,
    departement: Annotated[
        str, typer.Option(help="Stock d'un département ; vide : toute la France (925 168 offres).")
    ] = "",
    rate: Annotated[float, typer.Option(min=0, help="Appels par seconde avant 429 ; 0 : sans limite.")] = 10.0,
    changes_every: Annotated[
        int,
        typer.Option(
            min=0, help="Après tant d'appels, une offre naît, une change, une disparaît ; 0 : rien ne change."
        ),
    ] = 50,
    error_share: Annotated[
        float, typer.Option(min=0, max=1, help="Part des appels qui reçoivent une erreur 500.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Graine : la même donne les mêmes offres.")] = 1,
) -> None:
    """Serves until Ctrl-C; says first which settings make the platform pull from it."""
    from deploy.demo.stock import ATTRIBUTION, load
    from deploy.simulators.france_travail.app import Simulator
    from deploy.simulators.france_travail.faults import Faults
    from deploy.simulators.france_travail.process import environment, serve
    from deploy.simulators.france_travail.universe import Universe, some_time_ago
    from shared.clock import utc_now

    stock = load().in_departement(departement) if departement else load()
    universe = Universe(
        stock.offers, seed=seed, as_of=some_time_ago(utc_now()), same_second=0 if departement else 4_000
    )
    faults = Faults(requests_per_second=rate or None, changes_every=changes_every, error_share=error_share)
    typer.echo(f"{len(universe)} offres simulées. {ATTRIBUTION}", err=True)
    for name, value in environment(port).items():
        typer.echo(f"export {name}='{value}'")
    serve(Simulator(universe, faults=faults, seed=seed), port)


@contextmanager
def _puller() -> "Iterator[tuple[Puller, FeedParts]]":
    """The puller from settings. Exits 2, with the remedy, where the database or the secrets are missing."""
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from services.ingest.feeds.france_travail.wiring import FeedParts, puller
    from services.ingest.settings import IngestSettings
    from shared.telemetry import configure_logging

    settings = IngestSettings()
    configure_logging("ancrage", level="WARNING", form="console")
    parts = FeedParts(settings)
    try:
        yield puller(settings, parts), parts
    except typer.Exit:  # a RuntimeError too
        raise
    except RuntimeError as error:
        _fail(str(error), 2)
    except (OperationalError, ProgrammingError) as error:
        _fail(
            f"la base ingest ne répond pas ({type(error.orig).__name__}) : démarrez la plateforme (ancrage up), "
            "corrigez ANCRAGE_DATABASE_URL ou lancez ancrage migrate",
            2,
        )


@contextmanager
def _bar(*, quiet: bool) -> "Iterator[Callable[[Progress], None]]":
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as bar:
        task = bar.add_task("offres", total=None)

        def show(at: "Progress") -> None:
            words = "offres absentes" if at.ending.value == "absences" else "offres"
            bar.update(task, description=f"{words} ({at.requests} appels)", completed=at.read, total=at.announced)

        yield show


def _report(walk: "WalkRow", as_json: bool) -> None:
    from services.ingest.feeds.france_travail.puller import ended

    if as_json:
        typer.echo(json.dumps({"walk": walk.id, **ended(walk)}, ensure_ascii=False))
        return
    typer.echo(f"relevé {walk.id} {_LABELS[walk.ending]} : {_figures(walk)}")
    if walk.ending.value == "held":
        typer.echo("trop d'offres ont disparu : vérifiez, puis ancrage feed confirm", err=True)


_LABELS: dict[str, str] = {
    "walking": "en cours",
    "absences": "en cours",
    "held": "retenu",
    "done": "terminé",
    "zero": "vide",
    "abandoned": "abandonné",
}


def _figures(walk: "WalkRow") -> str:
    withdrawn = walk.gone + walk.withdrawn
    unread = f", {walk.unreached} non lues" if walk.unreached else ""
    return (
        f"{walk.seen if walk.seen is not None else '?'} vues, {walk.created} créées, {walk.updated} modifiées, "
        f"{withdrawn} retirées, {walk.quarantined} en quarantaine{unread}, {walk.requests} appels"
    )


def _exit_code(walk: "WalkRow") -> int:
    if walk.ending.value == "held":
        return 3
    return 0 if walk.ending.value == "done" and walk.complete else 1


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)
