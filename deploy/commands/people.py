"""`ancrage people list|contact`: how professionals and organisations are reached."""

import json
from typing import Annotated

import typer

from deploy.commands.keys import JsonFlag, identity


def register(app: typer.Typer) -> None:
    """Adds the group."""
    people = typer.Typer(help="Comptes : à qui écrire, sans jamais montrer les coordonnées.", no_args_is_help=True)
    app.add_typer(people, name="people")

    @people.command("list", help="Liste les comptes et dit qui peut être joint, jamais où.")
    def list_people(as_json: JsonFlag = False) -> None:
        from sqlmodel import col, select

        from shared.identity.contacts import Contacts
        from shared.identity.models import Organisation, Person

        with identity() as (session, settings):
            contacts = Contacts(settings)
            rows = session.exec(
                select(Person, Organisation)
                .join(Organisation, col(Organisation.id) == col(Person.organisation_id))
                .order_by(col(Person.login))
            ).all()
            items = [
                {
                    "id": person.id,
                    "login": person.login,
                    "organisation": organisation.name,
                    "role": person.role,
                    "email": contacts.of(person).email is not None,
                    "phone": contacts.of(person).phone is not None,
                    "disabled": person.disabled_at is not None,
                }
                for person, organisation in rows
            ]
        if as_json:
            typer.echo(json.dumps({"items": items}, ensure_ascii=False))
            return
        for item in items:
            reached = ", ".join(name for name in ("email", "phone") if item[name]) or "aucune coordonnée"
            typer.echo(f"{item['login']:<24}  {item['role']:<10}  {reached:<18}  {item['organisation']}")

    @people.command(help="Remplace les coordonnées d'un compte (son identifiant) ou d'une organisation (son nom).")
    def contact(
        who: Annotated[str, typer.Argument(metavar="QUI", help="Identifiant de connexion, ou nom d'organisation.")],
        email: Annotated[str, typer.Option(help="Adresse e-mail ; vide : inconnue.")] = "",
        phone: Annotated[str, typer.Option(help="Téléphone ; vide : inconnu.")] = "",
    ) -> None:
        from sqlmodel import select

        from shared.identity.contacts import ContactFault, Contacts
        from shared.identity.contacts import contact as normal
        from shared.identity.models import Organisation, Person

        try:
            given = normal(email, phone)
        except ContactFault as fault:
            raise typer.BadParameter("valeur non reconnue", param_hint=f"--{fault.field}") from None
        with identity() as (session, settings):
            found: Person | Organisation | None = session.exec(
                select(Person).where(Person.login == who.strip().lower())
            ).one_or_none()
            found = found or session.exec(select(Organisation).where(Organisation.name == who)).one_or_none()
            if found is None:
                typer.echo(f"{who} : ni compte ni organisation de ce nom", err=True)
                raise typer.Exit(1)
            Contacts(settings).keep(found, given)
            session.add(found)
            session.commit()
            typer.echo(f"{found.id} : coordonnées {'remplacées' if given.email or given.phone else 'effacées'}")
