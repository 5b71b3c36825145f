"""What each decision of the engine is made on and comes to, kept in its transaction: enough to make it again.

Only what differs from the decision before is written. Nothing leaves the database.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import text
from sqlmodel import Session

from services.matching.core.market import Reservation
from services.matching.core.policy import Held, Proposal
from services.matching.core.recorded_market import Kind, Part, RecordedMarket, State, Wishes
from services.matching.programmes import FOLDER
from shared.geography import geography
from shared.occupations import occupations
from shared.sql.driver import driver_cursor

_AT_START: Final = 1000  # parts from which on COPY is used
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True)
class Given:
    """What a decision is given beside market and journal."""

    tick: int
    at: datetime
    day: date
    seed: int
    cap: int
    price_version: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A part of the market that differs from the decision before; `state` None: it is gone."""

    part: Part
    household: str | None
    state: str | None


class DecisionRecord:
    """Goes with one market in memory, and is dropped with it."""

    def __init__(self, market: RecordedMarket, known: dict[Part, bytes]) -> None:
        self._market = market
        self._known = known  # a digest of what SQL says of each part

    @classmethod
    def read(cls, session: Session, market: RecordedMarket) -> "DecisionRecord":
        """Goes on from what is recorded: the market was read anew, and may differ from what was decided on last."""
        rows = session.execute(text("SELECT kind, key, state FROM decision_state WHERE until_tick IS NULL"))
        known = {(Kind(kind), key): _digest(state) for kind, key, state in rows}
        market.changed.update(known)
        return cls(market, known)

    def seen(self) -> list[Seen]:
        """The parts that differ from the decision before. To be asked when the market is as the decision sees it."""
        found = []
        for part in self._market.take_changed():
            state = self._market.state(*part)
            content = None if state is None else encoded(state)
            digest = None if content is None else _digest(content)
            if digest == self._known.get(part):
                continue
            found.append(Seen(part, _household(state), content))
            if digest is None:
                del self._known[part]
            else:
                self._known[part] = digest
        return found

    def keep(self, session: Session, given: Given, seen: Sequence[Seen], decided: Iterable[Proposal | Held]) -> None:
        """Writes a decision, in its transaction. `seen`: as it was before the decision."""
        proposals, held = said(decided)
        if len(seen) >= _AT_START:
            _copy(session, given.tick, seen)
            seen = ()
        session.execute(
            _KEEP,
            {
                "tick": given.tick,
                "at": given.at,
                "day": given.day,
                "seed": given.seed,
                "cap": given.cap,
                "price_version": given.price_version,
                "code": deciding_code(),
                "held": held,
                "kinds": [one.part[0].value for one in seen],
                "keys": [one.part[1] for one in seen],
                "whose": [one.household for one in seen],
                "states": [one.state for one in seen],
                "households": [household for household, _ in proposals],
                "contents": [content for _, content in proposals],
            },
        )


_KEEP: Final = text(
    "WITH seen AS (SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS text[]), CAST(:whose AS text[]),"
    " CAST(:states AS text[])) AS s(kind, key, household, state)),"
    " closed AS (UPDATE decision_state d SET until_tick = :tick FROM seen"
    "  WHERE d.kind = seen.kind AND d.key = seen.key AND d.until_tick IS NULL),"
    " opened AS (INSERT INTO decision_state (kind, key, from_tick, household, state)"
    "  SELECT kind, key, :tick, household, state FROM seen WHERE state IS NOT NULL),"
    " proposed AS (INSERT INTO decided_proposal (tick, place, household, content)"
    "  SELECT :tick, p.place, p.household, p.content FROM unnest(CAST(:households AS text[]), CAST(:contents AS text[]))"
    "  WITH ORDINALITY AS p(household, content, place))"
    " INSERT INTO decision (tick, at, day, seed, cap, price_version, code, held)"
    " VALUES (:tick, :at, :day, :seed, :cap, :price_version, :code, CAST(:held AS text[]))"
)


