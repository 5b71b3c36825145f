"""`ancrage keys create|list|revoke`: API keys, each for one organisation and one role."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared.clock import isoformat
from shared.identity.rights import Role

if TYPE_CHECKING:
    from sqlmodel import Session

    from shared.settings import Settings

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
        from shared.identity.bearers import create_bearer, organisation_named

        if role is Role.TERRITORY and not territory:
            raise typer.BadParameter("une clé de territoire nomme ses codes", param_hint="--territory")
        with identity() as (session, settings):
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
        from sqlmodel import col, select

        from shared.identity.models import Bearer, Organisation

        with identity() as (session, _):
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
        from shared.identity.bearers import revoke_bearer

        with identity() as (session, _):
            done = revoke_bearer(session, identifier)
            session.commit()
        if not done:
            typer.echo(f"{identifier} : inconnue ou déjà révoquée", err=True)
            raise typer.Exit(1)
        typer.echo(f"{identifier} : révoquée")


@contextmanager
def identity() -> "Iterator[tuple[Session, Settings]]":
    """A session of the identity database. Exits 2, with the remedy, where it does not answer or there are no secrets."""
    from sqlalchemy.exc import OperationalError, ProgrammingError
    from sqlmodel import Session

    from shared.settings import Settings
    from shared.sql.engine import service_engine

    settings = Settings()
    try:
        engine = service_engine(settings, "console", database="identity", pool=1)
    except RuntimeError as error:
        typer.echo(f"{error}{beside_a_demonstration(settings.home)}", err=True)
        raise typer.Exit(2) from error
    try:
        with Session(engine, expire_on_commit=False) as session:
            yield session, settings
    except (OperationalError, ProgrammingError) as error:
        typer.echo(
            f"la base identity ne répond pas ({type(error.orig).__name__}) : démarrez la plateforme (ancrage up), "
            f"corrigez ANCRAGE_DATABASE_URL ou lancez ancrage migrate{beside_a_demonstration(settings.home)}",
            err=True,
        )
        raise typer.Exit(2) from error
    finally:
        engine.dispose()


def beside_a_demonstration(home: Path) -> str:
    """What to add to a refusal where a demonstration has its own home below this one; else nothing."""
    own = home / "demo"
    if not (own / "run.json").is_file():
        return ""
    return f"\nPour la démonstration / for the demonstration : ANCRAGE_HOME={own} ./ancrage keys …"
