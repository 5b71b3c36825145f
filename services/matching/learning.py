"""What a window teaches, and whether its prices may be used: they are played again on its end, with and without.

Values in, values out; the process around it reads the past and publishes.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from services.matching.adapters.prices import Verdict
from services.matching.core.comparison import ComparedDay
from services.matching.core.market import Market
from services.matching.core.past import Past, best_worths, known_before, learn_prices
from services.matching.core.policy import LawfulRanking
from services.matching.core.price_list import NO_PRICES, PriceList, Quote, limited
from services.matching.core.pricing.duals import HindsightError
from services.matching.core.pricing.shadow import Shadow
from services.matching.core.pricing.shadow import Verdict as Compared
from services.matching.core.quoting import SolvedPast
from services.matching.core.shadow_run import Outcome, play
from services.matching.settings import MatchingSettings

SHARES: Final = (0.5, 1.0)
EDGE: Final = 0.005
"""Two ways to price differ by so much by chance when days are played again, or by a placement where few are made: a bolder
one has to bring more than that."""
_ALONE: Final = ", households apart"


@dataclass(frozen=True, slots=True)
class Learnt:
    """What one run came to. `solved`: the window with its market, for the quotes of who comes; None without prices.

    `quoted`: whether homes and posts are priced each by itself, and who comes is to be quoted.
    """

    prices: PriceList
    verdict: Verdict
    figures: dict[str, Any]
    solved: SolvedPast | None = None
    quoted: bool = False


def learn(
    past: Past,
    before: PriceList,
    settings: MatchingSettings,
    empty: Callable[[], Market],
    policy: LawfulRanking | None = None,
) -> Learnt:
    """The list of a window and its verdict. `before`: prices in force, with the scale that the comparison leaves them.

    `empty` gives a new market with the commitments alone. `policy` weighs the prices.
    """
    policy = (policy or LawfulRanking()).with_hold_days(settings.hold_days)
    figures: dict[str, Any] = {
        "households": len(past.households),
        "homes": len(past.homes),
        "posts": len(past.posts),
        "days": round(past.days, 1),
        "share": round(past.share, 3),
    }
    if len(past.households) < settings.price_least_households:
        return Learnt(NO_PRICES, Verdict.TOO_LITTLE, figures | {"least_households": settings.price_least_households})
    recent = past.since(max(0.0, past.days - settings.price_shadow_days))
    known = known_before(past, past.days - recent.days)
    try:
        taught = _taught(past, empty(), policy)
        reference = learn_prices(recent, empty())
        # Ways are compared on days that they have not learnt from, unless too few households were there before.
        held_out = len(known.households) >= settings.price_least_households
        tested = _taught(known, empty(), policy) if held_out else taught
    except HindsightError as error:
        return Learnt(NO_PRICES, Verdict.FALLBACK, figures | {"failure": str(error)})
    drift = settings.price_drift

    def played(prices: PriceList) -> Outcome:
        return play(recent, empty(), policy.with_prices(prices), reference.best_worth)

    without = played(NO_PRICES)
    tried = _ways(_drawn(tested, before, drift), quotes_of(recent, tested, before, drift))
    outcomes = {way: played(prices) for way, prices in tried.items()}
    way = _boldest_that_pays(outcomes)
    with_prices = outcomes[way]
    figures |= {
        "optimum": round(reference.optimum, 3),
        "with_prices": round(with_prices.value, 3),
        "without": round(without.value, 3),
        "way": way,
        "held_out": held_out,
        "by_way": {name: round(outcome.value, 3) for name, outcome in outcomes.items()},
        "placements_with": with_prices.placements,
        "placements_without": without.placements,
        "held": with_prices.held,
    }
    used = tried[way].scale > 0 and with_prices.value >= without.value
    parties = [*recent.homes.items(), *recent.posts.items()]
    there = {name for name, (_, stay) in parties if stay.end_day >= recent.days}
    quoted = bool(tried[way].quotes)
    quotes = quotes_of(recent, taught, before, drift) if quoted else {}
    kept = {name: quote for name, quote in quotes.items() if name in there}
    prices = replace(_ways(_drawn(taught, before, drift), kept)[way], number=0)
    return Learnt(prices, Verdict.USED if used else Verdict.FALLBACK, figures, taught, quoted)


def _taught(past: Past, empty: Market, policy: LawfulRanking) -> SolvedPast:
    return SolvedPast(past, empty, learn_prices(past, empty), policy.parameters)


def _drawn(solved: SolvedPast, before: PriceList, drift: float) -> PriceList:
    return replace(limited(solved.prices, before, drift), number=1, scale=before.scale)


def _ways(drawn: PriceList, quotes: dict[str, Quote]) -> dict[str, PriceList]:
    """Ways to price, the boldest last: by kind or each home and post by itself, households too or not, half or whole."""
    found = {}
    for what, more in (("kinds", {}), ("quotes", quotes)):
        for share in SHARES:
            priced = replace(drawn, scale=share * drawn.scale, quotes=more)
            found[f"{what} {share:g}{_ALONE}"] = replace(priced, households={})
            found[f"{what} {share:g}"] = priced
    return found


def _boldest_that_pays(outcomes: dict[str, Outcome]) -> str:
    """The last way that brings clearly more than the one kept before it."""
    best, *bolder = outcomes
    edge = max(EDGE, 1.0 / max(1, outcomes[best].placements))
    for way in bolder:
        if outcomes[way].value >= (1.0 + edge) * outcomes[best].value:
            best = way
    return best


def compare(
    past: Past, prices: PriceList, shadow: Shadow, settings: MatchingSettings, empty: Callable[[], Market]
) -> tuple[ComparedDay, Shadow, Compared]:
    """The last whole day of a window, played again with the prices in force and without, and what follows from it."""
    best_worth = best_worths(past, empty())
    policy = LawfulRanking().with_hold_days(settings.hold_days)
    ways = [play(past, empty(), policy.with_prices(one), best_worth).by_day[-1] for one in (prices, NO_PRICES)]
    after, verdict = shadow.after_day(*ways)
    last_day = past.first_day + timedelta(days=int(past.days) - 1)
    return ComparedDay(last_day, ways[0], ways[1], after.price_scale), after, verdict


def quotes_of(past: Past, solved: SolvedPast, before: PriceList, drift: float) -> dict[str, Quote]:
    """Quotes of a window's homes and posts, each made on the day that it came."""

    def came(begin_day: float) -> date:
        return past.first_day + timedelta(days=int(begin_day))

    # Place by place: who is asked for one home is asked for the next, and a solved past remembers some households only.
    homes = sorted(past.homes.items(), key=lambda one: one[1][0].territory)
    posts = sorted(past.posts.items(), key=lambda one: one[1][0].zone)
    found = {name: solved.quote_home(home, came(stay.begin_day)) for name, (home, stay) in homes}
    found |= {name: solved.quote_post(post, came(stay.begin_day)) for name, (post, stay) in posts}
    return {name: found[name].capped(before.quotes.get(name), drift) for name in (*past.homes, *past.posts)}
