"""`ancrage migrate`: roles, databases and schemas."""

import typer

from shared.settings import Settings


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(help="Crée ou met à jour rôles, bases et schémas PostgreSQL.")
    def migrate() -> None:
        from deploy.databases import migrate as run
        from deploy.local.home import ensure_secret_keys

        settings = Settings()
        if settings.secret_keys is None:
            ensure_secret_keys(settings.home)
        for name in run(settings):
            typer.echo(f"{name}: à jour")
