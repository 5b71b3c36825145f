"""Mirrors of the topics vacancies, offers and territories: what matching needs of them, newest version only."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import text
from sqlmodel import Session

from shared.events import Commitment, Offer, OfferStatus, Vacancy, VacancyStatus
from shared.geography import UnknownCommuneError, geography
from shared.offer_origins import origin_key
from shared.streams.consumer import Record, RecordInvalid
from shared.topics import OFFERS, TERRITORIES, VACANCIES

T = TypeVar("T")
# The status of an offer that counts by another feed: it is proposed to nobody, and releases nobody.
DUPLICATE: Final = "duplicate"


@dataclass(frozen=True)
class Newest(Generic[T]):
    """The newest state of an entity in a batch; None when withdrawn."""

    version: int
    state: T | None
    record: Record


@dataclass
class Batch:
    """The newest states by id, of each topic."""

    vacancies: dict[str, Newest[Vacancy]] = field(default_factory=dict)
    offers: dict[str, Newest[Offer]] = field(default_factory=dict)
    commitments: dict[str, Newest[Commitment]] = field(default_factory=dict)

    def gone_vacancies(self) -> list[str]:
        """Withdrawn or expired: nobody can move in any more."""
        return sorted(
            key for key, one in self.vacancies.items() if one.state is None or one.state.status is VacancyStatus.EXPIRED
        )

    def gone_offers(self) -> list[str]:
        """Withdrawn, expired, or without a commune. A duplicate is not gone: the job is there, by another feed."""
        return sorted(key for key, one in self.offers.items() if not _usable(one.state))

    def withdrawn_offers(self) -> list[str]:
        """Of these nothing may stay; one that has expired is still published."""
        return sorted(key for key, one in self.offers.items() if one.state is None)


def _usable(offer: Offer | None) -> bool:
    return offer is not None and offer.commune is not None and offer.status is OfferStatus.OPEN


def read(records: Iterable[Record]) -> Batch:
    """The batch of some records. Raises RecordInvalid for a place that is not in the geography."""
    batch = Batch()
    targets: dict[str, dict[str, Any]] = {
        VACANCIES: batch.vacancies,
        OFFERS: batch.offers,
        TERRITORIES: batch.commitments,
    }
    for record in records:
        if record.event is None:
            continue  # a tombstone after a withdrawal: already forgotten
        change, target = record.event.data, targets[record.source.topic]
        if isinstance(change.after, Vacancy | Offer) and change.after.commune is not None:
            try:
                geography().territory_of(change.after.commune)
            except UnknownCommuneError as error:
                raise RecordInvalid(record, str(error)) from error
        known = target.get(record.event.subject)
        if known is None or known.version < change.version:
            target[record.event.subject] = Newest(change.version, change.after, record)
    return batch


_VACANCY: Final = (
    "id text, version int, status text, landlord text, commune text, territory text, zone text, typology text,"
    " surface_m2 float8, rent_eur_per_month float8, charges_eur_per_month float8, available_from date,"
    " available_until date, accessible bool, floor int, lift bool, reservation text, seen_at timestamptz"
)
_OFFER: Final = (
    "id text, version int, status text, commune text, zone text, rome text, contract text, duration_months float8,"
    " openings int, wage_eur_per_month float8, part_time bool, licence_required bool, expires_at date, source_name text,"
    " source_licence text, source_url text, source_updated_at text, origin text, seen_at timestamptz"
)
_COMMITMENT: Final = (
    "key text, version int, programme text, code text, status text, capacity_households int, valid_from date,"
    " valid_until date, name text, area text[], capacity_persons int, period text"
)


def _upsert(table: str, columns: str) -> Any:
    names = [column.split()[0] for column in columns.split(",")]
    changed = ", ".join(f"{name} = excluded.{name}" for name in names[1:] if name != "seen_at")
    return text(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS t({columns})"  # noqa: S608 - constants of this file
        f" ON CONFLICT ({names[0]}) DO UPDATE SET {changed} WHERE {table}.version < excluded.version"
    )


_UPSERTS: Final = {
    "vacancy": _upsert("vacancy", _VACANCY),
    "offer": _upsert("offer", _OFFER),
    "commitment": _upsert("commitment", _COMMITMENT),
}


# Of an offer that ended nothing stays but what prices of its kind are learnt from: not its source, nor its wage.
_LEARNT_FROM: Final = {
    "vacancy": "to_jsonb(vacancy)",
    "offer": "(to_jsonb(offer) - ARRAY['source_licence', 'source_url', 'source_updated_at', 'origin', 'wage_eur_per_month'])"
    """ || '{"source_name": ""}'""",
}
_PAST: Final = {
    table: text(
        "INSERT INTO market_past (kind, id, seen_at, left_at, state)"  # noqa: S608 - two known names
        f" SELECT '{table}', id, seen_at, :now, {state} FROM {table} WHERE id = ANY(:ending) AND status = 'open'"
        " ON CONFLICT (kind, id) DO NOTHING"
    )
    for table, state in _LEARNT_FROM.items()
}


def store_vacancies(session: Session, batch: Batch, now: datetime) -> None:
    """Writes the batch's vacancies; withdrawn ones are removed. What ends is kept in the past."""
    _keep(session, "vacancy", batch.gone_vacancies(), now)
    rows = [_vacancy_row(one.state, one.version) for one in batch.vacancies.values() if one.state is not None]
    _store(session, "vacancy", rows, now)
    _remove(session, "vacancy", "id", [key for key, one in batch.vacancies.items() if one.state is None])


