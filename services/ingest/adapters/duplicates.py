"""Offers of one origin in SQL: who may change a group, and the versions that follow from a change.

The locks of every transaction come in one order: references, origin keys, rows. Whoever changes a group holds its key, so
no two transactions ever see two offers of one origin counting. What has no origin asks for none of this.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
import psycopg
from sqlmodel import Session

from services.ingest.adapters.kinds import Kind, S
from services.ingest.adapters.saving import Stored, Work, reading, stored
from services.ingest.core.duplicates import Claim, Groups, claim_of
from services.ingest.core.states import Dated
from shared.events import Offer, OfferOrigin
from shared.offer_origins import origin_key
from shared.sql.driver import driver_cursor

_CLAIMED: Final = "SELECT DISTINCT key FROM offer_origin WHERE feed = %s AND reference = ANY(%s)"
_CLAIMED_BY_ID: Final = "SELECT DISTINCT key FROM offer_origin WHERE offer = ANY(%s)"
_LOCK: Final = "SELECT count(pg_advisory_xact_lock(k)) FROM unnest(%s::bigint[]) AS k"
_CLAIMS: Final = (
    "SELECT offer, key, direct, published_at, feed, reference, duplicate_of FROM offer_origin WHERE key = ANY(%s)"
)
_MEMBERS: Final = "id = ANY(%s) ORDER BY id FOR UPDATE"
_FORGET: Final = "DELETE FROM offer_origin WHERE offer = ANY(%s)"
_KEEP: Final = (
    "INSERT INTO offer_origin (offer, key, direct, published_at, feed, reference, duplicate_of)"
    " SELECT * FROM json_to_recordset(%s::json) AS d (offer text, key text, direct boolean, published_at timestamptz,"
    " feed text, reference text, duplicate_of text)"
)


def keys_stated(contents: Iterable[Mapping[str, Any]]) -> set[str]:
    """Origin keys that contents state, also contents that are yet to be checked."""
    return {key for content in contents if content.get("origin") and (key := _stated(content["origin"])) is not None}


def _stated(origin: Any) -> str | None:
    try:
        return origin_key(msgspec.convert(origin, OfferOrigin))
    except (msgspec.ValidationError, ValueError):
        return None


def held_for(cursor: psycopg.Cursor[Any], owner: str, references: Sequence[str], stated: set[str]) -> Groups | None:
    """The groups that publications of some references may change, locked: those stated, and those the references are in.

    None where there are none: nothing of this costs more than one look-up then. The references are locked.
    """
    known = {key for (key,) in cursor.execute(_CLAIMED, (owner, list(references))).fetchall()}
    return held(cursor, known | stated)


def held_for_offers(cursor: psycopg.Cursor[Any], offers: Sequence[str]) -> tuple[set[str], Groups | None]:
    """The keys and groups that some offers are in, locked."""
    keys = {key for (key,) in cursor.execute(_CLAIMED_BY_ID, (list(offers),)).fetchall()}
    return keys, held(cursor, keys)


def held(cursor: psycopg.Cursor[Any], keys: set[str]) -> Groups | None:
    """The groups of some keys, locked until the end of the transaction; None for no key."""
    if not keys:
        return None
    cursor.execute(_LOCK, (sorted(map(_number, keys)),))
    rows = cursor.execute(_CLAIMS, (sorted(keys),)).fetchall()
    return Groups.of((Claim(*row[:6]), row[6]) for row in rows)


def settled(work: Work, dated: Dated[S]) -> Dated[S]:
    """The state of the day with what it is a duplicate of, if it is one of several."""
    state = dated.state
    if work.groups is None or not isinstance(state, Offer):
        return dated
    found = work.groups.settle(state.id, claim_of(state))
    if found == state.duplicate_of:
        return dated
    return Dated(msgspec.structs.replace(state, duplicate_of=found), dated.changes_at)


def gone(work: Work, offer: str) -> None:
    """An offer is withdrawn: the next of its origin counts."""
    if work.groups is not None:
        work.groups.settle(offer, None)


def others(session: Session, kind: Kind[S], work: Work) -> list[tuple[Stored, S, Dated[S]]]:
    """The further offers whose place in a group this work has changed: row, state so far, state from now on.

    Keeps the claims. Their rows are locked; call it when all inputs are applied.
    """
    groups: Groups | None = work.groups
    if groups is None:
        return []
    found: dict[str, str | None] = dict(groups.to_restate())
    changed = groups.changed | found.keys()
    own = {row.id: row for row in (*work.rows.values(), *work.inserted.values(), *work.touched.values())}
    with driver_cursor(session) as cursor:
        missing = sorted(found.keys() - own.keys())
        if missing:
            rows = map(stored, cursor.execute(reading(kind.table, _MEMBERS), (missing,)).fetchall())
            own |= {row.id: row for row in rows}
        restated = []
        for offer, duplicate_of in found.items():
            before: S = msgspec.json.decode(own[offer].state, type=kind.state)
            groups.stated[offer] = duplicate_of
            after = msgspec.structs.replace(before, duplicate_of=duplicate_of)
            restated.append((own[offer], before, Dated(after, own[offer].changes_at)))
        _keep(cursor, groups, changed)
    return restated


def _keep(cursor: psycopg.Cursor[Any], groups: Groups, changed: set[str]) -> None:
    if not changed:
        return
    cursor.execute(_FORGET, (sorted(changed),))
    rows = [
        {**msgspec.to_builtins(claim), "duplicate_of": groups.stated[offer]}
        for offer in sorted(changed)
        if (claim := groups.claims.get(offer)) is not None
    ]
    if rows:
        cursor.execute(_KEEP, (msgspec.json.encode(rows).decode(),))


def _number(key: str) -> int:
    digest = hashlib.blake2b(f"origin\0{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


__all__ = ["gone", "held_for", "held_for_offers", "keys_stated", "others", "settled"]
