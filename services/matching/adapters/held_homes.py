"""Homes that the engine holds back: written by the engine, listed to those who may see the home, let go on demand."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, text
from sqlmodel import Session, col, select

from services.matching.adapters import changes
from services.matching.adapters.commission_models import HeldHomeRow
from services.matching.adapters.models import VacancyRow
from services.matching.core.holding import Rarity, held_sentence
from services.matching.core.market import territories_of
from shared.geography import geography
from shared.identity import Actor, Scope


@dataclass(frozen=True, slots=True)
class Waits:
    """A home that waits from now until a moment at most, and why."""

    vacancy: str
    rarity: Rarity
    until: datetime


def waiting_already(session: Session, vacancies: Iterable[str]) -> frozenset[str]:
    """Those of which it is known: they keep their first moments and words, or were forced."""
    query = select(HeldHomeRow.vacancy).where(col(HeldHomeRow.vacancy).in_(sorted(vacancies)))
    return frozenset(session.exec(query).all())


def hold(session: Session, waits: Sequence[Waits], now: datetime) -> None:
    """Records that homes wait; of one that is known already nothing changes."""
    if waits:
        session.execute(
            text(
                "INSERT INTO held_home (vacancy, since, until, reason, facts)"
                " VALUES (:vacancy, :since, :until, :reason, CAST(:facts AS jsonb)) ON CONFLICT (vacancy) DO NOTHING"
            ),
            [
                {
                    "vacancy": one.vacancy,
                    "since": now,
                    "until": one.until,
                    "reason": one.rarity.reason.value,
                    "facts": json.dumps(one.rarity.facts),
                }
                for one in waits
            ],
        )


def look_again(session: Session) -> None:
    """Asks the engine to judge every home that waits anew: what it was weighed by has changed."""
    homes = session.exec(select(HeldHomeRow.vacancy).order_by(HeldHomeRow.vacancy)).all()
    changes.add(session, [changes.Change(changes.VACANCY, home, changes.PRICES) for home in homes])


def let_go(session: Session, vacancies: Iterable[str]) -> None:
    """Forgets that homes waited: they were proposed, or are gone."""
    session.execute(text("DELETE FROM held_home WHERE vacancy = ANY(:vacancies)"), {"vacancies": sorted(vacancies)})


def force(session: Session, vacancy: str, *, actor: str, now: datetime) -> None:
    """Asks the engine for a proposal of this home now, held or not; it looks at it again at once."""
    session.execute(
        text(
            "INSERT INTO held_home (vacancy, since, until, reason, forced_at, forced_by)"
            " VALUES (:vacancy, :now, :now, 'forced', :now, :actor)"
            " ON CONFLICT (vacancy) DO UPDATE SET forced_at = :now, forced_by = :actor"
        ),
        {"vacancy": vacancy, "now": now, "actor": actor},
    )
    changes.add(session, [changes.Change(changes.VACANCY, vacancy)])


def listing(
    session: Session, actor: Actor, scope: Scope, now: datetime, *, after: str | None, limit: int
) -> Sequence[tuple[HeldHomeRow, VacancyRow]]:
    """Homes that wait, of those the actor may see, by id: still open, not forced, not past their last moment."""
    query = (
        select(HeldHomeRow, VacancyRow)
        .join(VacancyRow, col(VacancyRow.id) == col(HeldHomeRow.vacancy))
        .where(
            VacancyRow.status == "open",
            col(HeldHomeRow.forced_at).is_(None),
            col(HeldHomeRow.until) > now,
            *seen_by(actor, scope),
        )
        .order_by(col(HeldHomeRow.vacancy))
        .limit(limit)
    )
    return session.exec(query if after is None else query.where(col(HeldHomeRow.vacancy) > after)).all()


def waiting_among(
    session: Session, vacancies: Sequence[str], now: datetime
) -> Sequence[tuple[HeldHomeRow, VacancyRow]]:
    """Those of these homes that wait."""
    query = (
        select(HeldHomeRow, VacancyRow)
        .join(VacancyRow, col(VacancyRow.id) == col(HeldHomeRow.vacancy))
        .where(
            col(HeldHomeRow.vacancy).in_(vacancies),
            col(HeldHomeRow.forced_at).is_(None),
            col(HeldHomeRow.until) > now,
        )
        .order_by(col(HeldHomeRow.vacancy))
    )
    return session.exec(query).all()


def sentence_of(waits: HeldHomeRow, home: VacancyRow, lang: str) -> str:
    """Why a home waits, in "fr" or "en", with the name of its territory."""
    territory = geography().territory(home.territory)
    place = territory.name if territory else home.territory
    return held_sentence(waits.reason, int(waits.facts.get("alike", 1)), home.typology, place).said(lang)


def visible(session: Session, actor: Actor, scope: Scope, vacancy: str) -> VacancyRow | None:
    """An open home that the actor may see, None for another."""
    query = select(VacancyRow).where(VacancyRow.id == vacancy, VacancyRow.status == "open", *seen_by(actor, scope))
    return session.exec(query).one_or_none()


def seen_by(actor: Actor, scope: Scope) -> list[ColumnElement[bool]]:
    """The mirrored homes that a right to vacancies reaches."""
    if scope is Scope.ALL:
        return []
    if scope is Scope.ORGANISATION:
        return [col(VacancyRow.landlord) == actor.organisation]
    if scope is Scope.TERRITORY:
        codes = {code for given in actor.territories for code in territories_of(geography(), given)}
        return [col(VacancyRow.territory).in_(sorted(codes))]
    raise ValueError(f"no rule for scope {scope}")
