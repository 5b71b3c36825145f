"""Declarations of host territories in SQL, and the professionals to speak to."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from services.ingest.adapters.models import DeclarationRow, HostContactRow
from services.ingest.core.commitments import Declaration, area_of
from services.ingest.core.entities import content_digest
from services.ingest.core.states import digest_source
from shared.events import Commitment


def declaration(
    content: Sequence[Mapping[str, Any]], *, effective_from: date, observed_at: datetime, organisation: str
) -> Declaration:
    """A declaration, its commitments by programme: the same set in another order is the same."""
    ordered = tuple(sorted(content, key=lambda one: str(one["programme"])))
    digest = content_digest(digest_source({"organisation": organisation, "commitments": ordered}))
    return Declaration(effective_from, observed_at, digest, organisation, ordered)


def keep(session: Session, code: str, made: Declaration, at: datetime) -> bool:
    """Adds a declaration; False where the very same is known already."""
    claims = [
        f"{one['programme']}:{territory}"
        for one in made.commitments
        for territory in area_of(
            msgspec.convert({**one, "code": code, "organisation": "", "observed_at": ""}, Commitment)
        )
    ]
    added = session.execute(
        insert(DeclarationRow)
        .values(
            code=code,
            effective_from=made.effective_from,
            observed_at=made.observed_at,
            digest=made.digest,
            organisation=made.organisation,
            commitments=list(made.commitments),
            claims=claims,
            recorded_at=at,
        )
        .on_conflict_do_nothing()
        .returning(col(DeclarationRow.code))
    )
    return added.one_or_none() is not None


def forget_announced(session: Session, code: str, effective_from: date) -> int:
    """Takes back what was announced for a day. Returns how many declarations that was."""
    done = session.execute(
        delete(DeclarationRow)
        .where(col(DeclarationRow.code) == code, col(DeclarationRow.effective_from) == effective_from)
        .returning(col(DeclarationRow.code))
    )
    return len(done.all())


def timeline(session: Session, code: str) -> list[Declaration]:
    """All declarations of a territory, in their order."""
    rows = session.exec(select(DeclarationRow).where(DeclarationRow.code == code)).all()
    found = [
        Declaration(row.effective_from, row.observed_at, bytes(row.digest), row.organisation, tuple(row.commitments))
        for row in rows
    ]
    return sorted(found, key=lambda one: one.order)


def sharing(session: Session, code: str) -> list[str]:
    """Other codes that have ever claimed a territory for a programme for which `code` has too."""
    found = session.execute(
        text(
            "SELECT DISTINCT other.code FROM territory_declaration own JOIN territory_declaration other"
            " ON other.code <> own.code AND other.claims && own.claims WHERE own.code = :code"
        ),
        {"code": code},
    )
    return list(found.scalars())


def replace_contacts(session: Session, key: str, contacts: Sequence[Mapping[str, Any]]) -> None:
    """The professionals of a commitment, as given; those before are forgotten."""
    session.execute(delete(HostContactRow).where(col(HostContactRow.key) == key))
    for position, one in enumerate(contacts):
        session.add(HostContactRow(key=key, position=position, **one))


def contacts_of(session: Session, keys: Sequence[str]) -> list[HostContactRow]:
    """The professionals of some commitments, in the order given by their territory."""
    query = select(HostContactRow).where(col(HostContactRow.key).in_(keys))
    return list(session.exec(query.order_by(col(HostContactRow.key), col(HostContactRow.position))).all())