def said(decided: Iterable[Proposal | Held]) -> tuple[list[tuple[str, str]], list[str]]:
    """What a decision came to, as it is kept and compared: proposals (household, content), and homes held back."""
    proposals, held = [], []
    for one in decided:
        if isinstance(one, Held):
            held.append(one.home.id)
            continue
        option = one.option
        content = {
            "household": one.household.id,
            "home": option.home.id,
            "post": option.lead.post.id if option.lead else None,
            "terms": dict(option.terms),
            "to_confirm": option.to_confirm,
            "utility": option.utility,
        }
        proposals.append((one.household.id, _ENCODER.encode(content).decode()))
    return proposals, held


def encoded(state: State) -> str:
    """A part of the market as it is kept: equal parts give equal text."""
    return _ENCODER.encode(state).decode()


@cache
def deciding_code() -> str:
    """First 16 hexadecimal digits of the SHA-256 of the core, the programmes, the geography and the occupations in use."""
    core = FOLDER.parent / "core"
    content = hashlib.sha256(f"{geography().version} {occupations().version}".encode())
    for path in sorted([*core.rglob("*.py"), *FOLDER.glob("*.toml")], key=Path.as_posix):
        content.update(path.relative_to(FOLDER.parent).as_posix().encode() + b"\0" + path.read_bytes())
    return content.hexdigest()[:16]


def forget_household(session: Session, household: str) -> None:
    """Removes a household from what is recorded; the ticks that saw it can no longer be proved, until the engine has
    forgotten it too (`forgotten`).

    What a decision under way holds is passed over: it waits for the household. The engine removes it when it forgets.
    """
    session.execute(
        text(
            "WITH known AS (SELECT kind, key, from_tick FROM decision_state WHERE household = :household"
            "  FOR UPDATE SKIP LOCKED),"
            " gone AS (DELETE FROM decision_state WHERE (kind, key, from_tick) IN (SELECT kind, key, from_tick FROM known)"
            "  RETURNING from_tick),"
            " proposed AS (DELETE FROM decided_proposal WHERE household = :household RETURNING tick)"
            " INSERT INTO decision_gap (first_tick) SELECT min(tick) FROM (SELECT from_tick AS tick FROM gone"
            " UNION ALL SELECT tick FROM proposed) AS seen HAVING min(tick) IS NOT NULL"
        ),
        {"household": household},
    )


def forgotten(session: Session, tick: int) -> None:
    """Says that from the next tick on the engine knows none of the households that were erased."""
    session.execute(
        text(
            "UPDATE decision_gap SET last_tick = :tick WHERE last_tick IS NULL"
            " AND NOT EXISTS (SELECT FROM engine_change WHERE kind = 'erasure')"
        ),
        {"tick": tick},
    )


def forget_before(session: Session, before: datetime) -> None:
    """Removes decisions made before a moment, and what only they were made on."""
    kept = session.execute(text("SELECT min(tick) FROM decision WHERE at >= :before"), {"before": before}).scalar_one()
    first = kept if kept is not None else session.execute(text("SELECT tick + 1 FROM engine")).scalar_one()
    for statement in (
        "DELETE FROM decision WHERE tick < :first",
        "DELETE FROM decided_proposal WHERE tick < :first",
        "DELETE FROM decision_state WHERE until_tick <= :first",
        "DELETE FROM decision_gap WHERE last_tick < :first",
    ):
        session.execute(text(statement), {"first": first})


def _copy(session: Session, tick: int, seen: Sequence[Seen]) -> None:
    ended = text(
        "UPDATE decision_state d SET until_tick = :tick FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS text[]))"
        " AS s(kind, key) WHERE d.kind = s.kind AND d.key = s.key AND d.until_tick IS NULL"
    )
    given = {"tick": tick, "kinds": [one.part[0].value for one in seen], "keys": [one.part[1] for one in seen]}
    session.execute(ended, given)
    columns = "kind, key, from_tick, household, state"
    with driver_cursor(session) as cursor, cursor.copy(f"COPY decision_state ({columns}) FROM STDIN") as copy:
        for one in seen:
            if one.state is not None:
                copy.write_row((one.part[0].value, one.part[1], tick, one.household, one.state))


def _household(state: State | None) -> str | None:
    match state:
        case Wishes():
            return state.household.id
        case Reservation():
            return state.household
    return None


def _digest(content: str) -> bytes:
    return hashlib.blake2b(content.encode(), digest_size=8).digest()
