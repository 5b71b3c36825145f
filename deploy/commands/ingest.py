"""`ancrage ingest vacancies|offers|republish`: files to the ingest API, and repair of one entity."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

FILE_HELP = "Fichier NDJSON, une ligne par objet."
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help=FILE_HELP)]
Key = Annotated[str, typer.Option(envvar="ANCRAGE_KEY", help="Clé d'API (aussi ANCRAGE_KEY).")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Rapport pour un programme.")]


def register(app: typer.Typer) -> None:
    """Adds the group."""
    group = typer.Typer(help="Publier des fichiers de logements ou d'offres.", no_args_is_help=True)
    app.add_typer(group, name="ingest")

    @group.command(help="Publie les logements vacants d'un fichier.")
    def vacancies(file: File, key: Key, as_json: JsonFlag = False) -> None:
        _send("vacancies", file, key, as_json)

    @group.command(help="Publie les offres d'emploi d'un fichier.")
    def offers(file: File, key: Key, as_json: JsonFlag = False) -> None:
        _send("offers", file, key, as_json)

    @group.command(help="Publie de nouveau l'état d'un logement ou d'une offre (réparation).")
    def republish(identifier: Annotated[str, typer.Argument(metavar="ID", help="vac_… ou off_…")]) -> None:
        from sqlmodel import Session

        from services.ingest.adapters.registry import OFFERS, VACANCIES
        from services.ingest.adapters.registry import republish as run
        from shared.clock import utc_now
        from shared.settings import Settings
        from shared.sql.engine import service_engine

        with Session(service_engine(Settings(), "ingest", pool=1)) as session:
            if identifier.startswith("off_"):
                version = run(session, OFFERS, identifier, at=utc_now())
            else:
                version = run(session, VACANCIES, identifier, at=utc_now())
            session.commit()
        if version is None:
            typer.echo(f"{identifier} : inconnu", err=True)
            raise typer.Exit(1)
        typer.echo(f"{identifier} : version {version} publiée")


def _send(what: str, file: Path, key: str, as_json: bool) -> None:
    """Sends a file to the bulk route. Exits 1 when a line was rejected, 2 when the API refused the file."""
    import httpx
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    from shared.settings import Settings

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, disable=as_json) as progress, file.open("rb") as source:
        task = progress.add_task(what, total=file.stat().st_size)

        def blocks() -> Iterator[bytes]:
            while block := source.read(256 * 1024):
                progress.advance(task, len(block))
                yield block

        answer = httpx.post(
            f"{Settings().url('ingest')}/v1/{what}:bulk",
            content=blocks(),
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"},
            timeout=httpx.Timeout(600, connect=5),
        )
    report: dict[str, Any] = answer.json()
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
    elif answer.is_error:
        typer.echo(f"{report.get('title')} {report.get('detail', '')}", err=True)
    else:
        typer.echo(
            f"{report['lines']} lignes : {report['created']} créées, {report['updated']} modifiées, "
            f"{report['unchanged']} inchangées, {report['rejected']} rejetées"
        )
        for error in report["errors"]:
            typer.echo(f"Ligne {error['line']}, {error.get('field', '')} : {error.get('message', '')}", err=True)
    if answer.is_error:
        raise typer.Exit(2)
    if report["rejected"]:
        raise typer.Exit(1)
