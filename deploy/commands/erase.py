"""`ancrage erase HOUSEHOLD`: the right to erasure, by an operator at the machine."""

import json
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help="Efface un ménage partout : fiche, propositions, liens, journaux. Sans retour.")
    def erase(
        household: Annotated[str, typer.Argument(metavar="MÉNAGE", help="Identifiant hh_…")],
        as_json: Annotated[bool, typer.Option("--json", help="Sortie pour un programme.")] = False,
    ) -> None:
        from datetime import timedelta

        from sqlmodel import Session

        from services.matching.adapters.erasure import erase as run
        from services.matching.adapters.placements import Moment
        from services.matching.settings import MatchingSettings
        from shared.clock import BusinessClock
        from shared.sql.engine import service_engine

        settings = MatchingSettings()
        engine = service_engine(settings, "matching", pool=1)
        now = BusinessClock(engine, movable=settings.test_clock).now()
        with Session(engine) as session, session.begin():
            moment = Moment(now, timedelta(days=settings.cooling_days))
            erased = run(session, household, actor="operator", moment=moment)
        engine.dispose()
        if erased is None:
            typer.echo(f"{household} : ménage inconnu ou déjà effacé", err=True)
            raise typer.Exit(1)
        if as_json:
            typer.echo(json.dumps({"household": household, "rows": erased.rows}))
            return
        for table, rows in erased.rows.items():
            typer.echo(f"{table:<16} {rows}")
        typer.echo(f"{household} : effacé")
