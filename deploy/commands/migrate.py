"""`ancrage migrate`: roles, databases and schemas."""

import typer

from shared.settings import Settings


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help="Crée ou met à jour rôles, bases et schémas PostgreSQL.")
    def migrate() -> None:
        from deploy.databases import migrate as run

        for name in run(Settings()):
            typer.echo(f"{name}: à jour")
