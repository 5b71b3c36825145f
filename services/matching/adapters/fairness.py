"""Who was served over a window, read from SQL, with the best joint use of what was there as it is known afterwards."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
from sqlmodel import Session, col, or_, select

from services.matching.adapters import stock
from services.matching.adapters.models import HouseholdRow, PlacementEventRow, PlacementRow, VacancyRow
from services.matching.core.acceptance import Calibration, calibration
from services.matching.core.fairness import Subject
from services.matching.core.lawful import own_scale, weight_between
from services.matching.core.market import Market, resolved
from services.matching.core.model import Home, Household, Post
from services.matching.core.options import OptionFinder
from services.matching.core.placement import Outcome
from services.matching.core.pricing.candidates import NO_POST, Candidates
from services.matching.core.pricing.duals import hindsight
from services.matching.core.ranking import Option, tie
from services.matching.programmes import current
from shared.clock import paris_date
from shared.events import Step
from shared.geography import geography
from shared.occupations import occupations

MOST_HOUSEHOLDS: Final = 800
_REFUSED_BY_HOUSEHOLD: Final = frozenset(
    {Outcome.REFUSED_HOME, Outcome.REFUSED_JOB, Outcome.REFUSED_TERRITORY, Outcome.REFUSED_HOUSEHOLD}
)


@dataclass(frozen=True, slots=True)
class Window:
    """What the report is made of. `known` households, of which `subjects` is all or a drawn sample."""

    subjects: list[Subject]
    known: int
    homes: int
    answers: Calibration


def window(session: Session, *, now: datetime, days: int, seed: int) -> Window:
    """Households that are live, or had a proposal in the window. The optimum takes the homes and posts that are open or were
    proposed in the window as if all had been there at once, each home once and each post as often as it has openings."""
    since = now - timedelta(days=days)
    placements = session.exec(
        select(PlacementRow).where(PlacementRow.created_at >= since, col(PlacementRow.household).is_not(None))
    ).all()
    proposals = Counter(row.household for row in placements)
    accepted = set(
        session.exec(
            select(PlacementEventRow.placement).where(
                col(PlacementEventRow.placement).in_([row.id for row in placements]),
                PlacementEventRow.step == Step.ACCEPTED.value,
            )
        ).all()
    )
    served = {row.household for row in placements if row.id in accepted}
    rows = session.exec(
        select(HouseholdRow).where(
            or_(HouseholdRow.status == "live", col(HouseholdRow.id).in_(sorted(filter(None, proposals))))
        )
    ).all()
    drawn = sorted(rows, key=lambda row: tie(seed, row.id))[:MOST_HOUSEHOLDS]
    households = [stock.household_from(row) for row in drawn]
    optimum, homes = _optimum(session, households, placements, now, seed)
    subjects = [
        Subject(one, proposals[one.id], one.id in served, optimum.get(one.id))
        for one in sorted(households, key=lambda one: one.id)
    ]
    return Window(subjects, len(rows), homes, calibration(_answers(placements, accepted)))


def _answers(placements: Sequence[PlacementRow], accepted: set[str]) -> list[tuple[Mapping[str, float], bool]]:
    """Terms of what households answered; silence is no answer."""
    return [
        (row.option["terms"], row.id in accepted)
        for row in placements
        if row.sent_at is not None and (row.id in accepted or row.outcome in _REFUSED_BY_HOUSEHOLD)
    ]


def _optimum(
    session: Session, households: Sequence[Household], placements: Sequence[PlacementRow], now: datetime, seed: int
) -> tuple[dict[str, float], int]:
    """Each household's share in the optimum, and how many homes it chose among."""
    today = paris_date(now)
    market = Market(geography(), occupations(), current())
    stock.load_commitments(session, market)
    for one in households:
        market.put_household(resolved(one, market.geography, market.open_territories(one.programme, today)))
    territories = sorted({code for one in market.households.values() for code in one.wanted})
    for home in stock.homes_where(session, col(VacancyRow.territory).in_(territories)):
        market.put_home(home)
    for row in placements:
        if row.vacancy not in market.homes:
            market.put_home(_home(row.option["home"]))
    zones = {home.zone for home in market.homes.values()}
    romes = {code for one in market.households.values() for code in market.near(one.rome)}
    stock.load_posts(session, market, {(zone, rome) for zone in zones for rome in romes})
    for row in placements:
        if row.option["post"] is not None and row.offer not in market.posts:
            market.put_post(_post(row.option["post"]))
    for post in [*market.posts.values()]:
        market.put_post(replace(post, leads=0))  # what counts on it now is part of what is compared
    wanted = {code: list(market.homes_in(code)) for code in territories}
    candidates, names, homes, openings = _candidates(market, wanted, now, seed)
    used = hindsight(candidates, len(names), homes, openings).used
    shares = np.zeros(len(names))
    np.add.at(shares, candidates.household, used)
    return dict(zip(names, shares.tolist(), strict=True)), len(market.homes)


def _candidates(
    market: Market, wanted: Mapping[str, Sequence[Home]], now: datetime, seed: int
) -> tuple[Candidates, list[str], int, Any]:
    today = paris_date(now)
    names = sorted(market.households)
    homes = {name: at for at, name in enumerate(sorted(market.homes))}
    posts = {name: at for at, name in enumerate(sorted(market.posts))}
    columns: list[tuple[int, int, int, float]] = []
    for at, name in enumerate(names):
        household = market.households[name]
        finder = OptionFinder(market, household, today=today, seed=seed)
        found = [finder.option(home) for code in household.wanted for home in wanted.get(code, ())]
        options = [option for option in found if isinstance(option, Option)]
        weight = weight_between(household, today)
        for option, part in zip(options, own_scale(options), strict=True):
            post = posts[option.lead.post.id] if option.lead else NO_POST
            columns.append((at, homes[option.home.id], post, weight * part))
    openings = np.array([market.posts[name].openings or 1 for name in posts], dtype=np.int64)
    if not columns:
        return Candidates.none(), names, len(homes), openings
    return Candidates.of(*zip(*columns, strict=True)), names, len(homes), openings


def _home(stored: Mapping[str, Any]) -> Home:
    """A home as it was proposed; that it is gone since is no ground against it here."""
    known: dict[str, Any] = {name: stored[name] for name in Home.__dataclass_fields__ if name in stored}
    return Home(**known | {"available_from": _day(stored["available_from"]), "available_until": None})


def _post(stored: Mapping[str, Any]) -> Post:
    """A post as it was proposed."""
    known: dict[str, Any] = {name: stored[name] for name in Post.__dataclass_fields__ if name in stored}
    return Post(**known | {"expires_at": None})


def _day(text: str) -> date:
    return date.fromisoformat(text)
