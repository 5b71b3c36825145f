"""Decisions made again from what is recorded of them, and compared byte for byte. It reads, and writes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from sqlalchemy import text
from sqlmodel import Session

from services.matching.adapters import changes, prices
from services.matching.adapters.decision_record import deciding_code, said
from services.matching.core.expecting import expect, no_longer_expect
from services.matching.core.model import Post
from services.matching.core.policy import Held, Inputs, LawfulRanking, Proposal
from services.matching.core.recorded_market import STATE_OF, Kind, Part, RecordedMarket, State, in_order
from services.matching.programmes import current
from shared.geography import geography
from shared.occupations import occupations

_AT_A_TIME: Final = 100  # decisions read together
_LOOKED_AT: Final = (changes.HOUSEHOLD, changes.VACANCY, changes.OFFER)  # in the order of `Inputs`
_Said = tuple[list[tuple[str, str]], list[str]]


class Verdict(StrEnum):
    """What making a decision again has shown."""

    EQUAL = "equal"
    DIFFERENT = "different"
    OTHER_CODE = "other_code"  # different, and decided by another version of the programme
    ERASED = "erased"  # different, and a household that counted then was erased since


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision made again. `difference` names what is not the same, with no household in it."""

    tick: int
    at: datetime
    proposals: int
    verdict: Verdict
    difference: str | None = None


def replay(session: Session, *, since: datetime | None = None, until: datetime | None = None) -> Iterator[Replayed]:
    """Makes the recorded decisions of a period again, in order; the session must show one state of the database.

    Raises NoResultFound where a list of prices that one was made with is gone.
    """
    bounds = _bounds(session, since, until)
    if bounds.first is None:
        return
    market = _market_before(session, bounds.first)
    policy = LawfulRanking()
    for begin in range(bounds.first, bounds.last + 1, _AT_A_TIME):
        span = {"begin": begin, "end": min(begin + _AT_A_TIME - 1, bounds.last)}
        decisions = session.execute(
            text("SELECT * FROM decision WHERE tick BETWEEN :begin AND :end ORDER BY tick"), span
        )
        states, inputs = _states(session, span), _inputs(session, span)
        proposals, erased = _proposals(session, span), _gaps(session, span)
        for row in decisions.all():
            _put_back(market, states.get(row.tick, {}))
            if row.price_version != policy.price_number:
                policy = prices.with_list(session, policy, row.price_version)
            decided = _decide(market, policy, inputs.get(row.tick, Inputs()), row)
            difference = _difference(proposals.get(row.tick, []), row.held, decided)
            verdict = Verdict.EQUAL
            if difference is not None:
                verdict = Verdict.DIFFERENT if row.code == deciding_code() else Verdict.OTHER_CODE
                if any(first <= row.tick <= last for first, last in erased):
                    verdict = Verdict.ERASED
            yield Replayed(row.tick, row.at, len(proposals.get(row.tick, ())), verdict, difference)


def how_many(session: Session, *, since: datetime | None = None, until: datetime | None = None) -> int:
    """Decisions that `replay` would make again."""
    return int(_bounds(session, since, until).decisions)


def _bounds(session: Session, since: datetime | None, until: datetime | None) -> Any:
    return session.execute(
        text(
            "SELECT min(tick) AS first, max(tick) AS last, count(*) AS decisions FROM decision"
            " WHERE at >= coalesce(CAST(:since AS timestamptz), '-infinity')"
            " AND at <= coalesce(CAST(:until AS timestamptz), 'infinity')"
        ),
        {"since": since, "until": until},
    ).one()


def _decide(market: RecordedMarket, policy: LawfulRanking, inputs: Inputs, given: Any) -> _Said:
    """What is decided now, as it is kept. The market is as before in the end."""
    made: list[Proposal | Held] = []
    posts: dict[str, Post] = {}
    for one in policy.proposals(market, inputs, today=given.day, seed=given.seed, cap=given.cap):
        made.append(one)
        if isinstance(one, Proposal):
            if one.option.lead is not None:
                post = one.option.lead.post.id
                posts.setdefault(post, market.posts[post])
            expect(market, one, given.day)
    for one in made:
        if isinstance(one, Proposal):
            no_longer_expect(market, one)
    for post_before in posts.values():
        market.put_post(post_before)
    market.changed.clear()
    return said(made)


