"""The organisation as which a pulled feed writes. Made on first use, so that its offers have an owner with a name."""

from sqlalchemy import Engine
from sqlmodel import Session, select

from shared.identity import Actor, Role
from shared.identity.bearers import organisation_named
from shared.identity.models import Organisation
from shared.settings import Settings
from shared.sql.engine import service_engine


def feed_actor(identity: Engine, settings: Settings, name: str) -> Actor:
    """An actor of the organisation `name` with the role of a feed; it has no key.

    Reads as ingest. Only a new organisation is written, with the role that writes identity (`ancrage keys` does the same).
    """
    with Session(identity) as session:
        found = session.exec(select(Organisation).where(Organisation.name == name)).one_or_none()
        if found is not None:
            return _actor(found)
    writer = service_engine(settings, "console", database="identity", pool=1)
    try:
        with Session(writer) as session:
            made = organisation_named(session, name)
            actor = _actor(made)
            session.commit()
            return actor
    finally:
        writer.dispose()


def _actor(organisation: Organisation) -> Actor:
    return Actor("feed", organisation.id, organisation.name, Role.FEED)