def store_offers(session: Session, batch: Batch, now: datetime) -> None:
    """Writes the batch's offers that have a commune; others are removed. What ends is kept in the past."""
    _keep(session, "offer", batch.gone_offers(), now)
    rows = [
        _offer_row(one.state, one.version)
        for one in batch.offers.values()
        if one.state is not None and one.state.commune is not None
    ]
    _store(session, "offer", rows, now)
    without = [key for key, one in batch.offers.items() if one.state is None or one.state.commune is None]
    _remove(session, "offer", "id", without)


def store_commitments(session: Session, batch: Batch) -> None:
    """Writes the batch's commitments; withdrawn ones are removed."""
    rows = [
        {
            "key": key,
            "version": one.version,
            "programme": one.state.programme,
            "code": one.state.code,
            "status": one.state.status.value,
            "capacity_households": one.state.capacity_households,
            "valid_from": one.state.valid_from,
            "valid_until": one.state.valid_until,
            "name": one.state.name,
            "area": list(one.state.area),
            "capacity_persons": one.state.capacity_persons,
            "period": one.state.period.value,
        }
        for key, one in batch.commitments.items()
        if one.state is not None
    ]
    _store(session, "commitment", rows, None)
    _remove(session, "commitment", "key", [key for key, one in batch.commitments.items() if one.state is None])


def _store(session: Session, table: str, rows: list[dict[str, Any]], now: datetime | None) -> None:
    if rows:
        seen = {"seen_at": now.isoformat()} if now is not None else {}
        session.execute(_UPSERTS[table], {"rows": json.dumps([row | seen for row in rows])})


def _keep(session: Session, table: str, ending: Sequence[str], now: datetime) -> None:
    """Keeps what was open and ends now, for those who learn from the past; once for each."""
    if ending:
        session.execute(_PAST[table], {"ending": sorted(ending), "now": now})


def forget_past(session: Session, before: datetime) -> None:
    """Removes what ended before a moment."""
    session.execute(text("DELETE FROM market_past WHERE left_at < :before"), {"before": before})


def _remove(session: Session, table: str, key: str, keys: Sequence[str]) -> None:
    if keys:
        session.execute(text(f"DELETE FROM {table} WHERE {key} = ANY(:keys)"), {"keys": sorted(keys)})  # noqa: S608 - names from this file


def _vacancy_row(state: Vacancy, version: int) -> dict[str, Any]:
    places = geography()
    return {
        "id": state.id,
        "version": version,
        "status": state.status.value,
        "landlord": state.landlord,
        "commune": state.commune,
        "territory": places.territory_of(state.commune),
        "zone": places.zone_of(state.commune),
        "typology": state.typology.value,
        "surface_m2": state.surface_m2,
        "rent_eur_per_month": state.rent_eur_per_month,
        "charges_eur_per_month": state.charges_eur_per_month,
        "available_from": state.available_from,
        "available_until": state.available_until,
        "accessible": state.accessible,
        "floor": state.floor,
        "lift": state.lift,
        "reservation": state.reservation.value if state.reservation else None,
    }


def _offer_row(state: Offer, version: int) -> dict[str, Any]:
    assert state.commune is not None  # noqa: S101 - the caller keeps those that have one
    return {
        "id": state.id,
        "version": version,
        "status": DUPLICATE if state.duplicate_of is not None else state.status.value,
        "commune": state.commune,
        "zone": geography().zone_of(state.commune),
        "rome": state.rome,
        "contract": state.contract.value,
        "duration_months": state.duration_months,
        "openings": state.openings,
        "wage_eur_per_month": state.wage_eur_per_month,
        "part_time": state.part_time,
        "licence_required": state.licence_required,
        "expires_at": _day(state.expires_at),
        "source_name": state.source.name,
        "source_licence": state.source.licence,
        "source_url": state.source.url,
        "source_updated_at": state.source.updated_at,
        "origin": origin_key(state.origin),
    }


def _day(text_: str | None) -> str | None:
    return date.fromisoformat(text_[:10]).isoformat() if text_ else None
