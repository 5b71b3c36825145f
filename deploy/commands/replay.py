"""`ancrage replay CONSUMER`: lets a consumer that was away for too long read its topics again from their beginning."""

from typing import Annotated

import typer

# Consumer -> the database that keeps its positions.
CONSUMERS = {"matching.engine": "matching", "notify.consumer": "notify", "scoring.historian": "scoring"}


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(
        help="Fait relire ses topics depuis le début à un consommateur arrêté ; rien n'est appliqué deux fois."
    )
    def replay(
        consumer: Annotated[str, typer.Argument(help="matching.engine, notify.consumer ou scoring.historian")],
    ) -> None:
        from deploy.replaying import ConsumerRuns, rewind
        from shared.settings import Settings

        if consumer not in CONSUMERS:
            typer.echo(f"« {consumer} » n'existe pas. Consommateurs : {', '.join(CONSUMERS)}", err=True)
            raise typer.Exit(2)
        try:
            moved = rewind(Settings(), consumer, CONSUMERS[consumer])
        except ConsumerRuns:
            typer.echo(f"{consumer} fonctionne : arrêtez-le d'abord.", err=True)
            raise typer.Exit(3) from None
        typer.echo(f"{consumer} : {moved} partitions seront relues depuis leur début.")
