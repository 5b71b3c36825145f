"""`ancrage ingest vacancies|offers|watch|republish`: files to the ingest API, and repair of one entity.

Exit codes of `vacancies` and `offers`: 0 all lines taken; 1 some rejected; 2 the file as a whole refused or not sent; 3 the
withdrawals of a full list are held by the guard, whether or not lines were rejected too (3 is `ancrage feed`'s as well).
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from deploy.commands import ingest_watch

EXIT_CODES = (
    "Sort avec 0 : tout est pris ; 1 : des lignes sont rejetées ; 2 : le fichier est refusé ou n'est pas parti ; "
    "3 : la garde retient les retraits d'un fichier complet, une personne décide (l'emporte sur 1)."
)
FILE_HELP = "Fichier NDJSON ou CSV, aussi en .gz ; « - » : l'entrée standard."
File = Annotated[Path, typer.Argument(metavar="FICHIER", help=FILE_HELP)]
Key = Annotated[str, typer.Option(envvar="ANCRAGE_KEY", help="Clé d'API (aussi ANCRAGE_KEY).")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Tout juger sans rien publier.")]
FULL_HELP = "Le fichier contient tout ce qui est proposé : ce qui y manque est retiré."
Full = Annotated[bool, typer.Option("--full", "--snapshot", help=FULL_HELP)]
Mapping = Annotated[
    Path | None,
    typer.Option("--mapping", exists=True, dir_okay=False, help="Correspondance de colonnes, en TOML."),
]
Observed = Annotated[
    datetime | None,
    typer.Option("--observed-at", help="Instant de l'export, à l'heure de Paris. Sans lui : celui de la réception."),
]
Resume = Annotated[
    str | None,
    typer.Option("--resume", metavar="CLÉ", help="Idempotency-Key à reprendre. Sans elle : celle du fichier."),
]
Again = Annotated[bool, typer.Option("--again", help="Envoyer même si ce fichier a déjà été envoyé.")]
EveryLine = Annotated[bool, typer.Option("--every-line", help="Dire le sort de chaque ligne, pas des seules rejetées.")]
Patience = Annotated[
    int, typer.Option(min=0, help="Secondes pendant lesquelles une API absente ou saturée est attendue.")
]
JsonFlag = Annotated[bool, typer.Option("--json", help="Rapport pour un programme.")]


def register(app: typer.Typer) -> None:
    """Adds the group."""
    group = typer.Typer(help="Publier des fichiers de logements ou d'offres.", no_args_is_help=True)
    app.add_typer(group, name="ingest")

    @group.command(help=f"Publie les logements vacants d'un fichier. {EXIT_CODES}")
    def vacancies(
        file: File,
        key: Key,
        layout: Annotated[
            str | None, typer.Option(help="« rpls » : dessin du répertoire des logements sociaux.")
        ] = None,
        vintage: Annotated[
            int | None, typer.Option(min=2011, max=2100, help="RPLS : année du 1er janvier que décrit le fichier.")
        ] = None,
        mapping: Mapping = None,
        full: Full = False,
        dry_run: Dry = False,
        observed_at: Observed = None,
        resume: Resume = None,
        again: Again = False,
        every_line: EveryLine = False,
        patience: Patience = 600,
        as_json: JsonFlag = False,
    ) -> None:
        from deploy.ingesting.one_file import Asked, run

        if layout not in {None, "rpls"}:
            raise typer.BadParameter("seul « rpls » existe", param_hint="--layout")
        asked = Asked(
            "vacancies", file, layout, vintage, mapping, full, dry_run, observed_at, resume, again, every_line, patience
        )
        raise typer.Exit(run(asked, key, as_json=as_json))

    @group.command(help=f"Publie les offres d'emploi d'un fichier. {EXIT_CODES}")
    def offers(
        file: File,
        key: Key,
        mapping: Mapping = None,
        full: Full = False,
        dry_run: Dry = False,
        observed_at: Observed = None,
        resume: Resume = None,
        again: Again = False,
        every_line: EveryLine = False,
        patience: Patience = 600,
        as_json: JsonFlag = False,
    ) -> None:
        from deploy.ingesting.one_file import Asked, run

        asked = Asked(
            "offers", file, None, None, mapping, full, dry_run, observed_at, resume, again, every_line, patience
        )
        raise typer.Exit(run(asked, key, as_json=as_json))

    ingest_watch.add(group)

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
