"""`ancrage keys create|list|revoke`: API keys, each for one organisation and one role."""

import json
from datetime import timedelta
from typing import Annotated

import typer

from shared.clock import isoformat
from shared.identity.rights import Role

JsonFlag = Annotated[bool, typer.Option("--json", help="Sortie pour un programme.")]


def register(app: typer.Typer) -> None:
    """Adds the group."""
    keys = typer.Typer(help="Clés d'API : une organisation, un rôle.", no_args_is_help=True)
    app.add_typer(keys, name="keys")

    @keys.command(help="Crée une clé. Son texte n'est montré qu'ici.")
    def create(
        role: Annotated[Role, typer.Option(help="Rôle.")],
        organisation: Annotated[str, typer.Option(help="Organisation, créée si elle est nouvelle.")],
        label: Annotated[str, typer.Option(help="À quoi sert la clé.")] = "",
        territory: Annotated[list[str] | None, typer.Option(help="Code d'EPCI ou de département, répétable.")] = None,
        days: Annotated[
            int | None, typer.Option(min=1, help="Durée de validité en jours ; sans limite par défaut.")
        ] = None,
        as_json: JsonFlag = False,
    ) -> None:
        from sqlmodel import Session

        from shared.identity.bearers import create_bearer, organisation_named
        from shared.settings import Settings
        from shared.sql.engine import service_engine

        if role is Role.TERRITORY and not territory:
            raise typer.BadParameter("une clé de territoire nomme ses codes", param_hint="--territory")
        settings = Settings()
        with Session(service_engine(settings, "console", database="identity")) as session:
            owner = organisation_named(session, organisation)
            made = create_bearer(
                session,
                settings,
                organisation_id=owner.id,
                role=role,
                label=label or role.value,
                territories=frozenset(territory or ()),
                life=timedelta(days=days) if days else None,
            )
            session.commit()
        typer.echo(json.dumps({"id": made.id, "key": made.text}) if as_json else f"{made.id}\n{made.text}")

    @keys.command("list", help="Liste les clés, jamais leur texte.")
    def list_keys(as_json: JsonFlag = False) -> None:
        from sqlmodel import Session, col, select

        from shared.identity.models import Bearer, Organisation
        from shared.settings import Settings
        from shared.sql.engine import service_engine

        with Session(service_engine(Settings(), "console", database="identity")) as session:
            rows = session.exec(
                select(Bearer, Organisation)
                .join(Organisation, col(Organisation.id) == col(Bearer.organisation_id))
                .where(col(Bearer.person_id).is_(None))
                .order_by(col(Bearer.created_at))
            ).all()
        items = [
            {
                "id": bearer.id,
                "organisation": organisation.name,
                "role": bearer.role,
                "label": bearer.label,
                "territories": bearer.territories,
                "created_at": isoformat(bearer.created_at),
                "expires_at": isoformat(bearer.expires_at) if bearer.expires_at else None,
                "revoked_at": isoformat(bearer.revoked_at) if bearer.revoked_at else None,
            }
            for bearer, organisation in rows
        ]
        if as_json:
            typer.echo(json.dumps({"items": items}, ensure_ascii=False))
            return
        for item in items:
            state = "révoquée" if item["revoked_at"] else "active"
            typer.echo(f"{item['id']}  {item['role']:<10}  {state:<8}  {item['organisation']} — {item['label']}")

    @keys.command(help="Révoque une clé ; effet en 15 s au plus.")
    def revoke(identifier: Annotated[str, typer.Argument(metavar="ID")]) -> None:
        from sqlmodel import Session

        from shared.identity.bearers import revoke_bearer
        from shared.settings import Settings
        from shared.sql.engine import service_engine

        with Session(service_engine(Settings(), "console", database="identity")) as session:
            done = revoke_bearer(session, identifier)
            session.commit()
        if not done:
            typer.echo(f"{identifier} : inconnue ou déjà révoquée", err=True)
            raise typer.Exit(1)
        typer.echo(f"{identifier} : révoquée")
