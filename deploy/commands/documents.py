"""`ancrage documents [--check]`: the pages of docs/ that are made from declarations."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(
        help="Écrit les documents produits à partir du code : réglages, droits, erreurs, indicateurs, événements."
    )
    def documents(
        check: Annotated[
            bool, typer.Option("--check", help="N'écrit rien ; sort avec 1 si un document n'est pas à jour.")
        ] = False,
    ) -> None:
        from deploy.documents import documents as all_documents
        from deploy.documents import stale, write

        if check:
            old = stale()
            for path in old:
                typer.echo(f"{path} : n'est pas à jour ; remède : ancrage documents", err=True)
            if old:
                raise typer.Exit(1)
            typer.echo(f"{len(all_documents())} documents à jour")
            return
        for path in write():
            typer.echo(f"{path} : écrit")