def _difference(recorded: Sequence[str], held: Sequence[str], decided: _Said) -> str | None:
    again = [content for _, content in decided[0]]
    for place, (one, other) in enumerate(zip(recorded, again, strict=False), 1):
        if one != other:
            return f"proposition {place} : {_place(one)} inscrit, {_place(other)} rejoué"
    if len(recorded) != len(again):
        return f"{len(recorded)} proposition(s) inscrite(s), {len(again)} rejouée(s)"
    if list(held) != decided[1]:
        homes = sorted(set(held) ^ set(decided[1]))
        return f"logements retenus : {', '.join(homes[:5]) or 'ordre'}"
    return None


def _place(content: str) -> str:
    try:
        found = msgspec.json.decode(content)
        return f"{found['home']} + {found['post'] or 'sans offre'}"
    except (msgspec.DecodeError, KeyError, TypeError):
        return "illisible"


def _market_before(session: Session, tick: int) -> RecordedMarket:
    """The market as the decision before a tick left it."""
    market = RecordedMarket(geography(), occupations(), current())
    rows = session.execute(
        text(
            "SELECT kind, key, state FROM decision_state"
            " WHERE from_tick < :tick AND (until_tick IS NULL OR until_tick >= :tick)"
        ),
        {"tick": tick},
    )
    _put_back(market, {(Kind(kind), key): _state(kind, state) for kind, key, state in rows})
    return market


def _put_back(market: RecordedMarket, states: Mapping[Part, State | None]) -> None:
    for (kind, key), state in in_order(states):
        market.put_back(kind, key, state)


def _state(kind: str, content: str) -> State:
    found: State = msgspec.json.decode(content, type=STATE_OF[Kind(kind)])
    return found


def _states(session: Session, span: Mapping[str, int]) -> dict[int, dict[Part, State | None]]:
    """By tick, the parts that it saw differ from the tick before."""
    found: dict[int, dict[Part, State | None]] = {}
    ended = text("SELECT until_tick, kind, key FROM decision_state WHERE until_tick BETWEEN :begin AND :end")
    for tick, kind, key in session.execute(ended, span):
        found.setdefault(tick, {})[Kind(kind), key] = None
    begun = text("SELECT from_tick, kind, key, state FROM decision_state WHERE from_tick BETWEEN :begin AND :end")
    for tick, kind, key, state in session.execute(begun, span):
        found.setdefault(tick, {})[Kind(kind), key] = _state(kind, state)
    return found


def _inputs(session: Session, span: Mapping[str, int]) -> dict[int, Inputs]:
    rows = session.execute(text("SELECT tick, kind, key FROM engine_journal WHERE tick BETWEEN :begin AND :end"), span)
    found: dict[int, dict[str, set[str]]] = {}
    for tick, kind, key in rows:
        found.setdefault(tick, {}).setdefault(kind, set()).add(key)
    return {
        tick: Inputs(*(frozenset(kinds.get(kind, ())) for kind in _LOOKED_AT)) for tick, kinds in sorted(found.items())
    }


def _proposals(session: Session, span: Mapping[str, int]) -> dict[int, list[str]]:
    rows = session.execute(
        text("SELECT tick, content FROM decided_proposal WHERE tick BETWEEN :begin AND :end ORDER BY tick, place"),
        span,
    )
    found: dict[int, list[str]] = {}
    for tick, content in rows:
        found.setdefault(tick, []).append(content)
    return found


def _gaps(session: Session, span: Mapping[str, int]) -> list[tuple[int, int]]:
    rows = session.execute(
        text(
            "SELECT first_tick, coalesce(last_tick, :end) FROM decision_gap"
            " WHERE first_tick <= :end AND coalesce(last_tick, :end) >= :begin"
        ),
        span,
    )
    return [(first, last) for first, last in rows]
